"""The nearest of many candidates: kernels that neighbor searches have in common."""

import numba
import numpy as np
from numpy.typing import NDArray

_STRIP = 64
"""Candidates that are looked at together: one comparison passes over all of them."""

NOWHERE = np.float32(1e37)
"""Farther than any point."""


# `fastmath` forbids inf and nan: points are finite, and what is not there is `NOWHERE`.
@numba.njit(cache=True, parallel=True, fastmath=True)
def select_nearest(
    products: NDArray[np.float32],
    norms: NDArray[np.float32],
    candidates: NDArray[np.int32],
    groups: NDArray[np.int32],
    queries: NDArray[np.int32],
    own: NDArray[np.int32],
    points: NDArray[np.float32],
    indices: NDArray[np.int32],
    distances: NDArray[np.float32],
) -> None:
    """Finds the nearest of the candidates of each query, nearest first; overwrites the products.

    Args:
        products: Inner products of queries and their candidates, shape (n_queries, n_candidates).
        norms: Squared, shape (n_groups, n_candidates).
        candidates: Indices of points, the same for a whole group of queries, shape (n_groups, n_candidates).
        groups: Of each query.
        queries: Indices of points.
        own: Which of its candidates is the query itself, which does not count.
        points: Shape (n_points, n_features).
        indices: For the result, shape (n_queries, n_neighbors).
        distances: As indices.
    """
    n_neighbors, n_candidates, two = indices.shape[1], products.shape[1], np.float32(2)
    for row in numba.prange(indices.shape[0]):
        if n_neighbors == 0:
            continue
        group = groups[row]
        products[row, own[row]] = -NOWHERE
        heap, columns = distances[row], indices[row]
        heap[:] = NOWHERE
        columns[:] = n_candidates
        for start in range(0, n_candidates, _STRIP):
            # The row's own norm is the same for all its candidates, so it is left out.
            strip, strip_norms = products[row, start : start + _STRIP], norms[group, start : start + _STRIP]
            least = NOWHERE
            for column in range(strip.shape[0]):
                least = min(least, strip_norms[column] - two * strip[column])
            # Once the first strips have been seen, few of the others have anything to offer.
            if least < heap[0]:
                for column in range(strip.shape[0]):
                    value = strip_norms[column] - two * strip[column]
                    if value < heap[0]:
                        sift_down(heap, columns, 0, n_neighbors, value, start + column)
        # The products lose digits where points nearly coincide: the chosen are measured again, by differences.
        for rank in range(n_neighbors):
            columns[rank] = candidates[group, columns[rank]]
            heap[rank] = np.sqrt(square_distance(points[queries[row]], points[columns[rank]]))
        sort_by_distance(heap, columns)


@numba.njit(cache=True, parallel=True, fastmath=True)
def measure_and_sort(points: NDArray[np.float32], indices: NDArray[np.int32], distances: NDArray[np.float32]) -> None:
    """Measures each point's distance to its neighbors, by differences, and sorts them, nearest first."""
    for i in numba.prange(indices.shape[0]):
        for rank in range(indices.shape[1]):
            distances[i, rank] = np.sqrt(square_distance(points[i], points[indices[i, rank]]))
        sort_by_distance(distances[i], indices[i])


@numba.njit(cache=True, fastmath=True)
def square_distance(left: NDArray[np.float32], right: NDArray[np.float32]) -> np.float32:
    total = np.float32(0)
    for feature in range(left.shape[0]):
        difference = left[feature] - right[feature]
        total += difference * difference
    return total


@numba.njit(cache=True)
def sort_by_distance(heap: NDArray[np.float32], columns: NDArray[np.int32]) -> None:
    """Sorts by distance, and by index where distances are equal."""
    for root in range(heap.shape[0] // 2 - 1, -1, -1):
        sift_down(heap, columns, root, heap.shape[0], heap[root], columns[root])
    for size in range(heap.shape[0] - 1, 0, -1):
        last, last_column = heap[size], columns[size]
        heap[size], columns[size] = heap[0], columns[0]
        sift_down(heap, columns, 0, size, last, last_column)


@numba.njit(cache=True)
def sift_down(
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
