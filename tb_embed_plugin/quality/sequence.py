"""The quality of a whole sequence of layouts, whatever method made it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.quality.coherence import movement, temporal_coherence
from tb_embed_plugin.quality.neighbors import nearest_in_layout, nearest_neighbors
from tb_embed_plugin.quality.preservation import count_common, neighborhood_preservation, trustworthiness

QUALITY_NEIGHBORS = 10
"""k of neighborhood preservation and trustworthiness, where there are enough points."""

_WIDE = 3
"""A neighbor in the picture is false where it is not even among so many times k in the activations."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SequenceQuality:
    """What a layout sequence keeps and costs; k is `n_quality_neighbors`.

    Attributes:
        per_step: measure → float64, shape (n_steps,), nan where undefined. `neighborhood_preservation` and
            `trustworthiness` in [0, 1], of k neighbors; `temporal_coherence` of the transition into the step; `movement`,
            the mean over the points; where there are labels, `label_agreement`, the mean over the points, and
            `label_excess`, by how much the same is greater in the layout: above 0 the picture looks better separated than
            the network is. Others as the method has them.
        per_point: measure → float32, shape (n_steps, n_points), nan where undefined.
            `neighborhood_preservation`; `false_neighbors`, the share of the k nearest in the layout that are not among the
            3 k nearest in the activations; `movement`, the distance from the step before, 0 at the first;
            `activation_movement`, the same in the activations, in units of its median; `neighborhood_change`, the Jaccard
            distance of the 3 k nearest in the activations from those at the step before, 0 at the first; where there are
            labels, `label_agreement`, the share of the k nearest in the activations that have the point's own label.
        temporal_coherence: Spearman's rank correlation of movement in the activations and in the layout; nan where the
            snapshots have unlike features, or nothing moves.
    """

    per_step: dict[str, NDArray[np.float64]]
    per_point: dict[str, NDArray[np.float32]]
    temporal_coherence: float


