"""Whether points move in the layouts when, and as much as, they move in the activations."""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def movement(sequence: Sequence[NDArray[np.floating]] | NDArray[np.floating]) -> NDArray[np.float32]:
    """How far each point moves at each transition: Euclidean, float32, shape (n_steps - 1, n_points)."""
    pairs = itertools.pairwise(sequence)
    distances = [_distances(before, after) for before, after in pairs]
    return np.array(distances, dtype=np.float32).reshape(len(sequence) - 1, -1) if distances else _no_movement(sequence)


def _distances(before: NDArray[np.floating], after: NDArray[np.floating]) -> NDArray[np.float64]:
    # Float64 numbers may differ by less than float32 can tell, and squares of float32 overflow and vanish.
    difference = np.subtract(after, before, dtype=np.result_type(after, before, np.float32))
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", difference, difference, dtype=np.float64)))


def _no_movement(sequence: Sequence[NDArray[np.floating]] | NDArray[np.floating]) -> NDArray[np.float32]:
    return np.zeros((0, len(sequence[0]) if len(sequence) else 0), dtype=np.float32)


def temporal_coherence(movement_in_activations: NDArray[np.floating], movement_in_layout: NDArray[np.floating]) -> float:
    """S: Spearman's rank correlation of movement, over all points and transitions (Vernier et al. 2020, "stability").

    Args:
        movement_in_activations: Shape (n_steps - 1, n_points).
        movement_in_layout: The same shape.

    Returns:
        A number in [-1, 1]; nan where either never changes.
    """
    # Imported here: scipy.stats takes half a second.
    from scipy.stats import rankdata

    ranks = [rankdata(values) for values in (movement_in_activations, movement_in_layout)]
    if len(ranks[0]) < 2 or any(np.ptp(rank) == 0 for rank in ranks):
        return float("nan")
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
