"""The joint layout of all steps.

    Σ_t KL(P_t ‖ Q_t)  +  coupling · Σ_t Σ_i ‖y_i(t+1) − y_i(t)‖² / (ε + m_i(t)⁸)

1. Consensus: one layout of the affinities averaged over all steps.
2. Every step starts from the consensus shrunk to a point's size: a chain from step to step would inherit the first, worst
   topology.
3. All steps descend together, coupled by how far each point really moved, within the distortion budget.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tb_embed_plugin.layout.affinity import Affinities, average_affinities, effective_perplexity
from tb_embed_plugin.layout.affinity_tasks import AffinityCache, find_on_workers
from tb_embed_plugin.layout.budget import CouplingBudget, distortion
from tb_embed_plugin.layout.compilation import compile_kernels, is_compiled
from tb_embed_plugin.layout.config import LayoutConfig
from tb_embed_plugin.layout.coupling import coupling_weights
from tb_embed_plugin.layout.gradient import AffinityStack
from tb_embed_plugin.layout.initialization import principal_components
from tb_embed_plugin.layout.maps import PointMap
from tb_embed_plugin.layout.motion import MotionMeter
from tb_embed_plugin.layout.optimizer import Descent, early_exaggeration
from tb_embed_plugin.layout.presence import affinities_of_present, describe_absent, hold_absent
from tb_embed_plugin.layout.snapshots import CheckedSnapshot, CheckedSnapshots
from tb_embed_plugin.quality.sequence import SequenceQuality, measure_quality, n_quality_neighbors

_CONSENSUS_EXAGGERATED = 250
_CONSENSUS_PLAIN = 300
_JOINT_EXAGGERATED = 100

_SHRUNK_SPREAD = 1e-2
"""Standard deviation of the consensus where the steps start from it: its topology, without its distances."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayoutSequence:
    """The layouts of all steps, made together.

    Attributes:
        positions: float32, shape (n_steps, n_points, n_dims). nan where a point has had no finite activations yet.
        quality: Per step and per point. Beside what `SequenceQuality` says, per step: `divergence`, Kullback-Leibler, in
            nats; `distortion`, by how much it is above that of the same step laid out freely, as a share.
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

    Returns:
        Positions of all points at all steps, and how far they can be believed.

    Raises:
        ValueError: There are no snapshots, or they have unlike numbers of points.
    """
    config = config or LayoutConfig()
    report: Progress = progress or (lambda *_: None)
    snapshots = CheckedSnapshots(activations, config.metric)
    _compile(len(snapshots.read(0).present), config.n_dims, report)
    survey = _survey(snapshots, config, report, find_on_workers(snapshots, config, affinity_cache or _compute))
    _warn(survey, config)
    positions, divergence, spent = _lay_out(snapshots, survey, config, report)
    hold_absent(positions, survey.present)
    quality = measure_quality(
        _Activations(snapshots, range(len(snapshots))), positions, present=survey.present, progress=report
    )
    quality.per_step.update(divergence=divergence, distortion=spent)
    n_points = positions.shape[1]
    parameters = {
        "perplexity": effective_perplexity(config.perplexity, n_points),
        "metric": config.metric,
        "distortion_budget": config.distortion_budget,
        "n_iterations": config.n_iterations,
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
        affinities: Of the distinct snapshots.
        motion: Between the distinct snapshots, float32, shape (n_distinct - 1, n_points).
        present: bool, shape (n_steps, n_points): whether activations are finite.
    """

    distinct: list[int]
    index: NDArray[np.int64]
    affinities: list[Affinities]
    motion: NDArray[np.float32]
    present: NDArray[np.bool_]


def _survey(snapshots: CheckedSnapshots, config: LayoutConfig, report: Progress, cache: AffinityCache) -> _Survey:
    meter = MotionMeter()
    distinct: list[int] = []
    index: list[int] = []
    affinities: list[Affinities] = []
    present: list[NDArray[np.bool_]] = []
    last: CheckedSnapshot | None = None
    for step in range(len(snapshots)):
        report("affinities", step, len(snapshots))
        snapshot = snapshots.read(step)
        if last is None or not snapshot.is_same_as(last):
            distinct.append(step)
            affinities.append(cache(step, lambda at=snapshot: affinities_of_present(at, config.perplexity)))  # type: ignore[misc]
            meter.add(snapshot, affinities[-1])
        index.append(len(distinct) - 1)
        present.append(snapshot.present)
        last = snapshot
    report("affinities", len(snapshots), len(snapshots))
    return _Survey(
        distinct=distinct, index=np.array(index), affinities=affinities, motion=meter.motion(), present=np.array(present)
    )


def _warn(survey: _Survey, config: LayoutConfig) -> None:
    n_points = survey.present.shape[1]
    allowed = effective_perplexity(config.perplexity, n_points)
    if config.perplexity is not None and allowed < config.perplexity:
        warnings.warn(
            f"perplexity is {config.perplexity:g}, but {n_points} points allow {allowed:g} at most; using that.", stacklevel=3
        )
    if not survey.present.all():
        warnings.warn(describe_absent(survey.present), stacklevel=3)


def _lay_out(
    snapshots: CheckedSnapshots, survey: _Survey, config: LayoutConfig, report: Progress
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """Returns positions (n_steps, n_points, n_dims), and each step's divergence and distortion."""
    consensus = _lay_out_consensus(snapshots, survey, config, report)
    stack = AffinityStack.of([step.joint for step in survey.affinities])
    present = survey.present[survey.distinct]
    start = np.repeat(consensus * (_SHRUNK_SPREAD / (float(consensus.std()) or 1)), len(survey.distinct), axis=0)

    free_divergence: list[NDArray[np.float64]] = []
    free = Descent(start.copy(), stack, present)
    _descend(free, config, report, "free layout", lambda _, divergence: free_divergence.append(divergence))
    divergence, positions = free.divergence(), free.positions
    spent = np.zeros(len(divergence))
    if len(survey.distinct) > 1 and config.distortion_budget > 0:
        budget = CouplingBudget(coupling_weights(survey.motion), np.array(free_divergence), config.distortion_budget)
        coupled = Descent(start, stack, present, stiffness=budget.stiffness())

        def adjust(iteration: int, divergence: NDArray[np.float64]) -> None:
            if budget.adjust(iteration, divergence):
                coupled.stiffness = budget.stiffness()

        _descend(coupled, config, report, "joint layout", adjust)
        spent = distortion(coupled.divergence(), divergence)
        divergence, positions = coupled.divergence(), coupled.positions
    index = survey.index
    return positions.transpose(0, 2, 1)[index], divergence[index], spent[index]


def _lay_out_consensus(
    snapshots: CheckedSnapshots, survey: _Survey, config: LayoutConfig, report: Progress
) -> NDArray[np.float32]:
    """Returns the layout of the mean affinities, shape (1, n_dims, n_points)."""
    distinct = _Activations(snapshots, survey.distinct)
    start = principal_components(distinct, config.n_dims, np.random.default_rng(config.seed))
    descent = Descent(np.ascontiguousarray(start.T[None]), AffinityStack.of([average_affinities(survey.affinities)]))
    total = _CONSENSUS_EXAGGERATED + _CONSENSUS_PLAIN
    descent.run(
        _CONSENSUS_EXAGGERATED,
        exaggeration=early_exaggeration(len(start)),
        after_iteration=lambda iteration, _: report("consensus", iteration + 1, total),
    )
    descent.run(
        _CONSENSUS_PLAIN,
        after_iteration=lambda iteration, _: report("consensus", _CONSENSUS_EXAGGERATED + iteration + 1, total),
    )
    return descent.positions


def _descend(
    descent: Descent,
    config: LayoutConfig,
    report: Progress,
    name: str,
    after_plain_iteration: Callable[[int, NDArray[np.float64]], None],
) -> None:
    """Takes a joint descent from the shrunk consensus to its end."""
    total = _JOINT_EXAGGERATED + config.n_iterations

    def after_plain(iteration: int, divergence: NDArray[np.float64]) -> None:
        after_plain_iteration(iteration, divergence)
        report(name, _JOINT_EXAGGERATED + iteration + 1, total)

    descent.run(
        _JOINT_EXAGGERATED,
        exaggeration=early_exaggeration(descent.positions.shape[2]),
        after_iteration=lambda iteration, _: report(name, iteration + 1, total),
    )
    descent.run(config.n_iterations, cools_down=True, after_iteration=after_plain)
