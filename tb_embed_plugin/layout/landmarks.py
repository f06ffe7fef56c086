"""Layouts of very many points: a sample of them, the landmarks, is laid out jointly; the others are placed by it.

Steps and chunks of the others are independent tasks (see `engine`). What places them, their nearest landmarks, changes from
step to step for points that stand still, too; so in the end they are coupled over time as the landmarks are, by their own
motion, and just as much as makes them move no more than landmarks do.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from tb_embed_plugin.layout.affinity import Affinities
from tb_embed_plugin.layout.affinity_tasks import SampleAffinityCache
from tb_embed_plugin.layout.config import LayoutConfig
from tb_embed_plugin.layout.coupling import coupling_weights, pull_together
from tb_embed_plugin.layout.engine import run_tasks
from tb_embed_plugin.layout.motion import MotionMeter
from tb_embed_plugin.layout.placement import N_NEAREST, Placement, place
from tb_embed_plugin.layout.presence import describe_absent, hold_absent
from tb_embed_plugin.layout.sequence import LayoutSequence, lay_out_sequence
from tb_embed_plugin.layout.snapshots import CheckedSnapshot, CheckedSnapshots
from tb_embed_plugin.quality import movement
from tb_embed_plugin.quality.sequence import measure_quality

N_LANDMARKS = 50_000

_CHUNK = 50_000
"""Points per task: enough to be worth reading a snapshot for."""

_SAMPLE = 10_000
"""Points whose movement tells how strongly all are to be coupled."""

_STRENGTHS = np.concatenate([[0], np.logspace(-4, 3, 36)])


def lay_out_by_landmarks(
    activations: NDArray[Any] | Sequence[ArrayLike],
    config: LayoutConfig,
    *,
    n_landmarks: int,
    progress: Callable[[str, int, int], None],
    affinity_cache: SampleAffinityCache | None = None,
    labels: NDArray[np.integer] | None = None,
) -> LayoutSequence:
    """`lay_out_sequence` for so many points that a sample has to do.

    Divergence and distortion are the landmarks'; all else is measured on all points.

    Args:
        activations: As there.
        config: As there.
        n_landmarks: Size of the sample, fewer than there are points.
        progress: Is told how far it is.
        affinity_cache: Gives the landmarks' affinities that an earlier run has computed.
        labels: As there.
    """
    snapshots = CheckedSnapshots(activations, config.metric)
    overview = _Overview.of(snapshots)
    landmarks = _choose(overview.present, n_landmarks, config.seed)
    with warnings.catch_warnings():
        # Said once, of all points, below.
        warnings.filterwarnings("ignore", message=r".*points with nan")
        cache = None if affinity_cache is None else lambda step, compute: affinity_cache(step, compute, landmarks)
        sampled = lay_out_sequence(_Rows(activations, landmarks), config, progress=progress, affinity_cache=cache)
    others = np.setdiff1d(np.arange(overview.present.shape[1]), landmarks)
    positions = np.empty((*overview.present.shape, config.n_dims), dtype=np.float32)
    positions[:, landmarks] = sampled.positions
    placed = _place_others(snapshots, overview, landmarks, others, sampled.positions, progress)
    if config.distortion_budget > 0:
        _couple(placed, _measure_motion(snapshots, overview, others, placed), movement(sampled.positions[overview.distinct]))
    positions[:, others] = placed.positions.transpose(0, 2, 1)[overview.index]
    hold_absent(positions, overview.present)
    if not overview.present.all():
        warnings.warn(describe_absent(overview.present), stacklevel=3)
    quality = measure_quality(_Checked(snapshots), positions, present=overview.present, labels=labels, progress=progress)
    quality.per_step.update({measure: sampled.quality.per_step[measure] for measure in ("divergence", "distortion")})
    n_absent = (~overview.present).sum(axis=1).tolist()
    parameters = {**sampled.parameters, "n_landmarks": len(landmarks), "n_absent": n_absent}
    return LayoutSequence(positions=positions, quality=quality, parameters=parameters)


@dataclass(frozen=True, slots=True, eq=False)
class _Overview:
    """What one pass over the snapshots finds out: `distinct`, `index` and `present` as the joint layout has them."""

    distinct: list[int]
    index: NDArray[np.int64]
    present: NDArray[np.bool_]

    @classmethod
    def of(cls, snapshots: CheckedSnapshots) -> "_Overview":
        last = snapshots.read(0)
        distinct, index, present = [0], [0], [last.present]
        for step in range(1, len(snapshots)):
            snapshot = snapshots.read(step)
            if not snapshot.is_same_as(last):
                distinct.append(step)
            index.append(len(distinct) - 1)
            present.append(snapshot.present)
            last = snapshot
        return cls(distinct, np.array(index), np.array(present))


def _choose(present: NDArray[np.bool_], n_landmarks: int, seed: int) -> NDArray[np.int64]:
    """Draws landmarks, ascending, from the points that are there at all steps, if there are enough."""
    candidates = np.flatnonzero(present.all(axis=0))
    if len(candidates) < n_landmarks:
        candidates = np.arange(present.shape[1])
    return np.sort(np.random.default_rng(seed).choice(candidates, n_landmarks, replace=False))


class _Rows(Sequence[Any]):
    """Some points of every snapshot, read when they are asked for."""

    def __init__(self, source: Any, rows: NDArray[np.int64]) -> None:
        self._source = source
        self._rows = rows

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return _Rows(self._source[index], self._rows)
        return np.asarray(self._source[index])[self._rows]


class _Checked(Sequence[NDArray[np.floating]]):
    """The checked snapshots as plain arrays."""

    def __init__(self, snapshots: CheckedSnapshots) -> None:
        self._snapshots = snapshots

    def __len__(self) -> int:
        return len(self._snapshots)

    def __getitem__(self, index: Any) -> Any:
        return self._snapshots.read(index).activations


@dataclass(frozen=True, slots=True, eq=False)
class _PlaceTask:
    """Places some of the others at one step; the snapshot is read where this is called."""

    snapshot: CheckedSnapshots
    landmarks: NDArray[np.int64]
    landmark_positions: NDArray[np.float32]
    others: NDArray[np.int64]

    def __call__(self) -> Placement:
        activations = self.snapshot.read(0).activations
        return place(activations[self.others], activations[self.landmarks], self.landmark_positions)


@dataclass(frozen=True, slots=True, eq=False)
class _PlacedOthers:
    """The others at the distinct steps.

    Attributes:
        positions: float32, shape (n_distinct, n_dims, n_others). Where a point is not there, a place at another step.
        nearest: Their nearest landmarks, int32, shape (n_distinct, n_others, n_nearest); negative where it is not there.
    """

    positions: NDArray[np.float32]
    nearest: NDArray[np.int32]


def _place_others(
    snapshots: CheckedSnapshots,
    overview: _Overview,
    landmarks: NDArray[np.int64],
    others: NDArray[np.int64],
    landmark_positions: NDArray[np.float32],
    report: Callable[[str, int, int], None],
) -> _PlacedOthers:
    n_steps, n_dims = len(overview.distinct), landmark_positions.shape[2]
    positions = np.full((n_steps, n_dims, len(others)), np.nan, dtype=np.float32)
    nearest = np.tile(-1 - np.arange(N_NEAREST, dtype=np.int32), (n_steps, len(others), 1))
    tasks, targets = [], []
    for at, step in enumerate(overview.distinct):
        present = overview.present[step]
        serving = present[landmarks]
        if not serving.any():
            continue
        wanted = np.flatnonzero(present[others])
        for first in range(0, len(wanted), _CHUNK):
            chunk = wanted[first : first + _CHUNK]
            tasks.append(_PlaceTask(snapshots.at(step), landmarks[serving], landmark_positions[step][serving], others[chunk]))
            targets.append((at, chunk, np.flatnonzero(serving).astype(np.int32)))
    report("placing", 0, len(tasks))
    for done, ((at, chunk, serving_indices), found) in enumerate(zip(targets, run_tasks(tasks), strict=True)):
        positions[at][:, chunk] = found.positions.T
        nearest[at, chunk, : found.nearest.shape[1]] = serving_indices[found.nearest]
        report("placing", done + 1, len(tasks))
    _fill(positions)
    return _PlacedOthers(positions, nearest)


def _fill(positions: NDArray[np.float32]) -> None:
    """Puts points that are not there, in place, where they were before, or will first be; in the middle if they never are."""
    for order in (range(1, len(positions)), range(len(positions) - 2, -1, -1)):
        for at in order:
            before = positions[at - 1] if order.step > 0 else positions[at + 1]
            positions[at] = np.where(np.isnan(positions[at]), before, positions[at])
    np.nan_to_num(positions, copy=False)


def _measure_motion(
    snapshots: CheckedSnapshots, overview: _Overview, others: NDArray[np.int64], placed: _PlacedOthers
) -> NDArray[np.float32]:
    """As the joint layout measures it; the nearest landmarks stand for neighbors."""
    meter = MotionMeter()
    for at, step in enumerate(overview.distinct):
        snapshot = snapshots.read(step)
        of_others = CheckedSnapshot(snapshot.activations[others], snapshot.present[others])
        joint = sparse.csr_array((len(others), len(others)), dtype=np.float32)
        meter.add(of_others, Affinities(joint, placed.nearest[at]))
    return meter.motion()


def _couple(placed: _PlacedOthers, motion: NDArray[np.float32], landmark_movement: NDArray[np.float32]) -> None:
    """Draws each point's places together, in place: by its motion, and until it moves as little as landmarks do."""
    if not len(motion):
        return
    weights = coupling_weights(motion)
    wanted = float(np.nanmean(landmark_movement))
    sample = np.random.default_rng(0).permutation(weights.shape[1])[:_SAMPLE]

    def moves(strength: float) -> float:
        trial = np.ascontiguousarray(placed.positions[:, :, sample])
        pull_together(trial, np.ascontiguousarray(weights[:, sample]) * np.float32(strength))
        return float(movement(trial.transpose(0, 2, 1)).mean())

    strength = next((strength for strength in _STRENGTHS if moves(strength) <= wanted), _STRENGTHS[-1])
    if strength > 0:
        pull_together(placed.positions, weights * np.float32(strength))
