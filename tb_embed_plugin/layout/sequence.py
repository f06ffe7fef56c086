"""The joint layout of all steps.

    Σ_t KL(P_t ‖ Q_t)  +  coupling · Σ_t Σ_i ‖y_i(t+1) − y_i(t)‖² / (ε + m_i(t)²)

1. Consensus: one layout of the affinities averaged over all steps.
2. Every step starts from the consensus shrunk to a point's size: a chain from step to step would inherit the first, worst
   topology.
3. All steps descend together, coupled by how far each point really moved, within the distortion budget.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tb_embed_plugin.layout.affinity import Affinities, average_affinities, compute_affinities, effective_perplexity
from tb_embed_plugin.layout.budget import CouplingBudget, distortion
from tb_embed_plugin.layout.config import LayoutConfig
from tb_embed_plugin.layout.coupling import coupling_weights
from tb_embed_plugin.layout.gradient import AffinityStack
from tb_embed_plugin.layout.initialization import principal_components
from tb_embed_plugin.layout.motion import measure_motion
from tb_embed_plugin.layout.optimizer import Descent, early_exaggeration
from tb_embed_plugin.quality import movement, nearest_neighbors, neighborhood_preservation, temporal_coherence, trustworthiness

_CONSENSUS_EXAGGERATED = 250
_CONSENSUS_PLAIN = 300
_JOINT_EXAGGERATED = 100

_SHRUNK_SPREAD = 1e-2
"""Standard deviation of the consensus where the steps start from it: its topology, without its distances."""

QUALITY_NEIGHBORS = 10
"""k of the stored neighborhood preservation and trustworthiness, where there are enough points."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayoutQuality:
    """What the layout costs and keeps.

    Attributes:
        per_step: measure → float64, shape (n_steps,). `neighborhood_preservation` and `trustworthiness` in [0, 1], of
            `QUALITY_NEIGHBORS` neighbors; `divergence`, Kullback-Leibler, in nats; `distortion`, by how much it is above
            that of the uncoupled layout, as a share.
        per_point: measure → float32, shape (n_steps, n_points). `neighborhood_preservation`; `movement`, the distance
            from the step before, 0 at the first.
        temporal_coherence: Spearman's rank correlation of movement in the activations and in the layout; nan where the
            snapshots have unlike features, or nothing moves.
    """

    per_step: dict[str, NDArray[np.float64]]
    per_point: dict[str, NDArray[np.float32]]
    temporal_coherence: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayoutSequence:
    """The layouts of all steps, made together.

    Attributes:
        positions: float32, shape (n_steps, n_points, n_dims).
        quality: Per step and per point.
        parameters: What the layout was made with, as JSON values.
    """

    positions: NDArray[np.float32]
    quality: LayoutQuality
    parameters: dict[str, Any]


def lay_out_sequence(
    activations: ArrayLike | Sequence[ArrayLike], config: LayoutConfig | None = None, *, progress: Progress | None = None
) -> LayoutSequence:
    """Lays all snapshots of a series out together.

    Args:
        activations: Reals, shape (n_steps, n_points, n_features), or one (n_points, n_features_t) array per step.
        config: How; None: the defaults.
        progress: Is told how far it is.

    Returns:
        Positions of all points at all steps, and how far they can be believed.

    Raises:
        ValueError: The snapshots have unlike numbers of points, or values that are not finite.
    """
    config = config or LayoutConfig()
    report: Progress = progress or (lambda *_: None)
    snapshots = _check_snapshots(activations)
    # Snapshots that repeat are laid out once: what did not change must not move at all.
    distinct, index = _merge_repeats(snapshots)
    positions, divergence, spent, parameters = _lay_out_distinct(distinct, config, report)
    quality = _measure_quality(snapshots, positions[index], divergence[index], spent[index], report)
    return LayoutSequence(positions=positions[index], quality=quality, parameters=parameters)


def _check_snapshots(activations: ArrayLike | Sequence[ArrayLike]) -> list[NDArray[np.floating]]:
    snapshots = [np.asarray(snapshot) for snapshot in activations]  # type: ignore[union-attr]
    if not snapshots:
        raise ValueError("There are no snapshots to lay out. Capture at least one step.")
    for step, snapshot in enumerate(snapshots):
        if snapshot.ndim != 2 or snapshot.dtype.kind not in "fiub" or 0 in snapshot.shape:
            raise ValueError(
                f"Snapshot {step} has shape {snapshot.shape} and dtype {snapshot.dtype}; expected real numbers of shape "
                "(n_points, n_features)."
            )
        if len(snapshot) != len(snapshots[0]):
            raise ValueError(f"Snapshot {step} has {len(snapshot)} points but the first has {len(snapshots[0])}.")
        n_bad = int((~np.isfinite(snapshot).all(axis=1)).sum())
        if n_bad:
            raise ValueError(f"Snapshot {step} has {n_bad} points with nan or infinite activations; leave that step out.")
    return [snapshot if snapshot.dtype in (np.float32, np.float64) else snapshot.astype(np.float32) for snapshot in snapshots]


