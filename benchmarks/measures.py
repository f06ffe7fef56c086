"""What is measured of a sequence of layouts, against the activations it shows.

quality
    NP           neighborhood preservation: mean overlap of the k nearest in activations and layout, over all steps, over k
                 from 1 to 20 % of the points (Vernier et al. 2020). Every whole percent up to 500 points, else 1, 2, 5, 10,
                 15 and 20 %; past 2,000 points of a fixed sample of 2,000 points among all others
    recall@10    the same for k = 10, of all points
coherence
    S            Spearman's correlation of movement in the layout and displacement in the activations, over all points and
                 transitions (Vernier et al. 2020, "stability")
    Sj           the same against the change of the 30 nearest neighbors, 1 - Jaccard
    movement     mean distance that a point moves from step to step, in root mean square radii of the layouts
honesty
    KL           Kullback-Leibler divergence from the joint affinities of the activations, per step; summed over all pairs
                 in float64, whatever the layout engine does for speed
    label excess share of the ten neighbors that have a point's label in the layout, minus that in the activations, at the
                 step where it is greatest: above 0 the picture looks better separated than the network is
"""

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tb_embed_plugin.layout.affinity import compute_affinities, effective_perplexity
from tb_embed_plugin.quality import movement, nearest_neighbors, neighborhood_preservation, temporal_coherence
from tb_embed_plugin.quality.preservation import count_common

_RECALL_NEIGHBORS = 10
_JACCARD_NEIGHBORS = 30
_MOST_RANKED = 2000
_BLOCK_BYTES = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """The measures of one sequence of layouts; see the module.

    Attributes:
        divergence: KL of each step, float64, shape (n_steps,).
        recall_at_10: Mean over all points and steps.
        raw_movement: `movement` in the layout's own units.
    """

    preservation: float
    recall_at_10: float
    coherence: float
    jaccard_coherence: float
    movement: float
    raw_movement: float
    label_excess: float
    divergence: NDArray[np.float64]


