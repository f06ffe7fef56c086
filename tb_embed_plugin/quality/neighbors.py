"""Nearest neighbors: a blocked matrix product, and a top-k selection per row."""

import numba
import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.quality.approximation import approximate_neighbors
from tb_embed_plugin.quality.bounded import bounded_neighbors
from tb_embed_plugin.quality.selection import measure_and_sort, select_nearest

_BLOCK_BYTES = 64 << 20
"""Size of one block of products: few enough blocks that threads seldom wait for each other."""

EXACT_UP_TO = 50_000
"""Points up to which all pairs are compared: 4 s on two cores, and four times that for twice as many."""


_N_FOR_MIDDLE = 1000
"""Points whose median is the middle: any near the points will do."""

_GUESSED_FROM = 2048
"""Points from which a guess is worth its while."""


def nearest_neighbors(
    points: NDArray[np.floating],
    n_neighbors: int,
    *,
    exact_up_to: int = EXACT_UP_TO,
    guess: NDArray[np.int32] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Finds each point's nearest others by Euclidean distance.

    Args:
        points: Finite reals, shape (n_points, n_features).
        n_neighbors: How many; at most n_points - 1.
        exact_up_to: With more points than this, a few of the neighbors may be missed (see `approximate_neighbors`); their
            distances are right in any case.
        guess: Other points for each, all different, shape (n_points, n_neighbors): the nearer, the sooner the exact
            neighbors are found. One of another shape is left out of account.

    Returns:
        Indices, int32, and distances, float32, both of shape (n_points, n_neighbors), nearest first. Points do not count
        as their own neighbors. Of points equally far, the one of lower index comes first.
    """
    if not 0 <= n_neighbors < len(points):
        raise ValueError(f"n_neighbors is {n_neighbors}; {len(points)} points allow 0 to {len(points) - 1}.")
    centered, scale = _scale_to_unit(points)
    if len(points) > exact_up_to:
        found = approximate_neighbors(centered, n_neighbors)
    else:
        is_usable = guess is not None and guess.shape == (len(points), n_neighbors) and len(points) >= _GUESSED_FROM
        indices = bounded_neighbors(centered, guess) if guess is not None and is_usable else None
        indices = _exact_neighbors(centered, n_neighbors) if indices is None else indices
        # Here, so that either way measures alike.
        distances = np.empty(indices.shape, dtype=np.float32)
        measure_and_sort(centered, indices, distances)
        found = indices, distances
    return found[0], found[1] * np.float32(scale)


def nearest_in_layout(layout: NDArray[np.floating], n_neighbors: int) -> NDArray[np.int32]:
    """Each point's nearest others in a layout of few dimensions, nearest first: int32, shape (n_points, n_neighbors).

    Of points equally far, any may come first.
    """
    # Imported here: it takes a tenth of a second.
    from scipy.spatial import KDTree

    n_points = len(layout)
    if n_neighbors == 0:
        return np.empty((n_points, 0), dtype=np.int32)
    _, found = KDTree(layout).query(layout, n_neighbors + 1, workers=numba.get_num_threads())
    # Where points coincide, a point need not be the first of its own neighbors, nor among them.
    is_self = found == np.arange(n_points)[:, None]
    is_self[~is_self.any(axis=1), -1] = True
    return np.asarray(found[~is_self].reshape(n_points, n_neighbors), dtype=np.int32)


def _exact_neighbors(points: NDArray[np.float32], n_neighbors: int) -> NDArray[np.int32]:
    n_points = len(points)
    norms = np.einsum("ij,ij->i", points, points)[None]
    everybody = np.arange(n_points, dtype=np.int32)
    indices = np.empty((n_points, n_neighbors), dtype=np.int32)
    distances = np.empty((n_points, n_neighbors), dtype=np.float32)
    n_rows = max(1, _BLOCK_BYTES // (4 * n_points))
    for first in range(0, n_points, n_rows):
        rows = everybody[first : first + n_rows]
        found, group = slice(first, first + n_rows), np.zeros(len(rows), dtype=np.int32)
        block = points[found] @ points.T
        select_nearest(block, norms, everybody[None], group, rows, points[found], points, indices[found], distances[found])
    return indices


def scale_to_unit(points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Returns the points as float32 around 0 with root mean square 1: products of float32 stay exact and finite."""
    return _scale_to_unit(points)[0]


def middle_of(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """A middle that no single point can draw away from the others: the median of each feature over some of the points."""
    return np.asarray(np.median(points[:: max(1, len(points) // _N_FOR_MIDDLE)], axis=0))


def _scale_to_unit(points: NDArray[np.floating]) -> tuple[NDArray[np.float32], float]:
    """The same, and the scale that was taken out."""
    points = points if points.dtype.kind == "f" else points.astype(np.float32)
    centered = points - middle_of(points).astype(points.dtype)
    # By the largest first, so that squares neither overflow nor vanish.
    largest = float(np.abs(centered).max(initial=0)) or 1.0
    unit = (centered / largest).astype(np.float32, copy=False)
    root_mean_square = float(np.sqrt(np.einsum("ij,ij->", unit, unit, dtype=np.float64) / max(1, unit.size))) or 1.0
    unit /= np.float32(root_mean_square)
    return np.ascontiguousarray(unit), largest * root_mean_square
