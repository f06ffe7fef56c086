"""Joint affinities: how much two points are neighbors in one snapshot."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tb_embed_plugin.quality import nearest_neighbors

DEFAULT_PERPLEXITY = 30.0
"""van der Maaten & Hinton 2008."""

_LEAST_SHARE = 0.1
"""Perplexity over n_points at most, by default: 30 of 80 points would be no neighborhood."""


@dataclass(frozen=True, slots=True, eq=False)
class Affinities:
    """Affinities of one snapshot.

    Attributes:
        joint: Symmetric, sums to 1, shape (n_points, n_points), float32.
        neighbors: Indices of the nearest neighbors, int32, shape (n_points, 3 · perplexity).
        radius: Root mean square distance to them, float32, shape (n_points,), in units of the activations.
    """

    joint: sparse.csr_array
    neighbors: NDArray[np.int32]
    radius: NDArray[np.float32]


def effective_perplexity(perplexity: float | None, n_points: int) -> float:
    """The perplexity that n_points allow: a third of the other points can be neighbors that count."""
    wanted = min(DEFAULT_PERPLEXITY, _LEAST_SHARE * n_points) if perplexity is None else perplexity
    return max(1.0, min(wanted, (n_points - 1) / 3))


def compute_affinities(activations: NDArray[np.floating], perplexity: float) -> Affinities:
    """Calibrates Gaussian neighborhoods of the given perplexity and makes them symmetric (van der Maaten 2008).

    Args:
        activations: Finite reals, shape (n_points, n_features).
        perplexity: As `effective_perplexity` returns it.
    """
    n_points = len(activations)
    n_neighbors = min(n_points - 1, round(3 * perplexity))
    neighbors, distances = nearest_neighbors(activations, n_neighbors)
    conditional = _calibrate(distances, perplexity)
    indptr = np.arange(0, n_points * n_neighbors + 1, n_neighbors) if n_neighbors else np.zeros(n_points + 1, dtype=np.int64)
    directed = sparse.csr_array((conditional.ravel(), neighbors.ravel(), indptr), shape=(n_points, n_points))
    joint = ((directed + directed.T) / np.float32(2 * n_points)).tocsr()
    joint.sort_indices()
    radius = np.sqrt(np.mean(np.square(distances), axis=1)) if n_neighbors else np.zeros(n_points, dtype=np.float32)
    return Affinities(joint, neighbors, radius)


def average_affinities(steps: list[Affinities]) -> sparse.csr_array:
    """The consensus: the mean of the joint affinities over all steps."""
    total = steps[0].joint
    for step in steps[1:]:
        total = total + step.joint
    mean = (total / np.float32(len(steps))).tocsr()
    mean.sort_indices()
    return mean


@numba.njit(cache=True, parallel=True)
def _calibrate(distances: NDArray[np.float32], perplexity: float) -> NDArray[np.float32]:
    """Finds each row's bandwidth by bisection on its entropy; returns conditional affinities, rows summing to 1."""
    n_points, n_neighbors = distances.shape
    conditional = np.empty((n_points, n_neighbors), dtype=np.float32)
    wanted = np.log(perplexity)
    for i in numba.prange(n_points):
        # Relative to the nearest, so that the largest exponential is 1, and to the mean, so that any unit will do.
        squared = distances[i].astype(np.float64) ** 2
        squared -= squared[0]
        mean = squared.mean()
        if mean <= 0:
            # Neighbors all equally far (a dead layer: all the same) are equally near.
            conditional[i] = 1 / n_neighbors
            continue
        squared /= mean
        low, high, precision = 0.0, np.inf, 1.0
        weights = np.exp(-squared)
        for _ in range(64):
            weights = np.exp(-precision * squared)
            total = weights.sum()
            entropy = np.log(total) + precision * (weights * squared).sum() / total
            if abs(entropy - wanted) < 1e-5:
                break
            if entropy > wanted:
                low = precision
                precision = precision * 2 if high == np.inf else (low + high) / 2
            else:
                high = precision
                precision = (low + high) / 2
        conditional[i] = (weights / weights.sum()).astype(np.float32)
    return conditional
