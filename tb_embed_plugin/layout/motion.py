"""How far points really moved, measured in neighborhoods.

In raw units a network's first steps, when activations are small, would count as stillness though every neighborhood
changes; they would be tied to the end of training and look better separated than they are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.layout.affinity import Affinities
from tb_embed_plugin.quality.preservation import count_common


def measure_motion(snapshots: Sequence[NDArray[np.floating]], affinities: Sequence[Affinities]) -> NDArray[np.float32]:
    """Returns the motion of each point at each transition, float32, shape (n_steps - 1, n_points), in neighborhoods."""
    pairs = zip(snapshots[:-1], snapshots[1:], affinities[:-1], affinities[1:], strict=True)
    motion = [_motion_of_pair(*pair) for pair in pairs]
    return np.array(motion, dtype=np.float32).reshape(len(snapshots) - 1, len(snapshots[0]))


def _motion_of_pair(
    before: NDArray[np.floating], after: NDArray[np.floating], old: Affinities, new: Affinities
) -> NDArray[np.float32]:
    """The geometric mean of displacement and change of neighbors: a point moves where both say so.

    Displacement alone counts a drift or growth of the whole layer as everybody's motion; change of neighbors alone cannot
    tell far from near once all neighbors are others.
    """
    change = neighborhood_change(old, new)
    if before.shape != after.shape:
        return change
    motion: NDArray[np.float32] = np.sqrt(change * displacement_in_radii(before, after, old, new))
    return motion


def displacement_in_radii(
    before: NDArray[np.floating], after: NDArray[np.floating], old: Affinities, new: Affinities
) -> NDArray[np.float32]:
    """Displacement over the median neighbor radius of the two steps; 0 where there is no extent to compare with."""
    displacement = np.linalg.norm(after.astype(np.float32) - before.astype(np.float32), axis=1)
    radius = np.float32(np.median(old.radius + new.radius) / 2)
    return displacement / radius if radius > 0 else np.zeros_like(displacement)


def neighborhood_change(old: Affinities, new: Affinities) -> NDArray[np.float32]:
    """Jaccard distance of the neighborhoods at the two steps, in [0, 1]."""
    common = count_common(old.neighbors, new.neighbors)
    return np.asarray(1 - common / np.maximum(2 * old.neighbors.shape[1] - common, 1), dtype=np.float32)
