"""The joint layout of all steps.

    Σ_t KL(P_t ‖ Q_t)  +  coupling · Σ_t Σ_i ‖y_i(t+1) − y_i(t)‖² / (ε + min(m_i(t), M)⁸)

1. Consensus: one layout of the affinities averaged over all steps.
2. Every step starts from the consensus shrunk to a point's size: a chain from step to step would inherit the first, worst
   topology, and the consensus at its full size holds steps that are unlike it.
3. All steps descend together, coupled by how far each point really moved, within the distortion budget.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from tb_embed_plugin.layout.affinity import Affinities, effective_perplexity
from tb_embed_plugin.layout.affinity_tasks import AffinityCache, find_on_workers
from tb_embed_plugin.layout.budget import CouplingBudget, FreeDivergence
from tb_embed_plugin.layout.compilation import compile_kernels, is_compiled
from tb_embed_plugin.layout.config import MANY_POINTS, LayoutConfig
from tb_embed_plugin.layout.consensus import average_affinities
from tb_embed_plugin.layout.coupling import coupling_weights
from tb_embed_plugin.layout.descents import Progress, descend, descend_freely, n_iterations
from tb_embed_plugin.layout.gradient import AffinityStack
from tb_embed_plugin.layout.initialization import order_by_locality, principal_components
from tb_embed_plugin.layout.maps import PointMap
from tb_embed_plugin.layout.motion import MotionMeter
from tb_embed_plugin.layout.optimizer import Descent
from tb_embed_plugin.layout.presence import affinities_of_present, describe_absent, hold_absent
from tb_embed_plugin.layout.snapshots import CheckedSnapshot, CheckedSnapshots
from tb_embed_plugin.quality.sequence import SequenceQuality, measure_quality, n_quality_neighbors, n_wide_neighbors
from tb_embed_plugin.quality.threads import threads_for

_SHRUNK_SPREAD = 1e-2
"""Standard deviation of the consensus where the steps start from it: its topology, without its distances."""

_N_WATCHED = 6
"""Steps of many points that descend freely as well, however long the series is."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayoutSequence:
    """The layouts of all steps, made together.

    Attributes:
        positions: float32, shape (n_steps, n_points, n_dims). nan where a point has had no finite activations yet.
        quality: Per step and per point. Beside what `SequenceQuality` says, per step: `divergence`, Kullback-Leibler, in
            nats; `distortion`, by how much it is above that of the same step laid out freely, as a share; nan where no
            point is finite.
        parameters: What the layout was made with, as JSON values.
        point_map: What can place further points; None where the method has no such thing.
    """

    positions: NDArray[np.float32]
    quality: SequenceQuality
    parameters: dict[str, Any]
    point_map: PointMap | None = None


