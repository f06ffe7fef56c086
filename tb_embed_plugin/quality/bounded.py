"""Exact nearest neighbors where a guess is at hand, such as the neighbors at an earlier step.

The farthest of k guessed neighbors bounds the distance of the k-th nearest. With the bounds, each pair of points is looked at
once for both of them, so that half of the matrix product is enough, and what is near is told by one comparison. Distances
along the leading principal axes are never longer than those along all: the product is taken of these, and what may be near
is measured.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.quality.selection import NOWHERE, SLACK, sift_down, square_distance
from tb_embed_plugin.quality.threads import map_in_threads

_BLOCK_BYTES = 8 << 20
"""Size of one block of products: what was computed is looked at while it is in the cache."""

_MOST_ROWS = 512
_STRIP = 32
"""Pairs that are looked at together: one comparison passes over all of them."""

_MOST_CANDIDATES = 8
"""Candidates per neighbor: with more, on average over a block, the guess was no good, or points coincide."""

_LEADING_SHARE = 0.95
"""Of the variance, along the axes that are looked at first: a dense net's 200 units have it along 48, and 10,000 points then
have 186 candidates each for 90 neighbors, 102 with all axes."""

_POINTS_PER_FEATURE = 8
"""With fewer, finding the axes takes longer than they save: for 10,000 points, .45 s to save .73 with 1,250 features, 2.9 to
save 1.6 with 2,500."""


def bounded_neighbors(points: NDArray[np.float32], guess: NDArray[np.int32]) -> NDArray[np.int32] | None:
    """Finds each point's nearest others, as many as are guessed, in any order; None where the guess was no good.

    Args:
        points: float32, shape (n_points, n_features), of unit scale.
        guess: Indices of others, all different, shape (n_points, n_neighbors).
    """
    n_points, n_neighbors = guess.shape
    # Around the mean, few axes have most of the variance; what is near enough is measured as it is.
    centered = points - points.mean(axis=0)
    norms = np.einsum("ij,ij->i", centered, centered)
    bounds = np.empty(n_points, dtype=np.float32)
    _bound(points, guess, bounds)
    bounds += SLACK * norms
    shadows = _project(centered, norms)
    n_rows = min(_MOST_ROWS, max(16, _BLOCK_BYTES // (4 * n_points)))
    most = _MOST_CANDIDATES * n_neighbors * n_rows

    def collect(first: int) -> NDArray[np.int32] | None:
        # Of symmetric pairs only those above the diagonal.
        products = shadows[first : first + n_rows] @ shadows[first:].T
        found = np.empty((2, most), dtype=np.int32)
        count = _collect(products, norms[first:], bounds[first:], first, found)
        return found[:, :count].copy() if count >= 0 else None

    parts = map_in_threads(collect, range(0, n_points, n_rows))
    pairs = [part for part in parts if part is not None]
    if len(pairs) < len(parts):
        return None
    rows, columns = np.concatenate(pairs, axis=1)
    order_start, candidates = np.zeros(n_points + 1, dtype=np.int64), np.empty_like(columns)
    _group(rows, columns, order_start, candidates)
    indices = np.empty((n_points, n_neighbors), dtype=np.int32)
    _choose(points, order_start, candidates, indices)
    return indices


def _project(points: NDArray[np.float32], norms: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points of fewer features and the same norms, none farther from another than they are.

    The leading principal components, and the length of the rest: ‖x − y‖² ≥ ‖x_lead − y_lead‖² + (‖x_rest‖ − ‖y_rest‖)².
    """
    n_points, n_features = points.shape
    if n_points < _POINTS_PER_FEATURE * n_features:
        return points
    variances, axes = np.linalg.eigh(points.T @ points)
    shares = np.cumsum(variances[::-1], dtype=np.float64) / max(variances.sum(), np.finfo(np.float32).tiny)
    n_leading = 1 + int(np.searchsorted(shares, _LEADING_SHARE))
    if 2 * n_leading > n_features:
        return points
    shadows = np.empty((n_points, n_leading + 1), dtype=np.float32)
    leading = shadows[:, :-1]
    np.matmul(points, axes[:, : -n_leading - 1 : -1], out=leading)
    np.sqrt(np.maximum(norms - np.einsum("ij,ij->i", leading, leading), 0), out=shadows[:, -1])
    return shadows


