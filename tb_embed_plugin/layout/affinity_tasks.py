"""Affinities of all steps, found by workers: each is a task, and needs no other."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.layout.affinity import Affinities
from tb_embed_plugin.layout.config import LayoutConfig
from tb_embed_plugin.layout.engine import n_workers, run_tasks
from tb_embed_plugin.layout.presence import affinities_of_present
from tb_embed_plugin.layout.snapshots import CheckedSnapshots

AffinityCache = Callable[[int, Callable[[], Affinities]], Affinities]
"""Called with the index of a step and what computes its affinities; may know them from an earlier run."""

SampleAffinityCache = Callable[[int, Callable[[], Affinities], NDArray[np.int64] | None], Affinities]
"""Is also told among which points, ascending, affinities are; None: among all."""


def find_on_workers(snapshots: CheckedSnapshots, config: LayoutConfig, cache: AffinityCache) -> AffinityCache:
    """Returns a cache that knows what workers have found; without workers, the one that is given.

    All steps are given out at the first call. Calls are to come with ascending steps; steps that are not asked for (those
    that repeat) are found for nothing.
    """
    if n_workers() == 1:
        return cache
    tasks = (_AffinityTask(snapshots.at(step), step, config.perplexity, cache) for step in range(len(snapshots)))
    found = enumerate(run_tasks(tasks))

    def ask(step: int, _: Callable[[], Affinities]) -> Affinities:
        return next(affinities for at, affinities in found if at == step)

    return ask


@dataclass(frozen=True, slots=True, eq=False)
class _AffinityTask:
    """The snapshot is read, and the cache asked, where this is called."""

    snapshot: CheckedSnapshots
    step: int
    perplexity: float | None
    cache: AffinityCache

    def __call__(self) -> Affinities:
        return self.cache(self.step, lambda: affinities_of_present(self.snapshot.read(0), self.perplexity))