def lay_out_sequence(
    activations: NDArray[Any] | Sequence[ArrayLike],
    config: LayoutConfig | None = None,
    *,
    progress: Progress | None = None,
    affinity_cache: AffinityCache | None = None,
    labels: NDArray[np.integer] | None = None,
) -> LayoutSequence:
    """Lays all snapshots of a series out together.

    Points whose activations are not finite at some step are kept out of that step, shown where they last were, and
    reported in a warning.

    Args:
        activations: Reals, shape (n_steps, n_points, n_features), or a sequence of (n_points, n_features_t) arrays, one
            per step. They are asked for one at a time, several times over.
        config: How; None: the defaults.
        progress: Is told how far it is.
        affinity_cache: Gives affinities that an earlier run has computed.
        labels: Class of each point, shape (n_points,), negative for none. They change nothing but what is measured.

    Returns:
        Positions of all points at all steps, and how far they can be believed.

    Raises:
        ValueError: There are no snapshots, or they have unlike numbers of points.
    """
    config = config or LayoutConfig()
    report: Progress = progress or (lambda *_: None)
    snapshots = CheckedSnapshots(activations, config.metric)
    n_points = len(snapshots.read(0).present)
    with threads_for(len(snapshots) * n_points):
        _compile(n_points, config.n_dims, report)
        survey = _survey(snapshots, config, report, find_on_workers(snapshots, config, affinity_cache or _compute))
        _warn(survey, config)
        positions, divergence, spent = _lay_out(snapshots, survey, config, report)
        hold_absent(positions, survey.present)
        quality = measure_quality(
            _Activations(snapshots, range(len(snapshots))),
            positions,
            present=survey.present,
            neighbors=[survey.neighbors[index] for index in survey.index],
            labels=labels,
            progress=report,
        )
    quality.per_step.update(divergence=divergence, distortion=spent)
    parameters = {
        "perplexity": effective_perplexity(config.perplexity, n_points),
        "metric": config.metric,
        "distortion_budget": config.distortion_budget,
        "n_iterations": n_iterations(n_points, config)[1],
        "seed": config.seed,
        "quality_neighbors": n_quality_neighbors(n_points),
        "n_absent": (~survey.present).sum(axis=1).tolist(),
    }
    return LayoutSequence(positions=positions, quality=quality, parameters=parameters)


def _compute(_: int, compute: Callable[[], Affinities]) -> Affinities:
    """A cache that knows nothing."""
    return compute()


def _compile(n_points: int, n_dims: int, report: Progress) -> None:
    """Compiles what this will need, where an earlier run has not: otherwise the first step would seem to hang."""
    if not is_compiled(n_points, n_dims):
        report("compiling", 0, 1)
        compile_kernels(n_points, n_dims)
        report("compiling", 1, 1)


class _Activations(Sequence[NDArray[np.floating]]):
    """Some of the checked snapshots as plain arrays, read when they are asked for."""

    def __init__(self, snapshots: CheckedSnapshots, steps: Sequence[int]) -> None:
        self._snapshots = snapshots
        self._steps = steps

    def __len__(self) -> int:
        return len(self._steps)

    def __getitem__(self, index: Any) -> Any:
        return self._snapshots.read(self._steps[index]).activations


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Survey:
    """What one pass over the snapshots finds out.

    Attributes:
        distinct: Index of the first snapshot of each run of identical ones.
        index: For each snapshot, the index of its own among the distinct. Snapshots that repeat are laid out once: what
            did not change must not move at all.
        joints: Affinities of the distinct snapshots, to be stacked.
        neighbors: Of the distinct snapshots, each point's nearest, as many as the quality is measured with.
        motion: Between the distinct snapshots, float32, shape (n_distinct - 1, n_points).
        present: bool, shape (n_steps, n_points): whether activations are finite.
    """

    distinct: list[int]
    index: NDArray[np.int64]
    joints: list[sparse.csr_array]
    neighbors: list[NDArray[np.int32]]
    motion: NDArray[np.float32]
    present: NDArray[np.bool_]


def _survey(snapshots: CheckedSnapshots, config: LayoutConfig, report: Progress, cache: AffinityCache) -> _Survey:
    meter = MotionMeter()
    distinct: list[int] = []
    index: list[int] = []
    joints: list[sparse.csr_array] = []
    neighbors: list[NDArray[np.int32]] = []
    present: list[NDArray[np.bool_]] = []
    last: CheckedSnapshot | None = None
    guess: NDArray[np.int32] | None = None
    for step in range(len(snapshots)):
        report("affinities", step, len(snapshots))
        snapshot = snapshots.read(step)
        if last is None or not snapshot.is_same_as(last):
            compute = partial(affinities_of_present, snapshot, config.perplexity, guess=guess)
            affinities = cache(step, compute)
            guess = affinities.neighbors
            distinct.append(step)
            joints.append(affinities.joint)
            neighbors.append(affinities.neighbors[:, : n_wide_neighbors(len(guess))].copy())
            meter.add(snapshot, affinities)
        index.append(len(distinct) - 1)
        present.append(snapshot.present)
        last = snapshot
    report("affinities", len(snapshots), len(snapshots))
    return _Survey(
        distinct=distinct,
        index=np.array(index),
        joints=joints,
        neighbors=neighbors,
        motion=meter.motion(),
        present=np.array(present),
    )


