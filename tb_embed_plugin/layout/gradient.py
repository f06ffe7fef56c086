"""The gradient of the Kullback-Leibler divergence, for all steps in one parallel loop.

Positions are kept axis by axis, float32, shape (n_steps, n_dims, n_points): the inner loop then reads them in order, and
the compiler makes vector instructions of it.
"""

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
    def of(cls, joints: list[sparse.csr_array]) -> "AffinityStack":
        offsets = np.cumsum([0] + [joint.nnz for joint in joints[:-1]], dtype=np.int64)
        values = [joint.data.astype(np.float64) for joint in joints]
        return cls(
            indptr=np.stack([joint.indptr + offset for joint, offset in zip(joints, offsets, strict=True)]).astype(np.int64),
            indices=np.concatenate([joint.indices for joint in joints]).astype(np.int32),
            values=np.concatenate([joint.data for joint in joints]).astype(np.float32),
            entropy=np.array([np.sum(p * np.log(np.maximum(p, 1e-300))) for p in values]),
        )


def compute_gradient(
    positions: NDArray[np.float32], affinities: AffinityStack, exaggeration: float
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Returns the gradient of each step's divergence, and the divergences themselves.

    Args:
        positions: float32, shape (n_steps, n_dims, n_points).
        affinities: Those of the same steps.
        exaggeration: Factor on the attraction (van der Maaten & Hinton 2008, early exaggeration).

    Returns:
        The gradient, as positions; and the divergence of each step without exaggeration, float64, shape (n_steps,).
    """
    n_points = positions.shape[2]
    # One number per point, summed afterwards in a fixed order: the same input gives the same bits on any number of cores.
    normalizers = np.empty((len(positions), n_points), dtype=np.float32)
    costs = np.empty((len(positions), n_points), dtype=np.float32)
    depth = positions[:, 2] if positions.shape[1] == 3 else None
    repulsion, attraction = np.empty_like(positions), np.empty_like(positions)
    _forces(
        positions, depth, affinities.indptr, affinities.indices, affinities.values, attraction, repulsion, normalizers, costs
    )
    # One point alone repels nothing: its total is 0.
    totals = np.maximum(normalizers.sum(axis=1, dtype=np.float64), 1e-30)
    divergence = affinities.entropy + costs.sum(axis=1, dtype=np.float64) + np.log(totals)
    scale = (1 / totals).astype(np.float32)[:, None, None]
    return 4 * (np.float32(exaggeration) * attraction - repulsion * scale), divergence


# `fastmath` lets the compiler reorder the sums and use vector instructions. It forbids asking for inf and nan in here:
# positions are finite, see `optimizer`.
#
# `depth` is None in two dimensions: numba then leaves out what asks for it when it compiles.
@numba.njit(cache=True, parallel=True, fastmath=True)
def _forces(
    positions: NDArray[np.float32],
    depth: NDArray[np.float32] | None,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    values: NDArray[np.float32],
    attraction: NDArray[np.float32],
    repulsion: NDArray[np.float32],
    normalizers: NDArray[np.float32],
    costs: NDArray[np.float32],
) -> None:
    n_steps, _, n_points = positions.shape
    n_chunks = (n_points + _CHUNK - 1) // _CHUNK
    for task in numba.prange(n_steps * n_chunks):
        step, chunk = task // n_chunks, task % n_chunks
        xs, ys = positions[step, 0], positions[step, 1]
        if depth is not None:
            zs = depth[step]
        for i in range(chunk * _CHUNK, min((chunk + 1) * _CHUNK, n_points)):
            total, pull = np.float32(0), np.float32(0)
            force_x, force_y, force_z = np.float32(0), np.float32(0), np.float32(0)
            for j in range(n_points):
                dx, dy = xs[i] - xs[j], ys[i] - ys[j]
                squared = np.float32(1) + dx * dx + dy * dy
                if depth is not None:
                    dz = zs[i] - zs[j]
                    squared += dz * dz
                q = np.float32(1) / squared
                total += q
                q *= q
                force_x += q * dx
                force_y += q * dy
                if depth is not None:
                    force_z += q * dz
            repulsion[step, 0, i], repulsion[step, 1, i] = force_x, force_y
            if depth is not None:
                repulsion[step, 2, i] = force_z
            normalizers[step, i] = total - np.float32(1)
            force_x, force_y, force_z = np.float32(0), np.float32(0), np.float32(0)
            for entry in range(indptr[step, i], indptr[step, i + 1]):
                j = indices[entry]
                dx, dy = xs[i] - xs[j], ys[i] - ys[j]
                squared = np.float32(1) + dx * dx + dy * dy
                if depth is not None:
                    dz = zs[i] - zs[j]
                    squared += dz * dz
                weight = values[entry] / squared
                force_x += weight * dx
                force_y += weight * dy
                if depth is not None:
                    force_z += weight * dz
                pull += values[entry] * np.log(squared)
            attraction[step, 0, i], attraction[step, 1, i] = force_x, force_y
            if depth is not None:
                attraction[step, 2, i] = force_z
            costs[step, i] = pull
