"""Nearest neighbors of one point among the activations."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

METRICS = ("euclidean", "cosine")

_BLOCK_ROWS = 4096
"""Points compared at once: their differences stay in the processor's cache."""


def find_neighbors(activations: NDArray[np.floating], point: int, n_neighbors: int, metric: str) -> dict[str, Any]:
    """Ranks the others by their distance to one point.

    Args:
        activations: Reals, shape (n_points, n_features).
        point: Index of the point.
        n_neighbors: How many to return; fewer where there are fewer.
        metric: "euclidean", or "cosine": 1 minus the cosine of the angle.

    Returns:
        `points`, nearest first, and their `distances`. Points with activations that are not finite are nobody's neighbors,
        and have none. Of points equally far, the one of lower index comes first.
    """
    blocks = range(0, len(activations), _BLOCK_ROWS)
    origin = _prepare(activations[point : point + 1], metric)
    squared = np.concatenate(
        [_squared_distances(_prepare(activations[start : start + _BLOCK_ROWS], metric), origin) for start in blocks]
    )
    squared[point] = np.nan
    n_known = int(np.isfinite(squared).sum())
    # Nan sorts last.
    order = np.argsort(squared, kind="stable")[: min(n_neighbors, n_known)]
    distances = squared[order] / 2 if metric == "cosine" else np.sqrt(squared[order])
    return {"points": order.tolist(), "distances": distances.tolist()}


def _squared_distances(block: NDArray[np.float32], origin: NDArray[np.float32]) -> NDArray[np.float64]:
    difference = block - origin
    return np.asarray(np.einsum("ij,ij->i", difference, difference), dtype=np.float64)


def _prepare(block: NDArray[np.floating], metric: str) -> NDArray[np.float32]:
    values = block.astype(np.float32, copy=False)
    if metric != "cosine":
        return values
    length = np.linalg.norm(values, axis=1, keepdims=True)
    # Of rows of length 1, half the squared distance is 1 - cosine. Rows of zeros stay, as far from all others.
    return np.asarray(np.divide(values, length, out=np.zeros_like(values), where=length != 0))
