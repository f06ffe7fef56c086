"""The gradient of the Kullback-Leibler divergence, for all steps in one parallel loop.

Positions are kept axis by axis, float32, shape (n_steps, n_dims, n_points): the inner loop then reads them in order, and
the compiler makes vector instructions of it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

_CHUNK = 64
"""Points per parallel task: small enough to balance the load, large enough to hide its cost."""


@dataclass(frozen=True, slots=True, eq=False)
class AffinityStack:
    """The joint affinities of all steps, one after the other, for the kernels.

    Attributes:
        indptr: int64, shape (n_steps, n_points + 1): where each row starts in `indices` and `values`.
        indices: int32, column of each entry.
        values: float32, affinity of each entry.
        entropy: float64, shape (n_steps,): Σ p log p, the part of the divergence that positions do not change.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    values: NDArray[np.float32]
    entropy: NDArray[np.float64]

    @classmethod
    def of(cls, joints: list[sparse.csr_array], order: NDArray[np.integer] | None = None) -> "AffinityStack":
        """Stacks joint affinities, each (n_points, n_points).

        Args:
            joints: One per step. Taken out of the list one by one: a long series of many points does not fit in memory twice.
            order: A permutation of the points to take them in; None: as they are.
        """
        n_points, n_steps = joints[0].shape[0], len(joints)
        order = np.arange(n_points) if order is None else order
        place = np.empty(n_points, dtype=np.int32)
        place[order] = np.arange(n_points, dtype=np.int32)
        indptr = np.zeros((n_steps, n_points + 1), dtype=np.int64)
        for step, joint in enumerate(joints):
            indptr[step, 1:] = np.cumsum(np.diff(joint.indptr)[order])
            indptr[step] += indptr[step - 1, -1] if step else 0
        indices = np.empty(indptr[-1, -1], dtype=np.int32)
        values = np.empty(indptr[-1, -1], dtype=np.float32)
        entropy = np.empty((n_steps, n_points))
        for step in range(n_steps):
            joint = joints.pop(0)
            _reorder(joint.indptr, joint.indices, joint.data, order, place, indptr[step], indices, values, entropy[step])
        return cls(indptr=indptr, indices=indices, values=values, entropy=entropy.sum(axis=1))

    def step(self, step: int) -> "AffinityStack":
        """The affinities of one step, by themselves."""
        indptr = self.indptr[step]
        own = slice(indptr[0], indptr[-1])
        return AffinityStack(
            indptr=(indptr - indptr[0])[None],
            indices=self.indices[own],
            values=self.values[own],
            entropy=self.entropy[step : step + 1],
        )

    def steps(self, chosen: Sequence[int] | NDArray[np.integer]) -> "AffinityStack":
        """The affinities of some of the steps; what is large is shared."""
        return AffinityStack(indptr=self.indptr[chosen], indices=self.indices, values=self.values, entropy=self.entropy[chosen])


@numba.njit(cache=True, parallel=True)
def _reorder(
    indptr: NDArray[np.integer],
    indices: NDArray[np.integer],
    data: NDArray[np.float32],
    order: NDArray[np.int64],
    place: NDArray[np.int32],
    new_indptr: NDArray[np.int64],
    new_indices: NDArray[np.int32],
    new_values: NDArray[np.float32],
    entropy: NDArray[np.float64],
) -> None:
    for row in numba.prange(order.shape[0]):
        first, at, total = indptr[order[row]], new_indptr[row], 0.0
        for entry in range(new_indptr[row + 1] - at):
            p = data[first + entry]
            new_indices[at + entry], new_values[at + entry] = place[indices[first + entry]], p
            if p > 0:
                total += p * math.log(p)
        entropy[row] = total


