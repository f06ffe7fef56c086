"""Exact nearest neighbors: a blocked matrix product, and a top-k selection per row."""

import numba
import numpy as np
from numpy.typing import NDArray

_BLOCK_BYTES = 64 << 20
"""Size of one block of products: few enough blocks that threads seldom wait for each other."""

_STRIP = 64
"""Candidates that are looked at together: one comparison passes over all of them."""

_NOWHERE = np.float32(1e37)
"""Farther than any point."""


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
    distances = np.empty((len(points), n_neighbors), dtype=np.float32)
    n_rows = max(1, _BLOCK_BYTES // (4 * len(points)))
    for first in range(0, len(points), n_rows):
        rows = slice(first, first + n_rows)
        _select_nearest(centered[rows] @ centered.T, norms, centered, first, indices[rows], distances[rows])
    return indices, distances * np.float32(_unit(points)[1])


def scale_to_unit(points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Returns the points as float32 around 0 with root mean square 1: products of float32 stay exact and finite."""
    mean, scale = _unit(points)
    return np.ascontiguousarray((points - mean) / scale, dtype=np.float32)


def _unit(points: NDArray[np.floating]) -> tuple[NDArray[np.float64], float]:
    mean = points.mean(axis=0, dtype=np.float64)
    scale = float(np.sqrt(np.mean(np.square(points - mean), dtype=np.float64)))
    return mean, scale or 1.0


# `fastmath` forbids inf and nan: points are finite, and what is not there is `_NOWHERE`.
@numba.njit(cache=True, parallel=True, fastmath=True)
def _select_nearest(
    products: NDArray[np.float32],
    norms: NDArray[np.float32],
    points: NDArray[np.float32],
    first: int,
    indices: NDArray[np.int32],
    distances: NDArray[np.float32],
) -> None:
    """Finds the nearest of points `first`, `first` + 1, …, given their products with all; overwrites the products."""
    n_neighbors, n_points, two = indices.shape[1], points.shape[0], np.float32(2)
    for row in numba.prange(indices.shape[0]):
        if n_neighbors == 0:
            continue
        products[row, first + row] = -_NOWHERE
        heap, columns = distances[row], indices[row]
        heap[:] = _NOWHERE
        columns[:] = n_points
        for start in range(0, n_points, _STRIP):
            # The row's own norm is the same for all its candidates, so it is left out.
            strip, strip_norms = products[row, start : start + _STRIP], norms[start : start + _STRIP]
            least = _NOWHERE
            for column in range(strip.shape[0]):
                least = min(least, strip_norms[column] - two * strip[column])
            # Once the first strips have been seen, few of the others have anything to offer.
            if least < heap[0]:
                for column in range(strip.shape[0]):
                    value = strip_norms[column] - two * strip[column]
                    if value < heap[0]:
                        _sift_down(heap, columns, 0, n_neighbors, value, start + column)
        # The products lose digits where points nearly coincide: the chosen are measured again, by differences.
        for rank in range(n_neighbors):
            heap[rank] = np.sqrt(_square_distance(points[first + row], points[columns[rank]]))
        _sort(heap, columns)


@numba.njit(cache=True, fastmath=True)
def _square_distance(left: NDArray[np.float32], right: NDArray[np.float32]) -> np.float32:
    total = np.float32(0)
    for feature in range(left.shape[0]):
        difference = left[feature] - right[feature]
        total += difference * difference
    return total


@numba.njit(cache=True)
def _sort(heap: NDArray[np.float32], columns: NDArray[np.int32]) -> None:
    """Sorts by distance, and by index where distances are equal."""
    for root in range(heap.shape[0] // 2 - 1, -1, -1):
        _sift_down(heap, columns, root, heap.shape[0], heap[root], columns[root])
    for size in range(heap.shape[0] - 1, 0, -1):
        last, last_column = heap[size], columns[size]
        heap[size], columns[size] = heap[0], columns[0]
        _sift_down(heap, columns, 0, size, last, last_column)


@numba.njit(cache=True)
def _sift_down(
    heap: NDArray[np.float32], columns: NDArray[np.int32], at: int, size: int, value: np.float32, column: int
) -> None:
    """Puts an entry in the place of the one at `at`, and moves it down to where all below it are less."""
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        other = child + 1
        if other < size and (heap[other] > heap[child] or (heap[other] == heap[child] and columns[other] > columns[child])):
            child = other
        if heap[child] < value or (heap[child] == value and columns[child] < column):
            break
        heap[at], columns[at] = heap[child], columns[child]
        at = child
    heap[at], columns[at] = value, column
