"""Gradient descent with momentum and gains (Jacobs 1988, as in van der Maaten & Hinton 2008), all steps at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.layout.coupling import pull_together
from tb_embed_plugin.layout.gradient import AffinityStack, compute_gradient

_MOMENTUM = 0.8
_LARGEST_MOVE = 5.0
"""Longest move of a point in one iteration, in units of the layout; keeps positions finite."""

_LEAST_GAIN = 0.01

_LEAST_LEARNING_RATE = 0.05
"""Of the full one, at the end of a descent that cools down."""

_MANY_POINTS = 1000
_EXAGGERATION = {"many": 12.0, "few": 4.0}
"""12 is van der Maaten's and Belkina et al.'s (2019); fewer than 1,000 points collapse under it in float32."""


def early_exaggeration(n_points: int) -> float:
    return _EXAGGERATION["many" if n_points >= _MANY_POINTS else "few"]


@dataclass(slots=True, eq=False)
class Descent:
    """A layout on its way down; axis by axis, shape (n_steps, n_dims, n_points), float32.

    Attributes:
        positions: Where the points are.
        affinities: What they are drawn by.
        present: bool, shape (n_steps, n_points): points that are not feel no force but the coupling. None: all are.
        stiffness: Coupling of successive steps, shape (n_steps - 1, n_points), in inverse units of the learning rate;
            None where the steps are free.
    """

    positions: NDArray[np.float32]
    affinities: AffinityStack
    present: NDArray[np.bool_] | None = None
    stiffness: NDArray[np.float32] | None = None

    def divergence(self) -> NDArray[np.float64]:
        """The Kullback-Leibler divergence of each step, float64, shape (n_steps,)."""
        return compute_gradient(self.positions, self.affinities, 1.0)[1]

    def run(
        self,
        n_iterations: int,
        *,
        exaggeration: float = 1.0,
        cools_down: bool = False,
        after_iteration: Callable[[int, NDArray[np.float64]], None],
    ) -> None:
        """Takes gradient steps.

        Args:
            n_iterations: How many.
            exaggeration: Factor on the attraction.
            cools_down: Whether the learning rate falls over the second half. A hot descent trembles, differently at every
                step: motion that is not in the data.
            after_iteration: Is told the iteration, and the divergence of each step before it.
        """
        absent = None if self.present is None or self.present.all() else ~self.present[:, None, :]
        velocity, gains = np.zeros_like(self.positions), np.ones_like(self.positions)
        # Belkina et al. 2019; the gradient is that of a mean over points.
        learning_rate = self.positions.shape[2] / exaggeration
        for iteration in range(n_iterations):
            heat = max(_LEAST_LEARNING_RATE, min(1.0, 2 * (1 - iteration / n_iterations))) if cools_down else 1.0
            gradient, divergence = compute_gradient(self.positions, self.affinities, exaggeration)
            if absent is not None:
                gradient[np.broadcast_to(absent, gradient.shape)] = 0
            same_direction = (gradient * velocity) > 0
            gains = np.maximum(np.where(same_direction, gains * 0.8, gains + 0.2), _LEAST_GAIN).astype(np.float32)
            velocity = _MOMENTUM * velocity - np.float32(heat * learning_rate) * gains * gradient
            length = np.sqrt(np.square(velocity).sum(axis=1, keepdims=True))
            velocity *= _LARGEST_MOVE / np.maximum(length, _LARGEST_MOVE)
            self.positions += velocity
            if self.stiffness is not None:
                # Both parts of the objective cool down alike.
                pull_together(self.positions, self.stiffness * np.float32(heat))
            self.positions -= self.positions.mean(axis=2, keepdims=True)
            after_iteration(iteration, divergence)
