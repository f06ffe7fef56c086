"""Points whose activations are not finite at some step: kept out of that step, and shown where they last had a place."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tb_embed_plugin.layout.affinity import Affinities, compute_affinities, effective_perplexity
from tb_embed_plugin.layout.snapshots import CheckedSnapshot


def affinities_of_present(
    snapshot: CheckedSnapshot, perplexity: float | None, *, guess: NDArray[np.int32] | None = None
) -> Affinities:
    """Affinities among the points that are present; the others have none, and negative numbers for neighbors.

    `guess`: the neighbors at another step.
    """
    n_points, present = len(snapshot.present), np.flatnonzero(snapshot.present)
    if len(present) == n_points:
        guess = guess if guess is not None and guess.min(initial=0) >= 0 else None
        return compute_affinities(snapshot.activations, effective_perplexity(perplexity, n_points), guess=guess)
    if not len(present):
        return _no_affinities(n_points)
    among = compute_affinities(snapshot.activations[present], effective_perplexity(perplexity, len(present)))
    entries = among.joint.tocoo()
    joint = sparse.coo_array((entries.data, (present[entries.row], present[entries.col])), shape=(n_points, n_points))
    neighbors = _no_affinities(n_points, among.neighbors.shape[1]).neighbors
    neighbors[present] = present[among.neighbors]
    return Affinities(joint.tocsr(), neighbors)


def _no_affinities(n_points: int, n_neighbors: int = 0) -> Affinities:
    nobody = np.tile(-1 - np.arange(n_neighbors, dtype=np.int32), (n_points, 1))
    return Affinities(sparse.csr_array((n_points, n_points), dtype=np.float32), nobody)


def hold_absent(positions: NDArray[np.float32], present: NDArray[np.bool_]) -> None:
    """Puts absent points, in place, where they were when last present; nan before they first were.

    Args:
        positions: float32, shape (n_steps, n_points, n_dims).
        present: bool, shape (n_steps, n_points).
    """
    if present.all():
        return
    positions[0][~present[0]] = np.nan
    for step in range(1, len(positions)):
        positions[step] = np.where(present[step][:, None], positions[step], positions[step - 1])


def describe_absent(present: NDArray[np.bool_]) -> str:
    """One sentence about the points that are kept out."""
    n_absent = (~present).sum(axis=1)
    steps = np.flatnonzero(n_absent)
    return (
        f"{len(steps)} of {len(present)} snapshots have points with nan, infinite or huge (beyond 1e17) activations (up to "
        f"{n_absent.max()} of {present.shape[1]}, first in snapshot {steps[0]}). They are kept out of those steps and shown "
        "where they last were."
    )
