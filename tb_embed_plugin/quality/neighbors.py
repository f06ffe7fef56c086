"""Nearest neighbors: a blocked matrix product, and a top-k selection per row."""

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.quality.approximation import approximate_neighbors
from tb_embed_plugin.quality.selection import select_nearest

_BLOCK_BYTES = 64 << 20
"""Size of one block of products: few enough blocks that threads seldom wait for each other."""

EXACT_UP_TO = 50_000
"""Points up to which all pairs are compared: 4 s on two cores, and four times that for twice as many."""


def nearest_neighbors(
    points: NDArray[np.floating], n_neighbors: int, *, exact_up_to: int = EXACT_UP_TO
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Finds each point's nearest others by Euclidean distance.

    Args:
        points: Finite reals, shape (n_points, n_features).
        n_neighbors: How many; at most n_points - 1.
        exact_up_to: With more points than this, a few of the neighbors may be missed (see `approximate_neighbors`); their
            distances are right in any case.

    Returns:
        Indices, int32, and distances, float32, both of shape (n_points, n_neighbors), nearest first. Points do not count
        as their own neighbors. Of points equally far, the one of lower index comes first.
    """
    if not 0 <= n_neighbors < len(points):
        raise ValueError(f"n_neighbors is {n_neighbors}; {len(points)} points allow 0 to {len(points) - 1}.")
    centered = scale_to_unit(points)
    search = _exact_neighbors if len(points) <= exact_up_to else approximate_neighbors
    indices, distances = search(centered, n_neighbors)
    return indices, distances * np.float32(_unit(points)[1])


def _exact_neighbors(points: NDArray[np.float32], n_neighbors: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    n_points = len(points)
    norms = np.einsum("ij,ij->i", points, points)[None]
    everybody = np.arange(n_points, dtype=np.int32)
    indices = np.empty((n_points, n_neighbors), dtype=np.int32)
    distances = np.empty((n_points, n_neighbors), dtype=np.float32)
    n_rows = max(1, _BLOCK_BYTES // (4 * n_points))
    for first in range(0, n_points, n_rows):
        rows = everybody[first : first + n_rows]
        block, group = points[rows] @ points.T, np.zeros(len(rows), dtype=np.int32)
        found = slice(first, first + n_rows)
        select_nearest(block, norms, everybody[None], group, rows, rows, points, indices[found], distances[found])
    return indices, distances


def scale_to_unit(points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Returns the points as float32 around 0 with root mean square 1: products of float32 stay exact and finite."""
    mean, scale = _unit(points)
    return np.ascontiguousarray((points - mean) / scale, dtype=np.float32)


def _unit(points: NDArray[np.floating]) -> tuple[NDArray[np.float64], float]:
    mean = points.mean(axis=0, dtype=np.float64)
    scale = float(np.sqrt(np.mean(np.square(points - mean), dtype=np.float64)))
    return mean, scale or 1.0
