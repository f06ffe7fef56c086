"""Exact nearest neighbors: a blocked matrix product, and a top-k selection per row."""

import numba
import numpy as np
from numpy.typing import NDArray

_BLOCK_BYTES = 64 << 20
"""Size of one block of distances."""


def nearest_neighbors(points: NDArray[np.floating], n_neighbors: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Finds each point's nearest others by Euclidean distance, exactly.

    Args:
        points: Finite reals, shape (n_points, n_features).
        n_neighbors: How many; at most n_points - 1.

    Returns:
        Indices, int32, and distances, float32, both of shape (n_points, n_neighbors), nearest first. Points do not count
        as their own neighbors. Of points equally far, the one of lower index comes first.
    """
    if not 0 <= n_neighbors < len(points):
        raise ValueError(f"n_neighbors is {n_neighbors}; {len(points)} points allow 0 to {len(points) - 1}.")
    centered = scale_to_unit(points)
    norms = np.einsum("ij,ij->i", centered, centered)
    indices = np.empty((len(points), n_neighbors), dtype=np.int32)
    n_rows = max(1, _BLOCK_BYTES // (4 * len(points)))
    for first in range(0, len(points), n_rows):
        rows = slice(first, first + n_rows)
        # The row's own norm is the same for all its candidates, so it is left out.
        squared = centered[rows] @ centered.T
        squared *= -2
        squared += norms
        _select_smallest(squared, first, indices[rows])
    # The products above lose digits where points nearly coincide: the chosen are measured again, by differences.
    indices.sort(axis=1)
    distances = np.empty(indices.shape, dtype=np.float32)
    _measure(centered, indices, distances)
    order = np.argsort(distances, axis=1, kind="stable")
    scale = np.float32(_unit(points)[1])
    return np.take_along_axis(indices, order, axis=1), np.take_along_axis(distances, order, axis=1) * scale


def scale_to_unit(points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Returns the points as float32 around 0 with root mean square 1: products of float32 stay exact and finite."""
    mean, scale = _unit(points)
    return np.ascontiguousarray((points - mean) / scale, dtype=np.float32)


def _unit(points: NDArray[np.floating]) -> tuple[NDArray[np.float64], float]:
    mean = points.mean(axis=0, dtype=np.float64)
    scale = float(np.sqrt(np.mean(np.square(points - mean), dtype=np.float64)))
    return mean, scale or 1.0


@numba.njit(cache=True, parallel=True)
def _select_smallest(values: NDArray[np.float32], first: int, selected: NDArray[np.int32]) -> None:
    """For each row r, writes the columns of the smallest values, in no order, leaving column `first + r` out."""
    n_rows, n_columns = values.shape
    size = selected.shape[1]
    for row in numba.prange(n_rows):
        if size == 0:
            continue
        heap = np.empty(size, dtype=np.float32)
        columns = selected[row]
        filled = 0
        for column in range(n_columns):
            if column == first + row:
                continue
            value = values[row, column]
            if filled < size:
                _sift_up(heap, columns, filled, value, column)
                filled += 1
            elif value < heap[0]:
                _sift_down(heap, columns, value, column)


@numba.njit(cache=True, inline="always")
def _sift_up(heap: NDArray[np.float32], columns: NDArray[np.int32], at: int, value: float, column: int) -> None:
    while at > 0:
        parent = (at - 1) >> 1
        if heap[parent] >= value:
            break
        heap[at], columns[at] = heap[parent], columns[parent]
        at = parent
    heap[at], columns[at] = value, column


@numba.njit(cache=True, inline="always")
def _sift_down(heap: NDArray[np.float32], columns: NDArray[np.int32], value: float, column: int) -> None:
    size = heap.shape[0]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= value:
            break
        heap[at], columns[at] = heap[child], columns[child]
        at = child
    heap[at], columns[at] = value, column


@numba.njit(cache=True, parallel=True, fastmath=True)
def _measure(points: NDArray[np.float32], indices: NDArray[np.int32], distances: NDArray[np.float32]) -> None:
    for i in numba.prange(points.shape[0]):
        for rank in range(indices.shape[1]):
            j = indices[i, rank]
            total = np.float32(0)
            for feature in range(points.shape[1]):
                difference = points[i, feature] - points[j, feature]
                total += difference * difference
            distances[i, rank] = np.sqrt(total)