def compute_gradient(
    positions: NDArray[np.float32],
    affinities: AffinityStack,
    exaggeration: float,
    repulsion: tuple[NDArray[np.float32], NDArray[np.float64]],
    *,
    with_divergence: bool = True,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Returns the gradient of each step's divergence, and the divergences themselves.

    Args:
        positions: float32, shape (n_steps, n_dims, n_points).
        affinities: Those of the same steps.
        exaggeration: Factor on the attraction (van der Maaten & Hinton 2008, early exaggeration).
        repulsion: What `compute_repulsion` says of these positions, or of some that hardly differ.
        with_divergence: Whether the divergences are wanted: their logarithms take as long as all of the attraction.

    Returns:
        The gradient, as positions; and the divergence of each step without exaggeration, float64, shape (n_steps,), nan
        where it is not wanted.
    """
    forces, totals = repulsion
    # One point alone, or none, repels nothing: the total is 0, and nothing diverges.
    has_pairs = totals > 1e-30
    totals = np.where(has_pairs, totals, 1)
    gradient = np.empty_like(positions)
    # One number per point, summed afterwards in a fixed order: the same input gives the same bits on any number of cores.
    costs = np.empty((len(positions), positions.shape[2]), dtype=np.float32) if with_divergence else None
    _add_attraction(
        positions,
        positions[:, 2] if positions.shape[1] == 3 else None,
        affinities.indptr,
        affinities.indices,
        affinities.values,
        np.float32(exaggeration),
        forces,
        (1 / totals).astype(np.float32),
        gradient,
        costs,
    )
    if costs is None:
        return gradient, np.full(len(positions), np.nan)
    return gradient, affinities.entropy + costs.sum(axis=1, dtype=np.float64) + np.log(totals)


@numba.njit(cache=True, inline="always")
def _log(x: np.float32) -> np.float32:
    """The natural logarithm of x ≥ 1, to 1e-6 of its value: unlike the library's, made of vector instructions."""
    bits = np.float32(x).view(np.int32)
    # x = 2^exponent · (1 + m), with 1 + m in [0.7, 1.4]; log(1 + m) = 2 artanh(m / (2 + m)), an odd power series.
    exponent = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    m = np.int32(bits - (exponent << np.int32(23))).view(np.float32) - np.float32(1)
    s = m / (np.float32(2) + m)
    s2 = s * s
    series = np.float32(2) + s2 * (np.float32(2 / 3) + s2 * (np.float32(2 / 5) + s2 * np.float32(2 / 7)))
    return np.float32(exponent) * np.float32(math.log(2)) + s * series


# `fastmath` lets the compiler reorder the sums and use vector instructions. It forbids asking for inf and nan in here:
# positions are finite, see `optimizer`.
#
# `depth` is None in two dimensions, `costs` where they are not wanted: numba then leaves out what asks for them when it
# compiles.
@numba.njit(cache=True, parallel=True, fastmath=True)
def _add_attraction(
    positions: NDArray[np.float32],
    depth: NDArray[np.float32] | None,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    values: NDArray[np.float32],
    exaggeration: np.float32,
    repulsion: NDArray[np.float32],
    per_total: NDArray[np.float32],
    gradient: NDArray[np.float32],
    costs: NDArray[np.float32] | None,
) -> None:
    n_steps, _, n_points = positions.shape
    n_chunks = (n_points + _CHUNK - 1) // _CHUNK
    one, four, zero = np.float32(1), np.float32(4), np.float32(0)
    for task in numba.prange(n_steps * n_chunks):
        step, chunk = task // n_chunks, task % n_chunks
        xs, ys = positions[step, 0], positions[step, 1]
        if depth is not None:
            zs = depth[step]
        for i in range(chunk * _CHUNK, min((chunk + 1) * _CHUNK, n_points)):
            cost, force_x, force_y, force_z = zero, zero, zero, zero
            # Slices and unsigned indices: one that could be negative keeps a loop from becoming vector instructions.
            row = slice(indptr[step, i], indptr[step, i + 1])
            columns, weights = indices[row], values[row]
            for entry in range(columns.shape[0]):
                j = np.uint32(columns[entry])
                dx, dy = xs[i] - xs[j], ys[i] - ys[j]
                squared = one + dx * dx + dy * dy
                if depth is not None:
                    dz = zs[i] - zs[j]
                    squared += dz * dz
                weight = weights[entry] / squared
                force_x += weight * dx
                force_y += weight * dy
                if depth is not None:
                    force_z += weight * dz
                if costs is not None:
                    cost += weights[entry] * _log(squared)
            if costs is not None:
                costs[step, i] = cost
            gradient[step, 0, i] = four * (exaggeration * force_x - per_total[step] * repulsion[step, 0, i])
            gradient[step, 1, i] = four * (exaggeration * force_y - per_total[step] * repulsion[step, 1, i])
            if depth is not None:
                gradient[step, 2, i] = four * (exaggeration * force_z - per_total[step] * repulsion[step, 2, i])
