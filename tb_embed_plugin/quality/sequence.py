"""The quality of a whole sequence of layouts, whatever method made it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.quality.coherence import movement, temporal_coherence
from tb_embed_plugin.quality.neighbors import nearest_neighbors
from tb_embed_plugin.quality.preservation import neighborhood_preservation, trustworthiness

QUALITY_NEIGHBORS = 10
"""k of neighborhood preservation and trustworthiness, where there are enough points."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SequenceQuality:
    """What a layout sequence keeps and costs.

    Attributes:
        per_step: measure → float64, shape (n_steps,). `neighborhood_preservation` and `trustworthiness` in [0, 1], of
            `n_quality_neighbors` neighbors; others as the method has them.
        per_point: measure → float32, shape (n_steps, n_points). `neighborhood_preservation`; `movement`, the distance
            from the step before, 0 at the first.
        temporal_coherence: Spearman's rank correlation of movement in the activations and in the layout; nan where the
            snapshots have unlike features, or nothing moves.
    """

    per_step: dict[str, NDArray[np.float64]]
    per_point: dict[str, NDArray[np.float32]]
    temporal_coherence: float


def n_quality_neighbors(n_points: int) -> int:
    """How many neighbors the stored measures look at; trustworthiness is defined below half of the points."""
    return max(0, min(QUALITY_NEIGHBORS, (n_points - 1) // 2))


def measure_quality(
    snapshots: Sequence[NDArray[np.floating]],
    positions: NDArray[np.float32],
    *,
    present: NDArray[np.bool_] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> SequenceQuality:
    """Measures a sequence of layouts against what it shows; snapshots are asked for one at a time.

    Args:
        snapshots: Per step, finite reals of shape (n_points, n_features_t).
        positions: float32, shape (n_steps, n_points, n_dims).
        present: bool, shape (n_steps, n_points): points that are not, are not measured. None: all are.
        progress: Is told the stage "quality", how many steps are done, and how many there are.
    """
    n_steps, n_points = positions.shape[:2]
    present = np.ones((n_steps, n_points), dtype=np.bool_) if present is None else present
    preserved = np.full((n_steps, n_points), np.nan, dtype=np.float32)
    trusted = np.full(n_steps, np.nan)
    moved_in_activations: list[NDArray[np.float32]] = []
    before: NDArray[np.floating] | None = None
    is_comparable = True
    for step in range(n_steps):
        if progress:
            progress("quality", step, n_steps)
        snapshot, at = snapshots[step], present[step]
        preserved[step, at], trusted[step] = _measure_step(snapshot[at], positions[step, at])
        if before is not None:
            is_comparable = is_comparable and before.shape == snapshot.shape
            if is_comparable:
                moved_in_activations.append(movement([before, snapshot])[0])
        before = snapshot
    if progress:
        progress("quality", n_steps, n_steps)
    moved = movement(positions)
    both = present[1:] & present[:-1]
    return SequenceQuality(
        per_step={"neighborhood_preservation": _mean_of_known(preserved), "trustworthiness": trusted},
        per_point={
            "neighborhood_preservation": preserved,
            "movement": np.concatenate([np.zeros((1, n_points), dtype=np.float32), moved]),
        },
        temporal_coherence=(
            temporal_coherence(np.array(moved_in_activations)[both], moved[both])
            if is_comparable and n_steps > 1
            else float("nan")
        ),
    )


def _measure_step(snapshot: NDArray[np.floating], layout: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    n_neighbors = n_quality_neighbors(len(snapshot))
    if n_neighbors == 0:
        return np.full(len(snapshot), np.nan, dtype=np.float32), float("nan")
    neighbors, _ = nearest_neighbors(snapshot, n_neighbors)
    layout_neighbors, _ = nearest_neighbors(layout, n_neighbors)
    trusted = trustworthiness(snapshot, layout, n_neighbors, layout_neighbors=layout_neighbors)
    return neighborhood_preservation(neighbors, layout_neighbors), trusted


def _mean_of_known(values: NDArray[np.float32]) -> NDArray[np.float64]:
    known = np.isfinite(values)
    counts = known.sum(axis=1)
    totals = np.where(known, values, 0).sum(axis=1, dtype=np.float64)
    mean: NDArray[np.float64] = np.divide(totals, counts, out=np.full(len(values), np.nan), where=counts > 0)
    return mean
