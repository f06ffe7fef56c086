"""Joint affinities: how much two points are neighbors in one snapshot."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tb_embed_plugin.quality import nearest_neighbors

DEFAULT_PERPLEXITY = 30.0
"""van der Maaten & Hinton 2008."""

_LEAST_SHARE = 0.1
"""Perplexity over n_points at most, by default: 30 of 80 points would be no neighborhood."""

_LONGEST_STEP = 2.0
"""Of Newton's method, in the logarithm of the precision: where the entropy is flat, steps lead astray."""


@dataclass(frozen=True, slots=True, eq=False)
class Affinities:
    """Affinities of one snapshot.

    Attributes:
        joint: Symmetric, sums to 1, shape (n_points, n_points), float32.
        neighbors: Indices of the nearest neighbors, int32, shape (n_points, 3 · perplexity).
    """

    joint: sparse.csr_array
    neighbors: NDArray[np.int32]


def effective_perplexity(perplexity: float | None, n_points: int) -> float:
    """The perplexity that n_points allow: a third of the other points can be neighbors that count."""
    wanted = min(DEFAULT_PERPLEXITY, _LEAST_SHARE * n_points) if perplexity is None else perplexity
    return max(1.0, min(wanted, (n_points - 1) / 3))


def compute_affinities(
    activations: NDArray[np.floating], perplexity: float, *, guess: NDArray[np.int32] | None = None
) -> Affinities:
    """Calibrates Gaussian neighborhoods of the given perplexity and makes them symmetric (van der Maaten 2008).

    Args:
        activations: Finite reals, shape (n_points, n_features).
        perplexity: As `effective_perplexity` returns it.
        guess: Neighbors at another step, as `Affinities` has them: with them, the same result is found sooner.
    """
    n_points = len(activations)
    n_neighbors = min(n_points - 1, round(3 * perplexity))
    neighbors, distances = nearest_neighbors(activations, n_neighbors, guess=guess)
    return Affinities(_make_joint(neighbors, _calibrate(distances, perplexity)), neighbors)


def _make_joint(neighbors: NDArray[np.int32], conditional: NDArray[np.float32]) -> sparse.csr_array:
    """The mean of conditional affinities and their transpose, over n_points."""
    n_points = len(neighbors)
    columns, values = np.empty_like(neighbors), np.empty_like(conditional)
    back_indptr = np.zeros(n_points + 1, dtype=np.int64)
    back_columns, back_values = np.empty(neighbors.size, dtype=np.int32), np.empty(neighbors.size, dtype=np.float32)
    _sort_rows(neighbors, conditional, columns, values)
    _transpose(neighbors, conditional, back_indptr, back_columns, back_values)
    counts = np.empty(n_points, dtype=np.int64)
    _count_merged(columns, back_indptr, back_columns, counts)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    indices, data = np.empty(indptr[-1], dtype=np.int32), np.empty(indptr[-1], dtype=np.float32)
    _merge(columns, values, back_indptr, back_columns, back_values, indptr, indices, data)
    return sparse.csr_array((data, indices, indptr), shape=(n_points, n_points))


@numba.njit(cache=True, parallel=True)
def _sort_rows(
    neighbors: NDArray[np.int32], conditional: NDArray[np.float32], columns: NDArray[np.int32], values: NDArray[np.float32]
) -> None:
    for i in numba.prange(neighbors.shape[0]):
        order = np.argsort(neighbors[i])
        for rank in range(order.shape[0]):
            columns[i, rank], values[i, rank] = neighbors[i, order[rank]], conditional[i, order[rank]]


@numba.njit(cache=True)
def _transpose(
    neighbors: NDArray[np.int32],
    conditional: NDArray[np.float32],
    indptr: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
) -> None:
    n_points, n_neighbors = neighbors.shape
    for i in range(n_points):
        for rank in range(n_neighbors):
            indptr[neighbors[i, rank] + 1] += 1
    for i in range(n_points):
        indptr[i + 1] += indptr[i]
    for i in range(n_points):
        for rank in range(n_neighbors):
            at = indptr[neighbors[i, rank]]
            columns[at], values[at] = i, conditional[i, rank]
            indptr[neighbors[i, rank]] = at + 1
    # Filling has moved each row's start to its end, which is the next one's start.
    for i in range(n_points, 0, -1):
        indptr[i] = indptr[i - 1]
    indptr[0] = 0


