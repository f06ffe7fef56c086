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
    """The consensus: the mean of the joint affinities over the steps that have any, summing to 1."""
    total = steps[0].joint
    for step in steps[1:]:
        total = total + step.joint
    mean = (total / np.float32(max(total.sum(), 1e-30))).tocsr()
    mean.sort_indices()
    return mean


@numba.njit(cache=True, parallel=True)
def _calibrate(distances: NDArray[np.float32], perplexity: float) -> NDArray[np.float32]:
    """Finds each row's bandwidth by bisection on its entropy; returns conditional affinities, rows summing to 1."""
    conditional = np.empty(distances.shape, dtype=np.float32)
    for i in numba.prange(distances.shape[0]):
        _calibrate_row(distances[i], np.log(perplexity), conditional[i])
    return conditional


# Plain loops: expressions of whole arrays take several times as long to compile, and to run.
@numba.njit(cache=True)
def _calibrate_row(distances: NDArray[np.float32], wanted: float, conditional: NDArray[np.float32]) -> None:
    n_neighbors = distances.shape[0]
    # Relative to the nearest, so that the largest exponential is 1, and to the mean, so that any unit will do.
    squared = np.empty(n_neighbors, dtype=np.float64)
    mean = 0.0
    for rank in range(n_neighbors):
        squared[rank] = np.float64(distances[rank]) ** 2 - np.float64(distances[0]) ** 2
        mean += squared[rank] / n_neighbors
    if mean <= 0:
        # Neighbors all equally far (a dead layer: all the same) are equally near.
        for rank in range(n_neighbors):
            conditional[rank] = 1 / n_neighbors
        return
    low, high, precision = 0.0, np.inf, 1 / mean
    for _ in range(64):
        total, weighted = 0.0, 0.0
        for rank in range(n_neighbors):
            weight = np.exp(-precision * squared[rank])
            total += weight
            weighted += weight * squared[rank]
        entropy = np.log(total) + precision * weighted / total
        if abs(entropy - wanted) < 1e-5:
            break
        if entropy > wanted:
            low = precision
            precision = precision * 2 if high == np.inf else (low + high) / 2
        else:
            high = precision
            precision = (low + high) / 2
    total = 0.0
    for rank in range(n_neighbors):
        total += np.exp(-precision * squared[rank])
    for rank in range(n_neighbors):
        conditional[rank] = np.exp(-precision * squared[rank]) / total
