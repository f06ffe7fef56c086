"""Layouts while training runs: a new step is added, and nothing before it moves.

The new step starts from where the points are and minimizes KL(P ‖ Q) plus the coupling towards those places, which are
fixed; so many later steps cannot mend an early one, and the joint layout of `sequence`, once training has ended, is better.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.layout.affinity import Affinities
from tb_embed_plugin.layout.budget import distortion
from tb_embed_plugin.layout.config import LayoutConfig
from tb_embed_plugin.layout.coupling import coupling_weights
from tb_embed_plugin.layout.gradient import AffinityStack
from tb_embed_plugin.layout.motion import MotionMeter
from tb_embed_plugin.layout.optimizer import WATCHED_ITERATIONS, Descent, early_exaggeration
from tb_embed_plugin.layout.sequence import lay_out_sequence
from tb_embed_plugin.layout.snapshots import CheckedSnapshot
from tb_embed_plugin.quality.sequence import measure_quality, n_wide_neighbors

_N_EXAGGERATED = 100
"""Iterations in which a step is drawn together, uncoupled, before it settles: they loosen what it inherits. Nine steps of
a network on 600 digits: divergence 10 % above independent layouts without them, 5 % with them, at the same movement."""

N_ITERATIONS = 400
"""Where the configuration does not say."""

_FIRST_ADJUSTMENT = 20
_GAIN = 0.2
_AIM = 0.9
"""Share of the budget to be spent, so that noise does not overspend it."""

_START, _LEAST, _MOST = 0.03, 1e-5, 1e2
"""Of the strength of coupling."""

_MOST_MOTION = 1e3
"""Its eighth power fits float32. Of a single transition, half of the points move more than the median: they are let go
altogether, or S of `minigaussians` is .43 rather than .55."""

_NEAR_THE_MIDDLE = 1e-2


@dataclass(frozen=True, slots=True, eq=False)
class LaidOutStep:
    """A step that is laid out, as its successor needs it.

    Attributes:
        snapshot: The activations.
        affinities: Those of the snapshot.
        positions: float32, shape (n_points, n_dims); nan where a point has had no finite activations yet.
    """

    snapshot: CheckedSnapshot
    affinities: Affinities
    positions: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class AddedLayout:
    """One new step.

    Attributes:
        positions: As those of `LaidOutStep`.
        per_point: measure → float32, shape (n_points,), as in `SequenceQuality`.
        quality: measure → a number of the whole step. `distortion` is against the same step, from the same start, without
            coupling.
    """

    positions: NDArray[np.float32]
    per_point: dict[str, NDArray[np.float32]]
    quality: dict[str, float]


def lay_out_first(
    snapshot: CheckedSnapshot,
    affinities: Affinities,
    config: LayoutConfig,
    *,
    labels: NDArray[np.integer] | None = None,
) -> AddedLayout:
    """Lays the first snapshot out by itself: PCA initialization, then t-SNE; labels as in `lay_out_next`."""
    activations = np.where(snapshot.present[:, None], snapshot.activations, np.nan)
    with warnings.catch_warnings():
        # About points that are not finite and perplexity: whoever follows says it once, at the joint layout.
        warnings.simplefilter("ignore")
        sequence = lay_out_sequence([activations], config, affinity_cache=lambda *_: affinities, labels=labels)
    quality = sequence.quality
    return AddedLayout(
        positions=sequence.positions[0],
        per_point={measure: values[0] for measure, values in quality.per_point.items()},
        quality={measure: float(values[0]) for measure, values in quality.per_step.items()},
    )


def lay_out_next(
    past: LaidOutStep,
    snapshot: CheckedSnapshot,
    affinities: Affinities,
    config: LayoutConfig,
    *,
    labels: NDArray[np.integer] | None = None,
) -> AddedLayout:
    """Lays the next snapshot out from where the last one is.

    Args:
        past: The step before; it stays as it is.
        snapshot: The new step.
        affinities: Those of the new step.
        config: How; the iterations, the seed, and the distortion budget that the coupling may spend.
        labels: Class of each point, shape (n_points,), negative for none; they change nothing but what is measured.
    """
    stack, start = AffinityStack.of([affinities.joint]), _placed(past.positions, config.seed)
    if snapshot.is_same_as(past.snapshot):
        # What did not change must not move at all.
        positions, spent = past.positions.copy(), 0.0
        divergence = float(Descent(_by_axis(start), stack, snapshot.present[None]).divergence()[0])
    else:
        meter = MotionMeter()
        meter.add(past.snapshot, past.affinities)
        meter.add(snapshot, affinities)
        has_place = np.isfinite(past.positions).all(axis=1)
        weights = np.where(has_place, coupling_weights(meter.motion(), _MOST_MOTION)[0], np.float32(0))
        found, divergence, spent = _descend(start, stack, snapshot.present, weights, config)
        positions = np.where(snapshot.present[:, None], found, past.positions)
    if not snapshot.present.any():
        divergence = spent = np.nan
    n_wide = n_wide_neighbors(len(positions))
    measured = measure_quality(
        [past.snapshot.activations, snapshot.activations],
        np.stack([past.positions, positions]),
        present=np.stack([past.snapshot.present, snapshot.present]),
        neighbors=[step.neighbors[:, :n_wide] for step in (past.affinities, affinities)],
        labels=labels,
    )
    return AddedLayout(
        positions=positions,
        per_point={measure: values[1] for measure, values in measured.per_point.items()},
        quality={
            **{measure: float(values[1]) for measure, values in measured.per_step.items()},
            "divergence": divergence,
            "distortion": spent,
        },
    )


def _placed(positions: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Gives points without a place one near the middle, all different, from where they can go to their neighbors."""
    is_missing = ~np.isfinite(positions).all(axis=1)
    places = positions.copy()
    rng = np.random.default_rng(seed)
    places[is_missing] = rng.standard_normal((int(is_missing.sum()), positions.shape[1])) * _NEAR_THE_MIDDLE
    return places


