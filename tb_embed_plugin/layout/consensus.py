"""What all steps have in common: their affinities averaged."""

import numba
import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.layout.gradient import AffinityStack

_CHUNK = 256
"""Rows per parallel task; each task has notes that are n_points long."""


def average_affinities(steps: AffinityStack) -> AffinityStack:
    """The consensus, one step: the mean of the affinities over the steps that have any, summing to 1."""
    counts = np.zeros(steps.indptr.shape[1] - 1, dtype=np.int64)
    _count_union(steps.indptr, steps.indices, counts)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    indices, values = np.empty(indptr[-1], dtype=np.int32), np.empty(indptr[-1], dtype=np.float32)
    _sum_rows(steps.indptr, steps.indices, steps.values, indptr, indices, values)
    values /= np.float32(max(values.sum(dtype=np.float64), 1e-30))
    known = values[values > 0].astype(np.float64)
    entropy = np.array([np.sum(known * np.log(known))])
    return AffinityStack(indptr=indptr[None], indices=indices, values=values, entropy=entropy)


@numba.njit(cache=True, parallel=True)
def _count_union(indptr: NDArray[np.int64], indices: NDArray[np.int32], counts: NDArray[np.int64]) -> None:
    n_steps, n_points = indptr.shape[0], indptr.shape[1] - 1
    for chunk in numba.prange((n_points + _CHUNK - 1) // _CHUNK):
        seen_by = np.full(n_points, -1, dtype=np.int32)
        for i in range(chunk * _CHUNK, min((chunk + 1) * _CHUNK, n_points)):
            for step in range(n_steps):
                for entry in range(indptr[step, i], indptr[step, i + 1]):
                    if seen_by[indices[entry]] != i:
                        seen_by[indices[entry]] = i
                        counts[i] += 1


@numba.njit(cache=True, parallel=True)
def _sum_rows(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    values: NDArray[np.float32],
    sum_indptr: NDArray[np.int64],
    sum_indices: NDArray[np.int32],
    sums: NDArray[np.float32],
) -> None:
    n_steps, n_points = indptr.shape[0], indptr.shape[1] - 1
    for chunk in numba.prange((n_points + _CHUNK - 1) // _CHUNK):
        place = np.full(n_points, -1, dtype=np.int64)
        for i in range(chunk * _CHUNK, min((chunk + 1) * _CHUNK, n_points)):
            end = sum_indptr[i]
            for step in range(n_steps):
                for entry in range(indptr[step, i], indptr[step, i + 1]):
                    j = indices[entry]
                    # Rows are done one after the other: a place before this row's start is an earlier row's.
                    if place[j] < sum_indptr[i]:
                        place[j] = end
                        sum_indices[end], sums[end] = j, np.float32(0)
                        end += 1
                    sums[place[j]] += values[entry]
