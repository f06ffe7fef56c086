"""How far points really moved between two steps.

There is no one honest answer, so three are averaged (geometrically): how far the activations moved, how far they moved for
the size that the layer has at those steps, and how many of the nearest neighbors changed. In raw units alone, a network's
first steps, when activations are small, would count as stillness though every neighborhood changes; they would be tied to
the end of training and look better separated than they are. By the layer's size alone, a class that tightens would seem
to move ever faster. By neighbors alone, far and near are the same once all neighbors are others.
"""

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.layout.affinity import Affinities
from tb_embed_plugin.layout.snapshots import CheckedSnapshot
from tb_embed_plugin.quality.preservation import count_common

# Exponents of displacement, relative displacement and change of neighbors. Measured on `sorts`, `minigaussians` and a LeNet
# (benchmarks/coherence.py): each favors the measure of coherence of its own kind; these serve all.
_DISPLACEMENT, _RELATIVE, _CHANGE = 0.3, 0.5, 0.2


class MotionMeter:
    """Measures motion from snapshot to snapshot, in passing: it keeps only the last one."""

    def __init__(self) -> None:
        self._last: tuple[CheckedSnapshot, Affinities] | None = None
        self._displacement: list[NDArray[np.float64]] = []
        self._change: list[NDArray[np.float64]] = []
        self._held: list[NDArray[np.bool_]] = []
        self._is_comparable = True

    def add(self, snapshot: CheckedSnapshot, affinities: Affinities) -> None:
        """Takes the next snapshot and its affinities."""
        if self._last is not None:
            before, old = self._last
            self._change.append(neighborhood_change(old, affinities))
            self._held.append(~(before.present & snapshot.present))
            self._is_comparable &= before.activations.shape == snapshot.activations.shape
            if self._is_comparable:
                self._displacement.append(_displacement(before, snapshot))
        self._last = snapshot, affinities

    def motion(self) -> NDArray[np.float32]:
        """Motion of each point at each transition, in units of the median, float32, shape (n_steps - 1, n_points).

        Points that are not present on either side of a transition are to be held: their motion is 0. Where the numbers of
        features differ between steps, neighbors alone tell.
        """
        if self._last is None or not self._change:
            n_points = 0 if self._last is None else len(self._last[0].present)
            return np.zeros((0, n_points), dtype=np.float32)
        change = np.array(self._change)
        motion = change if not self._is_comparable else np.array(self._displacement) * change**_CHANGE
        motion[np.array(self._held)] = 0
        moving = motion[motion > 0]
        return (motion / (np.median(moving) if len(moving) else 1)).astype(np.float32)


def _displacement(before: CheckedSnapshot, after: CheckedSnapshot) -> NDArray[np.float64]:
    difference = after.activations - before.activations
    moved = np.sqrt(np.einsum("ij,ij->i", difference, difference, dtype=np.float64))
    size = (_root_mean_square(before) + _root_mean_square(after)) / 2
    displacement: NDArray[np.float64] = moved ** (_DISPLACEMENT + _RELATIVE) * (size or 1.0) ** -_RELATIVE
    return displacement


def _root_mean_square(snapshot: CheckedSnapshot) -> float:
    present = snapshot.activations[snapshot.present]
    return float(np.sqrt(present.var(axis=0, dtype=np.float64).sum())) if len(present) else 0.0


def neighborhood_change(old: Affinities, new: Affinities) -> NDArray[np.float64]:
    """Jaccard distance of each point's neighborhoods at the two steps, in [0, 1]."""
    common = count_common(old.neighbors, new.neighbors).astype(np.float64)
    union = old.neighbors.shape[1] + new.neighbors.shape[1] - common
    return np.asarray(1 - common / np.maximum(union, 1))