def _warn(survey: _Survey, config: LayoutConfig) -> None:
    n_points = survey.present.shape[1]
    counts = survey.present.sum(axis=1)
    n_fewest = int(counts.min(where=counts > 0, initial=n_points))
    allowed = effective_perplexity(config.perplexity, n_fewest)
    if config.perplexity is not None and allowed < config.perplexity:
        points = f"{n_points} points" if n_fewest == n_points else f"the {n_fewest} finite points of one step"
        warnings.warn(f"perplexity is {config.perplexity:g}, but {points} allow {allowed:g} at most; using that.", stacklevel=3)
    if not survey.present.all():
        warnings.warn(describe_absent(survey.present), stacklevel=3)


def _lay_out(
    snapshots: CheckedSnapshots, survey: _Survey, config: LayoutConfig, report: Progress
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """Returns positions (n_steps, n_points, n_dims), and each step's divergence and distortion."""
    distinct = _Activations(snapshots, survey.distinct)
    # Points that are near each other are kept near each other in memory: gathering them takes half the time.
    order = order_by_locality(distinct[len(distinct) // 2])
    stack = AffinityStack.of(survey.joints, order)
    average = average_affinities(stack)
    start = principal_components(distinct, config.n_dims, np.random.default_rng(config.seed))
    middle = Descent(np.ascontiguousarray(start[order].T[None]), average)
    descend(middle, config, report, "consensus")
    consensus = middle.positions * (_SHRUNK_SPREAD / (float(middle.positions.std()) or 1))
    del average, middle
    present = survey.present[survey.distinct][:, order]
    motion = survey.motion[:, order]

    has_points: NDArray[np.bool_] = np.any(present, axis=1)
    watched = _watched_steps(has_points, start.shape[0], config)
    free = descend_freely(consensus, stack.steps(watched), present[watched], config, report)
    if len(survey.distinct) == 1 or config.distortion_budget == 0:
        divergence, positions, spent = free.history[-1], free.positions, np.zeros(len(watched))
    else:
        reference = FreeDivergence(watched, free.history, len(survey.distinct))
        budget = CouplingBudget(coupling_weights(motion), reference, config.distortion_budget, has_points)
        coupled = Descent(np.repeat(consensus, len(survey.distinct), axis=0), stack, present, stiffness=budget.stiffness())

        def adjust(iteration: int, divergence: NDArray[np.float64]) -> None:
            if budget.adjust(iteration, divergence):
                coupled.stiffness = budget.stiffness()

        descend(coupled, config, report, "joint layout", adjust)
        divergence, positions = coupled.divergence(), coupled.positions
        spent = reference.distortion(-1, divergence)
    unordered = np.empty_like(positions.transpose(0, 2, 1))
    unordered[:, order] = positions.transpose(0, 2, 1)
    index = survey.index
    divergence, spent = (np.where(has_points, measured, np.nan) for measured in (divergence, spent))
    return unordered[index], divergence[index], spent[index]


def _watched_steps(has_points: NDArray[np.bool_], n_points: int, config: LayoutConfig) -> NDArray[np.int64]:
    """The steps that also descend freely, for the coupled ones to be held against: of many points few.

    The first and the last that have points are among them.
    """
    n_steps, possible = len(has_points), np.flatnonzero(has_points)
    if n_points < MANY_POINTS or config.distortion_budget == 0 or n_steps <= _N_WATCHED or not len(possible):
        return np.arange(n_steps)
    return possible[np.unique(np.linspace(0, len(possible) - 1, _N_WATCHED).round().astype(np.int64))]
