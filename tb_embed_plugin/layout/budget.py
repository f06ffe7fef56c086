"""How much coupling a sequence may have: as much as its distortion budget allows, and no more.

A coupled layout can look better separated than the network is. So the same descent is run twice from the same start:
freely, and coupled. While the coupled one descends, its divergence is held against the free one's at the same iteration,
and the coupling is strengthened or loosened until it costs what the user allows.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.layout.optimizer import WATCHED_ITERATIONS

_FIRST_ITERATION = 20
"""Before it, the divergences are those of the exaggerated layouts and say little."""

_GAIN = 20.0
"""Change of a logarithm of strength over the whole descent, where the sequence is a whole budget off its aim all along."""

# In budgets. While the descent is hot, coupled steps cost about half as much again as when it has cooled down: these leave a
# mean of 0.5 to 0.9 and a most of 2.3 at the end (measured on `sorts`, `minigaussians` and a LeNet).
_AIM = 1.5
_MOST_OF_A_STEP = 2.2

_LEAST, _MOST = 1e-5, 1e5
"""Of the strength. The most comes into reach of budgets past 1, whose pictures hardly move."""

_MOST_LOOSENING = 12.0


@dataclass(slots=True, eq=False)
class CouplingBudget:
    """Sets the strength of coupling of every transition.

    One strength serves all transitions, so that their movements compare; only those that would overspend are loosened.

    Attributes:
        weights: Coupling of each point at each transition, float32, shape (n_steps - 1, n_points).
        free_divergence: Of the free descent.
        distortion_budget: Allowed excess over it, as a share, on average; a single step may have about twice that.
        counts: bool, shape (n_steps,): which steps the average is over; one without any finite point spends nothing.
    """

    weights: NDArray[np.float32]
    free_divergence: "FreeDivergence"
    distortion_budget: float
    counts: NDArray[np.bool_]
    _strength: float = field(init=False)
    _loosening: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        # As strong as the budget is large: a small one is not overspent at once, a large one is spent at all.
        self._strength = float(np.log(np.clip(_AIM * self.distortion_budget, _LEAST, _MOST)))
        self._loosening = np.zeros(len(self.weights))

    def stiffness(self) -> NDArray[np.float32]:
        """The current coupling, float32, shape (n_steps - 1, n_points)."""
        strengths = np.exp(np.maximum(self._strength - self._loosening, np.log(_LEAST)))
        return strengths[:, None].astype(np.float32) * self.weights

    def adjust(self, iteration: int, divergence: NDArray[np.float64]) -> bool:
        """Learns the divergence of each step at a watched iteration; returns whether the stiffness changed."""
        if iteration < _FIRST_ITERATION:
            return False
        watch = iteration // WATCHED_ITERATIONS
        spent = self.free_divergence.distortion(watch, divergence) / self.distortion_budget
        gain = _GAIN / (self.free_divergence.n_watches * WATCHED_ITERATIONS)
        strength = self._strength + _change(gain, _AIM - float(spent.mean(where=self.counts)))
        self._strength = float(np.clip(strength, np.log(_LEAST), np.log(_MOST)))
        left = _MOST_OF_A_STEP - np.maximum(spent[1:], spent[:-1])
        self._loosening = np.clip(self._loosening - _change(gain, left), 0, _MOST_LOOSENING)
        return True


def _change(gain: float, left: Any) -> Any:
    """By how much to strengthen for what is left of the budget: carefully up, fast down."""
    return np.clip(gain * left, -1, gain)


@dataclass(frozen=True, slots=True, eq=False)
class FreeDivergence:
    """How the divergence of free steps fell.

    Attributes:
        steps: Indices of the steps that were watched, ascending, the first and the last that count among them.
        divergence: By watch, and after the last iteration, shape (n_watches + 1, len(steps)).
        n_steps: How many there are in all.
    """

    steps: NDArray[np.int64]
    divergence: NDArray[np.float64]
    n_steps: int

    @property
    def n_watches(self) -> int:
        return len(self.divergence) - 1

    def distortion(self, watch: int, divergence: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much more each step diverges than when it is free, as a share, shape (n_steps,).

        Between two watched steps it is taken to change evenly.
        """
        known = distortion(divergence[self.steps], self.divergence[watch])
        return np.interp(np.arange(self.n_steps), self.steps, known)


def distortion(divergence: NDArray[np.float64], free_divergence: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much more each step diverges than when it is free, as a share; 0 where neither diverges."""
    floor = 1e-3
    return np.asarray((divergence - free_divergence) / np.maximum(free_divergence, floor))