class Yardstick:
    """Measures layouts of one series; what concerns the activations alone is computed once.

    Args:
        activations: shape (n_steps, n_points, n_features).
        labels: shape (n_points,).
    """

    def __init__(self, activations: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
        self.activations, self.labels = activations, labels
        self.n_steps, self.n_points, _ = activations.shape
        self.perplexity = effective_perplexity(None, self.n_points)

    @functools.cached_property
    def joints(self) -> list[sparse.csr_array]:
        """The joint affinities of each step."""
        return [compute_affinities(snapshot, self.perplexity).joint for snapshot in self.activations]

    def divergence(self, positions: NDArray[np.floating]) -> NDArray[np.float64]:
        """KL of each step; positions: shape (n_steps, n_points, n_dims)."""
        return np.array([divergence(*pair) for pair in zip(self.joints, positions, strict=True)])

    def measure(self, positions: NDArray[np.floating]) -> Scores:
        """Positions: finite, shape (n_steps, n_points, n_dims)."""
        if positions.shape[:2] != (self.n_steps, self.n_points) or not np.isfinite(positions).all():
            raise ValueError(f"Layouts of shape {positions.shape} do not fit {self.n_steps} steps of {self.n_points} points.")
        # One shift for all steps: what a person sees move has moved.
        layouts = (positions - positions.mean(axis=(0, 1), dtype=np.float64)).astype(np.float32)
        neighbors = [nearest_neighbors(layout, self._neighbors[0].shape[1]) for layout in layouts]
        indices = [found for found, _ in neighbors]
        moved = movement(layouts)
        radius = float(np.sqrt(layouts.var(axis=1, dtype=np.float64).sum(axis=1)).mean())
        return Scores(
            preservation=self._preservation(layouts),
            recall_at_10=self._recall(indices),
            coherence=temporal_coherence(movement(self.activations), moved),
            jaccard_coherence=temporal_coherence(self._change, moved),
            movement=float(moved.mean()) / radius,
            raw_movement=float(moved.mean()),
            label_excess=float(np.max(self._label_agreement(indices) - self._label_agreement(self._neighbors))),
            divergence=self.divergence(layouts),
        )

    @functools.cached_property
    def _neighbors(self) -> list[NDArray[np.int32]]:
        n_neighbors = min(_JACCARD_NEIGHBORS, self.n_points - 1)
        return [nearest_neighbors(snapshot, n_neighbors)[0] for snapshot in self.activations]

    @functools.cached_property
    def _change(self) -> NDArray[np.float32]:
        return np.array([jaccard_distance(*pair) for pair in itertools.pairwise(self._neighbors)])

    @functools.cached_property
    def _rows(self) -> NDArray[np.int64]:
        rng = np.random.default_rng(0)
        return np.sort(rng.choice(self.n_points, min(self.n_points, _MOST_RANKED), replace=False))

    @functools.cached_property
    def _ranked(self) -> list[NDArray[np.int32]]:
        return [rank_neighbors(snapshot, self._rows, preservation_sizes(self.n_points)[-1]) for snapshot in self.activations]

    def _preservation(self, layouts: NDArray[np.float32]) -> float:
        sizes = preservation_sizes(self.n_points)
        ranked = (rank_neighbors(layout, self._rows, sizes[-1]) for layout in layouts)
        curves = [preservation_curve(*pair, sizes, self.n_points) for pair in zip(self._ranked, ranked, strict=True)]
        return float(np.mean(curves))

    def _recall(self, indices: list[NDArray[np.int32]]) -> float:
        pairs = zip(self._neighbors, indices, strict=True)
        k = _RECALL_NEIGHBORS
        return float(np.mean([neighborhood_preservation(real[:, :k], shown[:, :k]).mean() for real, shown in pairs]))

    def _label_agreement(self, indices: list[NDArray[np.int32]]) -> NDArray[np.float64]:
        near = np.stack(indices)[:, :, :_RECALL_NEIGHBORS]
        return (self.labels[near] == self.labels[:, None]).mean(axis=(1, 2))


def divergence(joint: sparse.csr_array, layout: NDArray[np.floating]) -> float:
    """Kullback-Leibler divergence of one step, in nats: Σ p log p + Σ p log(1 + d²) + log Σ 1 / (1 + d²)."""
    layout = np.ascontiguousarray(layout, dtype=np.float64)
    entries = joint.tocoo()
    p = entries.data.astype(np.float64)
    p /= p.sum()
    squared = np.square(layout[entries.row] - layout[entries.col]).sum(axis=1)
    attraction = np.sum(p * (np.log(np.maximum(p, 1e-300)) + np.log1p(squared)))
    return float(attraction + np.log(_sum_kernel(layout).sum()))


@numba.njit(cache=True, parallel=True, fastmath=True)
def _sum_kernel(layout: NDArray[np.float64]) -> NDArray[np.float64]:
    n_points, n_dims = layout.shape
    sums = np.empty(n_points)
    for i in numba.prange(n_points):
        total = -1.0
        for j in range(n_points):
            squared = 1.0
            for axis in range(n_dims):
                squared += (layout[i, axis] - layout[j, axis]) ** 2
            total += 1 / squared
        sums[i] = total
    return sums


def preservation_sizes(n_points: int) -> list[int]:
    """The sizes of neighborhood over which NP is averaged, ascending."""
    percents = range(1, 21) if n_points <= 500 else (1, 2, 5, 10, 15, 20)
    return [max(1, round(n_points * percent / 100)) for percent in percents]


def rank_neighbors(points: NDArray[np.floating], rows: NDArray[np.int64], n_neighbors: int) -> NDArray[np.int32]:
    """Finds the nearest of all points, nearest first, for some of them: int32, shape (len(rows), n_neighbors)."""
    centered = points - points.mean(axis=0, dtype=np.float64)
    norms = np.einsum("ij,ij->i", centered, centered)
    ranked = np.empty((len(rows), n_neighbors), dtype=np.int32)
    n_rows = max(1, _BLOCK_BYTES // (8 * len(points)))
    for first in range(0, len(rows), n_rows):
        block = rows[first : first + n_rows]
        squared = norms - 2 * (centered[block] @ centered.T)
        squared[np.arange(len(block)), block] = np.inf
        nearest = np.argpartition(squared, n_neighbors - 1, axis=1)[:, :n_neighbors]
        order = np.argsort(np.take_along_axis(squared, nearest, axis=1), axis=1)
        ranked[first : first + n_rows] = np.take_along_axis(nearest, order, axis=1)
    return ranked


def preservation_curve(
    ranked: NDArray[np.int32], layout_ranked: NDArray[np.int32], sizes: Sequence[int], n_points: int
) -> NDArray[np.float64]:
    """NP(k) for every k of `sizes`, from neighbors nearest first."""
    ranks = np.full((len(ranked), n_points), n_points, dtype=np.int32)
    np.put_along_axis(ranks, ranked, np.arange(ranked.shape[1], dtype=np.int32)[None], axis=1)
    found = np.take_along_axis(ranks, layout_ranked, axis=1)
    return np.array([(found[:, :k] < k).mean() for k in sizes])


def jaccard_distance(old: NDArray[np.int32], new: NDArray[np.int32]) -> NDArray[np.float32]:
    """By how much each point's set of neighbors changed, in [0, 1]; rows of equal length."""
    common = count_common(old, new)
    return 1 - common / (2 * old.shape[1] - common)


def recall_at_10(activations: NDArray[np.floating], layout: NDArray[np.floating]) -> float:
    """Recall@10 of one step; past 2,000 points, of a fixed sample."""
    n_points = len(activations)
    rows = np.random.default_rng(0).choice(n_points, min(n_points, _MOST_RANKED), replace=False)
    ranked = [rank_neighbors(points, rows, _RECALL_NEIGHBORS) for points in (activations, layout)]
    return float(preservation_curve(ranked[0], ranked[1], [_RECALL_NEIGHBORS], n_points)[0])


def excess_divergence(divergence: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much more each step diverges than in the reference, as a share; where neither diverges, of a thousandth nat."""
    return (divergence - reference) / np.maximum(reference, 1e-3)
