"""The way from positions close together to a layout: of one step, of several freely, in this process or on workers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.layout.config import MANY_POINTS, LayoutConfig
from tb_embed_plugin.layout.engine import n_workers, run_tasks
from tb_embed_plugin.layout.gradient import AffinityStack
from tb_embed_plugin.layout.optimizer import Descent, early_exaggeration

_N_EXAGGERATED = {"many": 50, "few": 100}
_N_PLAIN = {"many": 220, "few": 400}
"""Iterations. Many points spread faster, see `optimizer`; few take no time, and their neighborhoods of up to a fifth of all are
better kept without haste (NP of `sorts` .59 rather than .57)."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


def n_iterations(n_points: int, config: LayoutConfig) -> tuple[int, int]:
    """With early exaggeration, and without."""
    size = "many" if n_points >= MANY_POINTS else "few"
    return _N_EXAGGERATED[size], config.n_iterations or _N_PLAIN[size]


def descend(
    descent: Descent,
    config: LayoutConfig,
    report: Progress,
    name: str,
    watch: Callable[[int, NDArray[np.float64]], None] | None = None,
) -> None:
    """Takes a descent to its end.

    Args:
        descent: At its start, positions close together.
        config: How long.
        report: Is told how far it is.
        name: What it is told that this is.
        watch: Is told the divergences on the way, as `Descent.run` does, once exaggeration is over.
    """
    n_points = descent.positions.shape[2]
    n_exaggerated, n_plain = n_iterations(n_points, config)
    total = n_exaggerated + n_plain
    descent.run(
        n_exaggerated,
        exaggeration=early_exaggeration(n_points),
        after_iteration=lambda iteration: report(name, iteration + 1, total),
    )
    descent.run(
        n_plain,
        settles=True,
        after_iteration=lambda iteration: report(name, n_exaggerated + iteration + 1, total),
        watch=watch,
    )


@dataclass(frozen=True, slots=True, eq=False)
class FreeLayouts:
    """Steps that were laid out without coupling.

    Attributes:
        positions: float32, shape (n_steps, n_dims, n_points).
        history: Divergence at each watch, and at the end, float64, shape (n_watches + 1, n_steps).
    """

    positions: NDArray[np.float32]
    history: NDArray[np.float64]


def descend_freely(
    start: NDArray[np.float32],
    affinities: AffinityStack,
    present: NDArray[np.bool_],
    config: LayoutConfig,
    report: Progress,
) -> FreeLayouts:
    """Lays steps out without coupling: all at once here, or each as a task where there are workers. The bits are the same.

    Args:
        start: float32, shape (1, n_dims, n_points): where all of them start.
        affinities: Of the steps.
        present: bool, shape (n_steps, n_points).
        config: How.
        report: Is told how far it is.
    """
    if n_workers() == 1:
        return _FreeTask(start, affinities, present, config)(report)
    found = []
    tasks = [_FreeTask(start, affinities.step(step), present[step][None], config) for step in range(len(present))]
    for result in run_tasks(tasks):
        found.append(result)
        report("free layout", len(found), len(tasks))
    return FreeLayouts(
        np.concatenate([layout.positions for layout in found]), np.concatenate([layout.history for layout in found], axis=1)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _FreeTask:
    start: NDArray[np.float32]
    affinities: AffinityStack
    present: NDArray[np.bool_]
    config: LayoutConfig

    def __call__(self, report: Progress = lambda *_: None) -> FreeLayouts:
        history: list[NDArray[np.float64]] = []
        descent = Descent(np.repeat(self.start, len(self.present), axis=0), self.affinities, self.present)
        descend(descent, self.config, report, "free layout", lambda _, divergence: history.append(divergence))
        return FreeLayouts(descent.positions, np.array([*history, descent.divergence()]))
