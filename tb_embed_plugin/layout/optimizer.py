"""Gradient descent with momentum and gains (Jacobs 1988, as in van der Maaten & Hinton 2008), all steps at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.layout.config import MANY_POINTS
from tb_embed_plugin.layout.coupling import pull_together
from tb_embed_plugin.layout.gradient import AffinityStack, compute_gradient
from tb_embed_plugin.layout.repulsion import compute_repulsion

_MOMENTUM = 0.8
_MOMENTUM_SPREADING = 0.92
"""Of many points in the first half of a descent that settles: the layout has far to go from its exaggerated size to its own.
With 200 iterations, a dense net's hidden layer (20 steps of 10,000 points) then has .4 % less divergence than with
scikit-learn's 750, and its recall@10; .95 gives 4 % less, larger pictures, and one in a hundred of the neighbors fewer."""

_KEPT_EXAGGERATED, _KEPT_COOLING = 3, 2
"""Iterations for which many points are repelled as they were: repulsion changes slowly where they lie close together or hardly
move any more, and takes longer than attraction (multiple time steps, Tuckerman et al. 1992). Divergences change by less than
.8 %, as by another seed; kept while points spread out, it would cost 2 %."""

_LARGEST_MOVE = 5.0
"""Longest move of a point in one iteration, in units of the layout; keeps positions finite."""

_LEAST_GAIN = 0.01

WATCHED_ITERATIONS = 5
"""How often a watched descent tells its divergence, which takes as long as half an iteration."""

_HOT = 0.3
"""Share of a descent after which it cools down, where it does. Coupled steps then differ by less that is not in the data: S of
`sorts` is .664 rather than .661 from half of it on. From the start is too early: NP falls."""

_LEAST_LEARNING_RATE = 0.05
"""Of the full one, at the end of a descent that cools down."""

_EXAGGERABLE_POINTS = 1000
_EXAGGERATION = {"many": 12.0, "few": 4.0}
"""12 is van der Maaten's and Belkina et al.'s (2019); fewer than 1,000 points collapse under it in float32."""


def early_exaggeration(n_points: int) -> float:
    return _EXAGGERATION["many" if n_points >= _EXAGGERABLE_POINTS else "few"]


@dataclass(slots=True, eq=False)
class Descent:
    """A layout on its way down; axis by axis, shape (n_steps, n_dims, n_points), float32.

    Attributes:
        positions: Where the points are.
        affinities: What they are drawn by.
        present: bool, shape (n_steps, n_points): points that are not feel no force but the coupling, and exert none. None:
            all are.
        stiffness: Coupling of successive steps, shape (n_steps - 1, n_points), in inverse units of the learning rate;
            None where the steps are free.
    """

    positions: NDArray[np.float32]
    affinities: AffinityStack
    present: NDArray[np.bool_] | None = None
    stiffness: NDArray[np.float32] | None = None

    def divergence(self) -> NDArray[np.float64]:
        """The Kullback-Leibler divergence of each step, float64, shape (n_steps,)."""
        return compute_gradient(self.positions, self.affinities, 1.0, self._compute_repulsion())[1]

    def run(
        self,
        n_iterations: int,
        *,
        exaggeration: float = 1.0,
        settles: bool = False,
        after_iteration: Callable[[int], None] | None = None,
        watch: Callable[[int, NDArray[np.float64]], None] | None = None,
    ) -> None:
        """Takes gradient steps.

        Args:
            n_iterations: How many.
            exaggeration: Factor on the attraction.
            settles: Whether points first spread out, many of them with more momentum, and then cool down: the learning rate
                falls. A hot descent trembles, differently at every step: motion that is not in the data.
            after_iteration: Is told the iteration.
            watch: Is told every `WATCHED_ITERATIONS`, before they are taken, which iteration it is and the divergence of
                each step.
        """
        absent = None if self.present is None or self.present.all() else ~self.present[:, None, :]
        velocity, gains = np.zeros_like(self.positions), np.ones_like(self.positions)
        # Belkina et al. 2019; the gradient is that of a mean over points.
        learning_rate = self.positions.shape[2] / exaggeration
        has_many, repulsion = self.positions.shape[2] >= MANY_POINTS, None
        for iteration in range(n_iterations):
            left = 1 - iteration / n_iterations
            heat = max(_LEAST_LEARNING_RATE, min(1.0, left / (1 - _HOT))) if settles else 1.0
            is_spreading = has_many and settles and 2 * iteration < n_iterations
            momentum = _MOMENTUM_SPREADING if is_spreading else _MOMENTUM
            is_watched = watch is not None and iteration % WATCHED_ITERATIONS == 0
            is_cooling = has_many and settles and not is_spreading
            kept_for = _KEPT_EXAGGERATED if has_many and exaggeration > 1 else _KEPT_COOLING if is_cooling else 1
            if repulsion is None or is_watched or iteration % kept_for == 0:
                repulsion = self._compute_repulsion()
            gradient, divergence = compute_gradient(
                self.positions, self.affinities, exaggeration, repulsion, with_divergence=is_watched
            )
            if watch is not None and is_watched:
                watch(iteration, divergence)
            if absent is not None:
                gradient[np.broadcast_to(absent, gradient.shape)] = 0
            _move(self.positions, gradient, velocity, gains, np.float32(heat * learning_rate), np.float32(momentum))
            if self.stiffness is not None:
                # Both parts of the objective cool down alike.
                pull_together(self.positions, self.stiffness * np.float32(heat))
            self.positions -= self.positions.mean(axis=2, keepdims=True)
            if after_iteration is not None:
                after_iteration(iteration)

    def _compute_repulsion(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """`compute_repulsion` among the points that are present."""
        if self.present is None or self.present.all():
            return compute_repulsion(self.positions)
        forces, totals = np.zeros_like(self.positions), np.zeros(len(self.positions))
        whole = self.present.all(axis=1)
        if whole.any():
            forces[whole], totals[whole] = compute_repulsion(self.positions[whole])
        for step in np.flatnonzero(~whole & self.present.any(axis=1)):
            at = np.flatnonzero(self.present[step])
            among, totals[step : step + 1] = compute_repulsion(np.ascontiguousarray(self.positions[step, :, at].T[None]))
            forces[step][:, at] = among[0]
        return forces, totals


@numba.njit(cache=True, parallel=True, fastmath=True)
def _move(
    positions: NDArray[np.float32],
    gradient: NDArray[np.float32],
    velocity: NDArray[np.float32],
    gains: NDArray[np.float32],
    learning_rate: np.float32,
    momentum: np.float32,
) -> None:
    n_steps, n_dims, n_points = positions.shape
    least, longest = np.float32(_LEAST_GAIN), np.float32(_LARGEST_MOVE)
    up, down = np.float32(0.2), np.float32(0.8)
    for step in numba.prange(n_steps):
        for i in range(n_points):
            squared = np.float32(0)
            for axis in range(n_dims):
                slope, speed, gain = gradient[step, axis, i], velocity[step, axis, i], gains[step, axis, i]
                gain = max(gain * down if slope * speed > 0 else gain + up, least)
                speed = momentum * speed - learning_rate * gain * slope
                gains[step, axis, i], velocity[step, axis, i] = gain, speed
                squared += speed * speed
            shortening = longest / max(np.sqrt(squared), longest)
            for axis in range(n_dims):
                velocity[step, axis, i] *= shortening
                positions[step, axis, i] += velocity[step, axis, i]