@numba.njit(cache=True, parallel=True)
def _count_merged(
    columns: NDArray[np.int32], back_indptr: NDArray[np.int64], back_columns: NDArray[np.int32], counts: NDArray[np.int64]
) -> None:
    for i in numba.prange(columns.shape[0]):
        there, back, end, count = 0, back_indptr[i], back_indptr[i + 1], 0
        while there < columns.shape[1] or back < end:
            left = columns[i, there] if there < columns.shape[1] else columns.shape[0]
            right = back_columns[back] if back < end else columns.shape[0]
            there += left <= right
            back += right <= left
            count += 1
        counts[i] = count


@numba.njit(cache=True, parallel=True)
def _merge(
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
    back_indptr: NDArray[np.int64],
    back_columns: NDArray[np.int32],
    back_values: NDArray[np.float32],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    data: NDArray[np.float32],
) -> None:
    n_points, n_neighbors = columns.shape
    share = np.float32(0.5 / n_points)
    for i in numba.prange(n_points):
        there, back, end = 0, back_indptr[i], back_indptr[i + 1]
        for entry in range(indptr[i], indptr[i + 1]):
            left = columns[i, there] if there < n_neighbors else n_points
            right = back_columns[back] if back < end else n_points
            total = np.float32(0)
            if left <= right:
                total += values[i, there]
                there += 1
            if right <= left:
                total += back_values[back]
                back += 1
            indices[entry], data[entry] = min(left, right), total * share


@numba.njit(cache=True, parallel=True)
def _calibrate(distances: NDArray[np.float32], perplexity: float) -> NDArray[np.float32]:
    """Finds each row's bandwidth by Newton's method on its entropy; returns conditional affinities, rows summing to 1."""
    conditional = np.empty(distances.shape, dtype=np.float32)
    for i in numba.prange(distances.shape[0]):
        _calibrate_row(distances[i], np.log(perplexity), conditional[i])
    return conditional


# Plain loops: expressions of whole arrays take several times as long to compile, and to run.
@numba.njit(cache=True)
def _calibrate_row(distances: NDArray[np.float32], wanted: float, conditional: NDArray[np.float32]) -> None:
    n_neighbors = distances.shape[0]
    # Relative to the nearest, so that the largest exponential is 1, and to the mean, so that any unit will do.
    squared = np.empty(n_neighbors, dtype=np.float64)
    mean = 0.0
    for rank in range(n_neighbors):
        squared[rank] = np.float64(distances[rank]) ** 2 - np.float64(distances[0]) ** 2
        mean += squared[rank] / n_neighbors
    if mean <= 0:
        # Neighbors all equally far (a dead layer: all the same) are equally near.
        for rank in range(n_neighbors):
            conditional[rank] = 1 / n_neighbors
        return
    low, high, precision = 0.0, np.inf, 1 / mean
    for _ in range(64):
        total, weighted, weighted_squares = 0.0, 0.0, 0.0
        for rank in range(n_neighbors):
            weight = np.exp(-precision * squared[rank])
            total += weight
            weighted += weight * squared[rank]
            weighted_squares += weight * squared[rank] ** 2
        expected = weighted / total
        excess = np.log(total) + precision * expected - wanted
        if abs(excess) < 1e-5:
            break
        if excess > 0:
            low = precision
        else:
            high = precision
        # Newton's step for the logarithm of the precision, unless it leaves the interval that is known to hold the solution.
        slope = precision**2 * (weighted_squares / total - expected**2)
        step = excess / slope if slope > 0 else np.inf
        precision = precision * np.exp(step) if abs(step) < _LONGEST_STEP else low
        if not low < precision < high:
            precision = 2 * low if high == np.inf else (low + high) / 2
    total = 0.0
    for rank in range(n_neighbors):
        total += np.exp(-precision * squared[rank])
    for rank in range(n_neighbors):
        conditional[rank] = np.exp(-precision * squared[rank]) / total
