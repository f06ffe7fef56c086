"""The peers, called as their documents say; imported where they are used, so that one that is missing hinders no other."""

import logging
import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Layout = NDArray[np.float32]

_FEW_POINTS = 500


def lay_out_with_scikit_learn(snapshot: NDArray[np.floating], perplexity: float, seed: int | None) -> Layout:
    """One step with `sklearn.manifold.TSNE`: its defaults, at the given perplexity; its exact method for few points.

    With its tree, small snapshots fly apart where points nearly coincide, as in the last steps of sorts.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    # Where all points are the same there are no principal components to start from.
    start: Literal["pca", "random"] = "pca" if np.ptp(snapshot, axis=0).any() else "random"
    method: Literal["exact", "barnes_hut"] = "exact" if len(snapshot) <= _FEW_POINTS else "barnes_hut"
    n_threads = _n_threads(snapshot)
    tsne = TSNE(perplexity=perplexity, init=start, method=method, random_state=seed, n_jobs=n_threads)
    with threadpool_limits(n_threads):
        return tsne.fit_transform(snapshot).astype(np.float32)


def lay_out_with_opentsne(
    snapshot: NDArray[np.floating],
    perplexity: float,
    *,
    seed: int | None = None,
    start: NDArray[np.floating] | str = "pca",
    gradient: Literal["auto", "bh", "fft"] = "auto",
    after_some_iterations: Callable[[NDArray[np.float64]], None] | None = None,
) -> Layout:
    """One step with openTSNE: its defaults (250 exaggerated iterations, 500 plain), at the given perplexity.

    Args:
        snapshot: Activations, shape (n_points, n_features).
        perplexity: As is.
        seed: None: a new one each time.
        start: "pca", or positions, used as they are.
        gradient: How repulsion is approximated; "auto": Barnes-Hut below 10,000 points, else FFT.
        after_some_iterations: Is shown the positions every 50 iterations.
    """
    from openTSNE import TSNE

    tsne = TSNE(
        perplexity=perplexity,
        initialization=start,
        negative_gradient_method=gradient,
        n_jobs=_n_threads(snapshot),
        random_state=seed,
        # It is told iteration, error and positions.
        callbacks=[lambda *told: after_some_iterations(told[2])] if after_some_iterations else None,
    )
    # It warns of every warm start, which is spread wide.
    logging.getLogger("openTSNE").setLevel(logging.ERROR)
    return np.asarray(tsne.fit(np.ascontiguousarray(snapshot, dtype=np.float64)), dtype=np.float32)


def _n_threads(snapshot: NDArray[np.floating]) -> int:
    """As many as this process has cores; one where there is little to share, so that nobody waits for threads."""
    return 1 if len(snapshot) <= _FEW_POINTS else len(os.sched_getaffinity(0))


def lay_out_with_aligned_umap(
    activations: Sequence[NDArray[np.floating]], *, seed: int | None, regularisation: float = 0.01, n_epochs: int | None = None
) -> NDArray[np.float32]:
    """All steps with `umap.AlignedUMAP`; points correspond by index.

    Args:
        activations: One array (n_points, n_features) per step.
        seed: None lets UMAP use all cores.
        regularisation: Of the alignment; 0.01 is its default.
        n_epochs: None: its default, 200.
    """
    from umap import AlignedUMAP

    same = {i: i for i in range(len(activations[0]))}
    seeds: dict[str, Any] = {} if seed is None else {"random_state": seed, "transform_seed": seed}
    mapper = AlignedUMAP(alignment_regularisation=regularisation, n_epochs=n_epochs, **seeds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mapper.fit(list(activations), relations=[same] * (len(activations) - 1))
    # A point without neighbors gets no place.
    return np.nan_to_num(np.stack(list(mapper.embeddings_))).astype(np.float32)
