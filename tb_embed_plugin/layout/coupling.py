"""The coupling of successive steps: a random-walk prior whose step length is the measured motion.

    Σ_t Σ_i strength_t · ‖y_i(t+1) − y_i(t)‖² / (ε + min(m_i(t), M)⁸)

A point whose representation stood still is held; one whose representation jumped is let go. Rauber et al. 2016 (dynamic
t-SNE) is the case of constant m. A Gaussian walk would have the second power. The eighth is nearly a switch: below about
half of the median motion all points are held alike, above it they are soon let go. It measured better at the same cost
in divergence (benchmarks/coherence.py): the budget goes to the points that should stand, not to those that should move.
"""

import numba
import numpy as np
from numpy.typing import NDArray

_POWER = 8
_EPSILON = 1e-2

_MOST_MOTION = 1.35
"""M, of a whole series: beyond it points are held alike, a thousandth as strongly as one that stood still. Of places that serve
a point equally well it then takes one near its last. From an untrained network to a trained one nearly all points move far:
let go altogether, those of a dense net go .34 radii, else .14, for .4 % in divergence and .2 % of recall@10. A smaller M takes
from S of `sorts`: .667 without one, .663 with 1.35, .658 with 1.2 (24 seeds)."""


def coupling_weights(motion: NDArray[np.float32], most_motion: float = _MOST_MOTION) -> NDArray[np.float32]:
    """Returns 1 / (ε + min(m, M)⁸), float32, shape (n_steps - 1, n_points), for motion in units of its median."""
    return np.asarray(1 / (_EPSILON + np.minimum(motion, most_motion) ** _POWER), dtype=np.float32)


def pull_together(positions: NDArray[np.float32], stiffness: NDArray[np.float32]) -> None:
    """Moves positions, in place, to where ½‖y − positions‖² plus the coupling energy is least.

    An exact implicit step: for every point and axis one tridiagonal system along time. No stiffness is too much for it.

    Args:
        positions: float32, shape (n_steps, n_dims, n_points).
        stiffness: Strength times weight times learning rate, float32, shape (n_steps - 1, n_points), 0 or greater.
    """
    if len(stiffness):
        _solve(positions, stiffness)


@numba.njit(cache=True, parallel=True)
def _solve(positions: NDArray[np.float32], stiffness: NDArray[np.float32]) -> None:
    # Thomas' algorithm on I + L, with L the Laplacian of the path of steps; diagonally dominant, so it needs no pivots.
    n_steps, n_dims, n_points = positions.shape
    for i in numba.prange(n_points):
        ratio = np.empty(n_steps, dtype=np.float64)
        value = np.empty((n_steps, n_dims), dtype=np.float64)
        for t in range(n_steps):
            before = stiffness[t - 1, i] if t > 0 else 0.0
            after = stiffness[t, i] if t < n_steps - 1 else 0.0
            pivot = 1.0 + before + after
            if t > 0:
                pivot -= before * ratio[t - 1]
            ratio[t] = after / pivot
            for axis in range(n_dims):
                carried = before * value[t - 1, axis] if t > 0 else 0.0
                value[t, axis] = (positions[t, axis, i] + carried) / pivot
        for t in range(n_steps - 2, -1, -1):
            for axis in range(n_dims):
                value[t, axis] += ratio[t] * value[t + 1, axis]
        for t in range(n_steps):
            for axis in range(n_dims):
                positions[t, axis, i] = value[t, axis]
