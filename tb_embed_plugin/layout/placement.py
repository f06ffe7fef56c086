"""Places for points in a layout that is there already: near the landmarks that are nearest to them in the activations.

A point's place y minimizes Σ_j p_j log(1 + ‖y − y_j‖²) over its nearest landmarks j, with p their affinities to it and y_j
where they are. This is what draws points in t-SNE, without repulsion, which is the landmarks' business: they keep their
places, and a point among them belongs where they are. Each iteration is a weighted mean, exact for a bound of the sum
(iteratively reweighted least squares), so there is no learning rate; it ends among those landmarks that agree, rather than
halfway between two groups.
"""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.layout.affinity import _calibrate
from tb_embed_plugin.quality.neighbors import middle_of
from tb_embed_plugin.quality.selection import select_nearest

N_NEAREST = 15
"""Landmarks that a point is placed by, three times the perplexity, as Poličar et al. 2023 have it."""

_PERPLEXITY = N_NEAREST / 3

_N_ITERATIONS = 25

_BLOCK_BYTES = 64 << 20

_FARTHEST = 1e15
"""From the landmarks' middle, in their unit: squares of what is farther would overflow float32."""


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Where points are, and by whom they are placed.

    Attributes:
        positions: float32, shape (n_points, n_dims).
        nearest: Indices of the nearest landmarks, nearest first, int32, shape (n_points, n_nearest).
    """

    positions: NDArray[np.float32]
    nearest: NDArray[np.int32]


def place(points: NDArray[np.floating], landmarks: NDArray[np.floating], landmark_positions: NDArray[np.float32]) -> Placement:
    """Places points, each on its own: the same point gets the same place in any company.

    Args:
        points: Finite activations, shape (n_points, n_features).
        landmarks: Those of the landmarks, shape (n_landmarks, n_features), at least one.
        landmark_positions: Finite, float32, shape (n_landmarks, n_dims).
    """
    nearest, distances = find_nearest(points, landmarks, min(N_NEAREST, len(landmarks)))
    perplexity = max(1.0, min(_PERPLEXITY, nearest.shape[1] / 3))
    positions = np.empty((len(points), landmark_positions.shape[1]), dtype=np.float32)
    _settle(_calibrate(distances, perplexity), nearest, np.ascontiguousarray(landmark_positions), positions)
    return Placement(positions, nearest)


def find_nearest(
    points: NDArray[np.floating], landmarks: NDArray[np.floating], n_nearest: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Finds each point's nearest landmarks exactly: indices and distances, shape (n_points, n_nearest), nearest first."""
    # Around one middle and in one unit, so that products of float32 stay exact and finite.
    middle = middle_of(landmarks).astype(np.float64)
    unit = float(np.sqrt(np.mean(np.square(landmarks - middle), dtype=np.float64))) or 1.0
    known = np.ascontiguousarray((landmarks - middle) / unit, dtype=np.float32)
    norms, candidates = np.einsum("ij,ij->i", known, known)[None], np.arange(len(known), dtype=np.int32)[None]
    indices = np.empty((len(points), n_nearest), dtype=np.int32)
    distances = np.empty((len(points), n_nearest), dtype=np.float32)
    n_rows = max(1, _BLOCK_BYTES // (4 * len(known)))
    for first in range(0, len(points), n_rows):
        rows = slice(first, first + n_rows)
        asked = np.clip((points[rows] - middle) / unit, -_FARTHEST, _FARTHEST).astype(np.float32)
        group, own = np.zeros(len(asked), dtype=np.int32), np.full(len(asked), -1, dtype=np.int32)
        select_nearest(asked @ known.T, norms, candidates, group, own, asked, known, indices[rows], distances[rows])
    return indices, distances * np.float32(unit)


@numba.njit(cache=True, parallel=True)
def _settle(
    weights: NDArray[np.float32],
    nearest: NDArray[np.int32],
    landmark_positions: NDArray[np.float32],
    positions: NDArray[np.float32],
) -> None:
    n_points, n_dims = positions.shape
    for i in numba.prange(n_points):
        place, total_place = np.zeros(n_dims), np.zeros(n_dims)
        for iteration in range(_N_ITERATIONS + 1):
            total, total_place[:] = 0.0, 0.0
            for rank in range(nearest.shape[1]):
                j = nearest[i, rank]
                weight = np.float64(weights[i, rank])
                # The first is the plain mean.
                if iteration > 0:
                    squared = 1.0
                    for axis in range(n_dims):
                        squared += (place[axis] - landmark_positions[j, axis]) ** 2
                    weight /= squared
                total += weight
                for axis in range(n_dims):
                    total_place[axis] += weight * landmark_positions[j, axis]
            for axis in range(n_dims):
                place[axis] = total_place[axis] / total
        for axis in range(n_dims):
            positions[i, axis] = place[axis]
