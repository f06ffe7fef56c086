"""Where the consensus layout starts: principal components of all snapshots together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.quality.approximation import part_into_leaves
from tb_embed_plugin.quality.neighbors import scale_to_unit

INITIAL_SPREAD = 1e-4
"""Standard deviation of the first axis at the start, as scikit-learn's and openTSNE's PCA initialization have it."""

_N_POWER_ITERATIONS = 3
_OVERSAMPLING = 8

_MOST_SNAPSHOTS = 8
"""Snapshots that are looked at, evenly over the series: they say where to begin, not where to end."""


def principal_components(
    snapshots: Sequence[NDArray[np.floating]], n_dims: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """The leading components of the snapshots side by side, each centered and scaled to the same total variance.

    Block power iteration (Halko et al. 2011), so that snapshots pass through memory one at a time.

    Args:
        snapshots: Finite reals, each (n_points, n_features_t); asked for one at a time, several times over.
        n_dims: How many components.
        rng: For the starting block.

    Returns:
        float32, shape (n_points, n_dims), with `INITIAL_SPREAD`; a little noise where there is no variance to show.
    """
    n_points = len(snapshots[0])
    chosen = np.unique(np.linspace(0, len(snapshots) - 1, _MOST_SNAPSHOTS).round().astype(int))
    block = rng.standard_normal((n_points, min(n_points, n_dims + _OVERSAMPLING)))
    for _ in range(_N_POWER_ITERATIONS):
        basis = np.linalg.qr(block)[0].astype(np.float32)
        block = sum((_gram_product(snapshots[int(step)], basis) for step in chosen), start=np.zeros_like(block))
    vectors, values, _ = np.linalg.svd(block, full_matrices=False)
    components = np.zeros((n_points, n_dims))
    n_found = min(n_dims, vectors.shape[1])
    components[:, :n_found] = (vectors * np.sqrt(values))[:, :n_found]
    # The sign of a component is arbitrary; fix it, so that rounding does not flip the picture.
    largest = components[np.argmax(np.abs(components), axis=0), np.arange(n_dims)]
    components *= np.where(largest < 0, -1, 1)
    spread = components[:, 0].std()
    noise = rng.standard_normal(components.shape) * INITIAL_SPREAD * 1e-2
    return (components / (spread or 1) * INITIAL_SPREAD + noise).astype(np.float32)


def _gram_product(snapshot: NDArray[np.floating], block: NDArray[np.float32]) -> NDArray[np.float64]:
    scaled = scale_to_unit(snapshot)
    # Around their median so far: of units that are mostly 0, the mean would come first.
    scaled -= scaled.mean(axis=0)
    product: NDArray[np.float64] = (scaled @ (scaled.T @ block)).astype(np.float64) / scaled.size
    return product


def order_by_locality(snapshot: NDArray[np.floating]) -> NDArray[np.int32]:
    """A permutation of the points by which those that are near each other in a snapshot mostly follow each other."""
    return np.concatenate(part_into_leaves(scale_to_unit(snapshot)))
