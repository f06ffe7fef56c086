"""The nearest of many candidates: kernels that neighbor searches have in common."""

import numba
import numpy as np
from numpy.typing import NDArray

_STRIP = 64
"""Candidates that are looked at together: one comparison passes over all of them."""

NOWHERE = np.float32(1e37)
"""Farther than any point."""

SLACK = np.float32(4e-6)
"""What products of float32 may be wrong by, over the squared norms."""


# `fastmath` forbids inf and nan: points are finite, and what is not there is `NOWHERE`.
@numba.njit(cache=True, parallel=True, fastmath=True)
def select_nearest(
    products: NDArray[np.float32],
    norms: NDArray[np.float32],
    candidates: NDArray[np.int32],
    groups: NDArray[np.int32],
    own: NDArray[np.int32],
    queries: NDArray[np.float32],
    points: NDArray[np.float32],
    indices: NDArray[np.int32],
    distances: NDArray[np.float32],
) -> None:
    """Finds the nearest of the candidates of each query, nearest first; overwrites the products.

    Products lose digits where points nearly coincide. So the nearest by products only bound the distance, and all that may be
    within the bound are measured by differences.

    Args:
        products: Inner products of queries and their candidates, shape (n_queries, n_candidates).
        norms: Squared, of the candidates, shape (n_groups, n_candidates).
        candidates: Indices of points, the same for a whole group of queries, shape (n_groups, n_candidates).
        groups: Of each query.
        own: Which of its candidates is the query itself, which does not count; negative for none.
        queries: Shape (n_queries, n_features).
        points: Shape (n_points, n_features).
        indices: For the result, shape (n_queries, n_neighbors); there are at least so many candidates that count.
        distances: As indices.
    """
    for row in numba.prange(indices.shape[0]):
        if indices.shape[1] == 0:
            continue
        if own[row] >= 0:
            products[row, own[row]] = -NOWHERE
        group, heap, nearest = groups[row], distances[row], indices[row]
        _select_by_products(products[row], norms[group], heap, nearest)
        bound = np.float32(0)
        for column in nearest:
            bound = max(bound, square_distance(queries[row], points[candidates[group, column]]))
        _select_by_differences(products[row], norms[group], candidates[group], bound, queries[row], points, heap, nearest)
        for rank in range(heap.shape[0]):
            heap[rank] = np.sqrt(heap[rank])
        sort_by_distance(heap, nearest)


@numba.njit(cache=True, fastmath=True)
def _select_by_products(
    products: NDArray[np.float32], norms: NDArray[np.float32], heap: NDArray[np.float32], columns: NDArray[np.int32]
) -> None:
    """Finds which of the columns are nearest, but for rounding."""
    two = np.float32(2)
    heap[:] = NOWHERE
    columns[:] = products.shape[0]
    for start in range(0, products.shape[0], _STRIP):
        # The query's own norm is the same for all its candidates, so it is left out.
        strip, strip_norms = products[start : start + _STRIP], norms[start : start + _STRIP]
        least = NOWHERE
        for column in range(strip.shape[0]):
            least = min(least, strip_norms[column] - two * strip[column])
        # Once the first strips have been seen, few of the others have anything to offer.
        if least < heap[0]:
            for column in range(strip.shape[0]):
                value = strip_norms[column] - two * strip[column]
                if value < heap[0]:
                    sift_down(heap, columns, 0, heap.shape[0], value, start + column)


@numba.njit(cache=True, fastmath=True)
def _select_by_differences(
    products: NDArray[np.float32],
    norms: NDArray[np.float32],
    candidates: NDArray[np.int32],
    bound: np.float32,
    query: NDArray[np.float32],
    points: NDArray[np.float32],
    heap: NDArray[np.float32],
    nearest: NDArray[np.int32],
) -> None:
    """Finds the nearest of the candidates whose squared distance may be within the bound."""
    two, slack = np.float32(2), np.float32(1) - SLACK
    own_norm = np.float32(0)
    for feature in range(query.shape[0]):
        own_norm += query[feature] * query[feature]
    # ‖x‖² + ‖y‖² − 2xy ≤ bound
    bound -= own_norm * slack
    heap[:] = NOWHERE
    nearest[:] = points.shape[0]
    for start in range(0, products.shape[0], _STRIP):
        strip, strip_norms = products[start : start + _STRIP], norms[start : start + _STRIP]
        least = NOWHERE
        for column in range(strip.shape[0]):
            least = min(least, strip_norms[column] * slack - two * strip[column])
        if least > bound:
            continue
        for column in range(strip.shape[0]):
            if strip_norms[column] * slack - two * strip[column] <= bound:
                candidate = candidates[start + column]
                distance = square_distance(query, points[candidate])
                if distance < heap[0] or (distance == heap[0] and candidate < nearest[0]):
                    sift_down(heap, nearest, 0, heap.shape[0], distance, candidate)


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