def n_quality_neighbors(n_points: int) -> int:
    """How many neighbors the stored measures look at; trustworthiness is defined below half of the points."""
    return max(0, min(QUALITY_NEIGHBORS, (n_points - 1) // 2))


def n_wide_neighbors(n_points: int) -> int:
    """Size of the wider neighborhood in the activations."""
    return min(max(0, n_points - 1), _WIDE * n_quality_neighbors(n_points))


def measure_quality(
    snapshots: Sequence[NDArray[np.floating]],
    positions: NDArray[np.float32],
    *,
    present: NDArray[np.bool_] | None = None,
    neighbors: Sequence[NDArray[np.int32]] | None = None,
    labels: NDArray[np.integer] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> SequenceQuality:
    """Measures a sequence of layouts against what it shows; snapshots are asked for one at a time.

    Args:
        snapshots: Per step, finite reals of shape (n_points, n_features_t).
        positions: float32, shape (n_steps, n_points, n_dims).
        present: bool, shape (n_steps, n_points): points that are not, are not measured. None: all are.
        neighbors: Per step, each point's nearest in the activations, nearest first, if they are known already: at least
            `n_wide_neighbors`; negative for points that are not present.
        labels: Class of each point, shape (n_points,); negative for none.
        progress: Is told the stage "quality", how many steps are done, and how many there are.
    """
    n_steps, n_points = positions.shape[:2]
    present = np.ones((n_steps, n_points), dtype=np.bool_) if present is None else present
    meter = _Meter(n_steps, n_points, labels)
    for step in range(n_steps):
        if progress:
            progress("quality", step, n_steps)
        meter.add(step, snapshots[step], positions[step], present[step], neighbors[step] if neighbors is not None else None)
    if progress:
        progress("quality", n_steps, n_steps)
    return meter.result(positions, present)


class _Meter:
    """Takes step after step; keeps only the last one."""

    def __init__(self, n_steps: int, n_points: int, labels: NDArray[np.integer] | None) -> None:
        self._labels = labels
        measures = ["neighborhood_preservation", "false_neighbors", "neighborhood_change"]
        measures += ["label_agreement"] if labels is not None else []
        self._per_point = {name: np.full((n_steps, n_points), np.nan, dtype=np.float32) for name in measures}
        self._trusted = np.full(n_steps, np.nan)
        self._shown_agreement = np.full(n_steps, np.nan)
        self._moved: list[NDArray[np.float32]] = []
        self._last: tuple[NDArray[np.floating], NDArray[np.int32]] | None = None
        self._is_comparable = True

    def add(
        self,
        step: int,
        snapshot: NDArray[np.floating],
        layout: NDArray[np.float32],
        present: NDArray[np.bool_],
        known: NDArray[np.int32] | None,
    ) -> None:
        at = np.flatnonzero(present)
        n_near, n_wide = n_quality_neighbors(len(at)), n_wide_neighbors(len(at))
        if known is None or known.shape[1] < n_wide:
            wide = (
                at.astype(np.int32)[nearest_neighbors(snapshot[at], n_wide)[0]] if n_near else np.empty((len(at), 0), np.int32)
            )
        else:
            wide = known[at, :n_wide]
        near = wide[:, :n_near]
        among = nearest_in_layout(layout[at], n_near)
        shown = at.astype(np.int32)[among]
        self._put("neighborhood_preservation", step, at, neighborhood_preservation(near, shown))
        false = 1 - count_common(wide, shown) / n_near if n_near else np.full(len(at), np.nan, dtype=np.float32)
        self._put("false_neighbors", step, at, false)
        if self._labels is not None and n_near:
            self._put("label_agreement", step, at, self._agreement(at, near))
            self._shown_agreement[step] = _mean_of_known(self._agreement(at, shown)[None])[0]
        self._trusted[step] = trustworthiness(snapshot[at], layout[at], n_near, layout_neighbors=among)
        self._compare(step, snapshot, at, wide)

    def _put(self, measure: str, step: int, at: NDArray[np.int64], values: NDArray[np.floating]) -> None:
        self._per_point[measure][step, at] = values

    def _agreement(self, at: NDArray[np.int64], neighbors: NDArray[np.int32]) -> NDArray[np.float32]:
        labels = self._labels if self._labels is not None else np.empty(0, dtype=np.int64)
        share = (labels[neighbors] == labels[at][:, None]).mean(axis=1)
        return np.where(labels[at] < 0, np.nan, share).astype(np.float32)

    def _compare(self, step: int, snapshot: NDArray[np.floating], at: NDArray[np.int64], wide: NDArray[np.int32]) -> None:
        """Holds a step against the one before."""
        everybody = _nobody(len(snapshot), wide.shape[1])
        everybody[at] = wide
        if self._last is None:
            self._per_point["neighborhood_change"][step, at] = 0
        else:
            before, old = self._last
            both = at[old[at, 0] >= 0] if old.shape[1] and wide.shape[1] else at[:0]
            common = count_common(old[both], everybody[both])
            size = old.shape[1] + everybody.shape[1]
            self._put("neighborhood_change", step, both, 1 - common / np.maximum(size - common, 1))
            self._is_comparable &= before.shape == snapshot.shape
            if self._is_comparable:
                self._moved.append(movement([before, snapshot])[0])
        self._last = snapshot, everybody

    def result(self, positions: NDArray[np.float32], present: NDArray[np.bool_]) -> SequenceQuality:
        n_steps, n_points = positions.shape[:2]
        first = np.zeros((1, n_points), dtype=np.float32)
        moved = movement(positions)
        both = present[1:] & present[:-1]
        per_point = {**self._per_point, "movement": np.concatenate([first, moved])}
        coherence, overall = np.full(n_steps, np.nan), float("nan")
        if self._is_comparable:
            real = np.array(self._moved, dtype=np.float32).reshape(n_steps - 1, n_points)
            moving = real[both & (real > 0)]
            relative = np.where(both, real / (np.median(moving) if len(moving) else 1), np.nan)
            per_point["activation_movement"] = np.concatenate([first, relative.astype(np.float32)])
            overall = temporal_coherence(real[both], moved[both])
            coherence[1:] = [temporal_coherence(*pair) for pair in zip(_rows(real, both), _rows(moved, both), strict=True)]
        per_step = {
            "neighborhood_preservation": _mean_of_known(per_point["neighborhood_preservation"]),
            "trustworthiness": self._trusted,
            "temporal_coherence": coherence,
            "movement": _mean_of_known(per_point["movement"]),
        }
        if self._labels is not None:
            per_step["label_agreement"] = _mean_of_known(per_point["label_agreement"])
            per_step["label_excess"] = self._shown_agreement - per_step["label_agreement"]
        return SequenceQuality(per_step=per_step, per_point=per_point, temporal_coherence=overall)


def _rows(values: NDArray[np.float32], chosen: NDArray[np.bool_]) -> list[NDArray[np.float32]]:
    return [row[at] for row, at in zip(values, chosen, strict=True)]


def _nobody(n_points: int, n_neighbors: int) -> NDArray[np.int32]:
    """Neighbors of points that have none: negative, and all different."""
    return np.tile(-1 - np.arange(n_neighbors, dtype=np.int32), (n_points, 1))


def _mean_of_known(values: NDArray[np.float32]) -> NDArray[np.float64]:
    known = np.isfinite(values)
    counts = known.sum(axis=1)
    totals = np.where(known, values, 0).sum(axis=1, dtype=np.float64)
    mean: NDArray[np.float64] = np.divide(totals, counts, out=np.full(len(values), np.nan), where=counts > 0)
    return mean
