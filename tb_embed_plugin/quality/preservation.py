"""Whether neighbors in a layout are neighbors in the activations, and the other way round."""

import numba
import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.quality.neighbors import nearest_neighbors, scale_to_unit

RANKED_POINTS = 1000
"""Points that are ranked: the cost is that many times n_points, rather than n_points squared."""

_BLOCK_BYTES = 64 << 20


def neighborhood_preservation(neighbors: NDArray[np.int32], layout_neighbors: NDArray[np.int32]) -> NDArray[np.float32]:
    """NP(k) of each point: the share of its k nearest in the activations that are among its k nearest in the layout.

    Args:
        neighbors: Indices of nearest neighbors in the activations, shape (n_points, k).
        layout_neighbors: The same in the layout, shape (n_points, k).

    Returns:
        float32, shape (n_points,), in [0, 1]; nan where k is 0. Its mean is the measure of Vernier et al. 2020.
    """
    n_neighbors = neighbors.shape[1]
    if n_neighbors == 0:
        return np.full(len(neighbors), np.nan, dtype=np.float32)
    shares: NDArray[np.float32] = count_common(neighbors, layout_neighbors) / np.float32(n_neighbors)
    return shares


def count_common(left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.float32]:
    """Counts, row by row, the indices that are in both arrays; those of one row are all different."""
    counts = np.empty(len(left), dtype=np.float32)
    _count_common(np.sort(left, axis=1), np.sort(right, axis=1), counts)
    return counts


@numba.njit(cache=True)
def _count_common(left: NDArray[np.int32], right: NDArray[np.int32], counts: NDArray[np.float32]) -> None:
    for row in range(left.shape[0]):
        i, j, count = 0, 0, 0
        while i < left.shape[1] and j < right.shape[1]:
            count += left[row, i] == right[row, j]
            if left[row, i] <= right[row, j]:
                i += 1
            else:
                j += 1
        counts[row] = count


def trustworthiness(
    activations: NDArray[np.floating],
    layout: NDArray[np.floating],
    n_neighbors: int,
    *,
    layout_neighbors: NDArray[np.int32] | None = None,
) -> float:
    """T(k) of Venna & Kaski 2001: punishes neighbors in the layout that are far apart in the activations.

    Above `RANKED_POINTS` points it is estimated on as many of them, drawn with a fixed seed; their neighbors and ranks are
    those among all points. Its standard error at 10,000 points is about .004 where T is .84, and .0003 where T is above .98.

    Args:
        activations: Shape (n_points, n_features).
        layout: Shape (n_points, n_dims).
        n_neighbors: k, below n_points / 2.
        layout_neighbors: As `nearest_neighbors(layout, n_neighbors)` returns them, if they are known already.

    Returns:
        A number in [0, 1]; nan where n_points is too small for k ≥ 1.
    """
    return _rank_agreement(activations, layout, n_neighbors, layout_neighbors)


def continuity(
    activations: NDArray[np.floating],
    layout: NDArray[np.floating],
    n_neighbors: int,
    *,
    neighbors: NDArray[np.int32] | None = None,
) -> float:
    """C(k) of Venna & Kaski 2001: punishes neighbors in the activations that are far apart in the layout.

    As `trustworthiness`; `neighbors` are those in the activations, if they are known already.
    """
    return _rank_agreement(layout, activations, n_neighbors, neighbors)


def _rank_agreement(
    reference: NDArray[np.floating],
    candidate: NDArray[np.floating],
    n_neighbors: int,
    neighbors: NDArray[np.int32] | None,
) -> float:
    n_points = len(reference)
    if n_neighbors < 1 or n_neighbors >= n_points / 2:
        return float("nan")
    if neighbors is None:
        neighbors, _ = nearest_neighbors(candidate, n_neighbors)
    if neighbors.shape != (n_points, n_neighbors):
        raise ValueError(f"The given neighbors have shape {neighbors.shape}; expected {(n_points, n_neighbors)}.")
    ranked = np.arange(n_points, dtype=np.int32)
    if n_points > RANKED_POINTS:
        # One seed: the same points at every step, so that steps can be compared.
        ranked = np.sort(np.random.default_rng(0).choice(ranked, RANKED_POINTS, replace=False))
    excess = _excess_ranks(scale_to_unit(reference), ranked, neighbors[ranked])
    return 1 - float(excess.sum()) * 2 / (len(ranked) * n_neighbors * (2 * n_points - 3 * n_neighbors - 1))


def _excess_ranks(points: NDArray[np.float32], ranked: NDArray[np.int32], neighbors: NDArray[np.int32]) -> NDArray[np.int64]:
    """Sums, for each of the ranked points, by how much its given neighbors' ranks among `points` are above k."""
    norms = np.einsum("ij,ij->i", points, points)
    excess = np.empty(len(ranked), dtype=np.int64)
    n_rows = max(1, _BLOCK_BYTES // (4 * len(points)))
    for first in range(0, len(ranked), n_rows):
        rows = slice(first, first + n_rows)
        squared = points[ranked[rows]] @ points.T
        squared *= -2
        squared += norms
        _count_excess(squared, ranked[rows], neighbors[rows], excess[rows])
    return excess


@numba.njit(cache=True, parallel=True)
def _count_excess(
    squared: NDArray[np.float32], ranked: NDArray[np.int32], neighbors: NDArray[np.int32], excess: NDArray[np.int64]
) -> None:
    n_rows, n_neighbors = neighbors.shape
    for row in numba.prange(n_rows):
        excess[row] = 0
        for neighbor in neighbors[row]:
            limit = squared[row, neighbor]
            # A rank counts from 1, and the point itself, nearest of all, does not count.
            rank = np.int32(1)
            for column in range(squared.shape[1]):
                rank += np.int32(squared[row, column] < limit)
            rank -= np.int32(squared[row, ranked[row]] < limit)
            excess[row] += max(0, rank - n_neighbors)