def _descend(
    start: NDArray[np.float32],
    stack: AffinityStack,
    present: NDArray[np.bool_],
    weights: NDArray[np.float32],
    config: LayoutConfig,
) -> tuple[NDArray[np.float32], float, float]:
    """Returns the new positions, (n_points, n_dims), their divergence, and by how much it is above the uncoupled one."""
    free = Descent(_by_axis(start), stack, present[None])
    free.run(_N_EXAGGERATED, exaggeration=early_exaggeration(len(start)))
    coupled = Descent(free.positions.copy(), stack, present[None])
    history: list[float] = []
    n_iterations = config.n_iterations or N_ITERATIONS
    free.run(n_iterations, watch=lambda _, divergence: history.append(float(divergence[0])))
    if config.distortion_budget == 0:
        return free.positions[0].T.copy(), float(free.divergence()[0]), 0.0

    pull = _Pull(_by_axis(start)[0], weights)

    def watch(iteration: int, divergence: NDArray[np.float64]) -> None:
        if iteration >= _FIRST_ADJUSTMENT:
            spent = distortion(divergence, np.array([history[iteration // WATCHED_ITERATIONS]]))[0] / config.distortion_budget
            pull.adjust(float(_AIM - spent))

    coupled.run(n_iterations, after_iteration=lambda _: pull.apply(coupled.positions[0]), watch=watch)
    divergence = coupled.divergence()
    return coupled.positions[0].T.copy(), float(divergence[0]), float(distortion(divergence, free.divergence())[0])


class _Pull:
    """The coupling towards fixed places, as strong as the budget allows; axis by axis, shape (n_dims, n_points)."""

    def __init__(self, places: NDArray[np.float32], weights: NDArray[np.float32]) -> None:
        self._places = places
        self._weights = weights
        self._strength = float(np.log(_START))

    def adjust(self, unspent: float) -> None:
        """Strengthens where some of the budget is unspent, loosens where it is overspent."""
        change = _GAIN * float(np.clip(unspent, -1, 1))
        self._strength = float(np.clip(self._strength + change, np.log(_LEAST), np.log(_MOST)))

    def apply(self, positions: NDArray[np.float32]) -> None:
        """Moves positions, in place, to where ½‖y − positions‖² plus the coupling energy is least: no stiffness is too much."""
        stiffness = np.float32(np.exp(self._strength)) * self._weights
        positions += stiffness / (1 + stiffness) * (self._places - positions)


def _by_axis(positions: NDArray[np.float32]) -> NDArray[np.float32]:
    """As the optimizer keeps them: (1, n_dims, n_points), in memory of its own."""
    return np.array(positions.T[None], dtype=np.float32, order="C")