@numba.njit(cache=True, parallel=True, fastmath=True)
def _bound(points: NDArray[np.float32], guess: NDArray[np.int32], bounds: NDArray[np.float32]) -> None:
    for i in numba.prange(guess.shape[0]):
        farthest = np.float32(0)
        for other in guess[i]:
            farthest = max(farthest, square_distance(points[i], points[other]))
        bounds[i] = farthest


# `fastmath` forbids inf and nan: points are finite.
@numba.njit(cache=True, nogil=True, fastmath=True)
def _collect(
    products: NDArray[np.float32],
    norms: NDArray[np.float32],
    bounds: NDArray[np.float32],
    first: int,
    found: NDArray[np.int32],
) -> int:
    """Notes who is near enough to whom, as (point, candidate); returns how many, or -1 where there is no room for all.

    Row r and column r of the products are point `first` + r.
    """
    n_rows, n_columns = products.shape
    two, count = np.float32(2), 0
    slack = np.float32(1) - SLACK
    for row in range(n_rows):
        # ‖x‖² + ‖y‖² − 2xy ≤ bound, for either's bound.
        own, own_bound = norms[row] * slack, bounds[row] - norms[row]
        for start in range(row + 1, n_columns, _STRIP):
            strip = products[row, start : start + _STRIP]
            strip_norms, strip_bounds = norms[start : start + _STRIP], bounds[start : start + _STRIP]
            most = -NOWHERE
            for column in range(strip.shape[0]):
                either = max(own_bound - strip_norms[column] * slack, strip_bounds[column] - strip_norms[column] - own)
                most = max(most, either + two * strip[column])
            if most < 0:
                continue
            for column in range(strip.shape[0]):
                product = two * strip[column]
                if own_bound - strip_norms[column] * slack + product >= 0:
                    if count >= found.shape[1]:
                        return -1
                    found[0, count], found[1, count] = first + row, first + start + column
                    count += 1
                if strip_bounds[column] - strip_norms[column] - own + product >= 0:
                    if count >= found.shape[1]:
                        return -1
                    found[0, count], found[1, count] = first + start + column, first + row
                    count += 1
    return count


@numba.njit(cache=True)
def _group(
    rows: NDArray[np.int32], columns: NDArray[np.int32], starts: NDArray[np.int64], candidates: NDArray[np.int32]
) -> None:
    """Counting sort by row."""
    for row in rows:
        starts[row + 1] += 1
    for row in range(starts.shape[0] - 1):
        starts[row + 1] += starts[row]
    for entry in range(rows.shape[0]):
        candidates[starts[rows[entry]]] = columns[entry]
        starts[rows[entry]] += 1
    # Filling has moved each row's start to its end, which is the next one's start.
    for row in range(starts.shape[0] - 1, 0, -1):
        starts[row] = starts[row - 1]
    starts[0] = 0


@numba.njit(cache=True, parallel=True, fastmath=True)
def _choose(
    points: NDArray[np.float32],
    starts: NDArray[np.int64],
    candidates: NDArray[np.int32],
    indices: NDArray[np.int32],
) -> None:
    n_points, n_neighbors = indices.shape
    for i in numba.prange(n_points):
        heap, columns = np.full(n_neighbors, NOWHERE, dtype=np.float32), indices[i]
        columns[:] = n_points
        for entry in range(starts[i], starts[i + 1]):
            distance = square_distance(points[i], points[candidates[entry]])
            if distance < heap[0] or (distance == heap[0] and candidates[entry] < columns[0]):
                sift_down(heap, columns, 0, n_neighbors, distance, candidates[entry])