def _merge_repeats(snapshots: list[NDArray[np.floating]]) -> tuple[list[NDArray[np.floating]], NDArray[np.int64]]:
    """Returns the snapshots without immediate repetitions, and for each snapshot the index of its own among them."""
    is_new = [True, *(not np.array_equal(before, after) for before, after in itertools.pairwise(snapshots))]
    return [snapshot for snapshot, new in zip(snapshots, is_new, strict=True) if new], np.cumsum(is_new) - 1


def _lay_out_distinct(
    snapshots: list[NDArray[np.floating]], config: LayoutConfig, report: Progress
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64], dict[str, Any]]:
    """Returns positions (n_steps, n_points, n_dims), and each step's divergence and distortion."""
    n_points = len(snapshots[0])
    perplexity = effective_perplexity(config.perplexity, n_points)
    affinities = _compute_all_affinities(snapshots, perplexity, report)
    consensus = _lay_out_consensus(snapshots, affinities, config, report)
    stack = AffinityStack.of([step.joint for step in affinities])
    start = np.repeat(consensus * (_SHRUNK_SPREAD / (float(consensus.std()) or 1)), len(snapshots), axis=0)

    free_divergence: list[NDArray[np.float64]] = []
    free = Descent(start.copy(), stack)
    _descend(free, config, report, "free layout", lambda _, divergence: free_divergence.append(divergence))
    divergence, positions = free.divergence(), free.positions
    spent = np.zeros(len(snapshots))
    if len(snapshots) > 1 and config.distortion_budget > 0:
        weights = coupling_weights(measure_motion(snapshots, affinities))
        budget = CouplingBudget(weights, np.array(free_divergence), config.distortion_budget)
        coupled = Descent(start, stack, stiffness=budget.stiffness())

        def adjust(iteration: int, divergence: NDArray[np.float64]) -> None:
            if budget.adjust(iteration, divergence):
                coupled.stiffness = budget.stiffness()

        _descend(coupled, config, report, "joint layout", adjust)
        spent = distortion(coupled.divergence(), divergence)
        divergence, positions = coupled.divergence(), coupled.positions
    parameters = {
        "perplexity": perplexity,
        "distortion_budget": config.distortion_budget,
        "n_iterations": config.n_iterations,
        "seed": config.seed,
        "quality_neighbors": _quality_neighbors(n_points),
    }
    return positions.transpose(0, 2, 1).copy(), divergence, spent, parameters


def _compute_all_affinities(snapshots: list[NDArray[np.floating]], perplexity: float, report: Progress) -> list[Affinities]:
    affinities = []
    for step, snapshot in enumerate(snapshots):
        report("affinities", step, len(snapshots))
        affinities.append(compute_affinities(snapshot, perplexity))
    report("affinities", len(snapshots), len(snapshots))
    return affinities


def _lay_out_consensus(
    snapshots: list[NDArray[np.floating]], affinities: list[Affinities], config: LayoutConfig, report: Progress
) -> NDArray[np.float32]:
    """Returns the layout of the mean affinities, shape (1, n_dims, n_points)."""
    start = principal_components(snapshots, config.n_dims, np.random.default_rng(config.seed))
    descent = Descent(np.ascontiguousarray(start.T[None]), AffinityStack.of([average_affinities(affinities)]))
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
    descent.run(config.n_iterations, after_iteration=after_plain)


def _quality_neighbors(n_points: int) -> int:
    # trustworthiness is defined below half of the points.
    return max(0, min(QUALITY_NEIGHBORS, (n_points - 1) // 2))


def _measure_quality(
    snapshots: list[NDArray[np.floating]],
    positions: NDArray[np.float32],
    divergence: NDArray[np.float64],
    spent: NDArray[np.float64],
    report: Progress,
) -> LayoutQuality:
    n_neighbors = _quality_neighbors(len(snapshots[0]))
    preserved, trusted = [], []
    for step, (snapshot, layout) in enumerate(zip(snapshots, positions, strict=True)):
        report("quality", step, len(snapshots))
        neighbors, _ = nearest_neighbors(snapshot, n_neighbors)
        layout_neighbors, _ = nearest_neighbors(layout, n_neighbors)
        preserved.append(neighborhood_preservation(neighbors, layout_neighbors))
        trusted.append(trustworthiness(snapshot, layout, n_neighbors))
    report("quality", len(snapshots), len(snapshots))
    moved = movement(positions)
    is_comparable = len({snapshot.shape for snapshot in snapshots}) == 1
    per_point = np.array(preserved, dtype=np.float32)
    return LayoutQuality(
        per_step={
            "neighborhood_preservation": per_point.mean(axis=1, dtype=np.float64),
            "trustworthiness": np.array(trusted),
            "divergence": divergence,
            "distortion": spent,
        },
        per_point={
            "neighborhood_preservation": per_point,
            "movement": np.concatenate([np.zeros((1, positions.shape[1]), dtype=np.float32), moved]),
        },
        temporal_coherence=temporal_coherence(movement(snapshots), moved) if is_comparable else float("nan"),
    )
