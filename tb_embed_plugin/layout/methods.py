"""The choice of method: the joint t-SNE, or a peer to hold it against.

Every method gives a `LayoutSequence` with the same measures per step and per point, so that what differs is the picture.
"""

import importlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.layout.affinity_tasks import SampleAffinityCache
from tb_embed_plugin.layout.config import LayoutConfig
from tb_embed_plugin.layout.descents import Progress
from tb_embed_plugin.layout.landmarks import N_LANDMARKS, lay_out_by_landmarks
from tb_embed_plugin.layout.maps import LinearMap, NetworkMap, PointMap
from tb_embed_plugin.layout.presence import describe_absent, hold_absent
from tb_embed_plugin.layout.sequence import LayoutSequence, lay_out_sequence
from tb_embed_plugin.layout.snapshots import CheckedSnapshots
from tb_embed_plugin.quality.sequence import measure_quality, n_quality_neighbors

_LARGEST_COVARIANCE = 4096
"""Features up to which the covariance is kept whole (128 MiB); beyond, its leading vectors are iterated for."""

MOST_JOINT_POINTS = 200_000
"""Points up to which all are laid out jointly; of more, a sample is."""

_OVERSAMPLING = 8
_N_POWER_ITERATIONS = 8

_PARAMETRIC_ITERATIONS = 400
"""Where the configuration does not say."""

_UMAP_NEIGHBORS = 15
"""umap-learn's default."""

_MOST_FITTED = 10_000
"""Rows, drawn from all steps, that the parametric map is fitted to."""

_Placed = tuple[NDArray[np.float32], dict[str, Any], PointMap | None]
"""Positions, parameters, and what can place further points."""


def lay_out(
    activations: Sequence[NDArray[np.floating]],
    method: str = "tsne",
    config: LayoutConfig | None = None,
    *,
    progress: Progress | None = None,
    affinity_cache: SampleAffinityCache | None = None,
    labels: NDArray[np.integer] | None = None,
) -> LayoutSequence:
    """Lays all snapshots of a series out by the method of choice.

    Args:
        activations: One (n_points, n_features_t) array per step. Asked for one at a time, several times over, except by
            "umap", so a sequence that loads in its `__getitem__` keeps memory small.
        method: One of `METHODS`.
        config: How. Beside dimensions and metric, "random-projection" heeds the seed; "umap" the seed and the perplexity,
            as its number of neighbors; "parametric" the seed, the perplexity and the iterations.
        progress: Is told how far it is.
        affinity_cache: Gives "tsne" the affinities that an earlier run has computed.
        labels: Class of each point, shape (n_points,), negative for none. They change nothing but what is measured.

    Raises:
        ValueError: There is no such method, or it cannot take these snapshots.
        ImportError: The method needs an extra that is not installed; the message names it.
    """
    config, report = config or LayoutConfig(), progress or (lambda *_: None)
    if method == "tsne":
        if len(activations) and len(activations[0]) > MOST_JOINT_POINTS:
            return lay_out_by_landmarks(
                activations,
                config,
                n_landmarks=N_LANDMARKS,
                progress=report,
                affinity_cache=affinity_cache,
                labels=labels,
            )
        cache = None if affinity_cache is None else lambda step, compute: affinity_cache(step, compute, None)
        return lay_out_sequence(activations, config, progress=progress, affinity_cache=cache, labels=labels)
    if method not in _PLACE:
        raise ValueError(f"There is no method {method!r}; choose one of {', '.join(METHODS)}.")
    snapshots = _Snapshots(activations, method, config)
    positions, parameters, point_map = _PLACE[method](snapshots, config, report)
    if not snapshots.present.all():
        warnings.warn(describe_absent(snapshots.present), stacklevel=2)
    hold_absent(positions, snapshots.present)
    quality = measure_quality(snapshots, positions, present=snapshots.present, labels=labels, progress=report)
    shared = {
        "metric": config.metric,
        "quality_neighbors": n_quality_neighbors(positions.shape[1]),
        "n_absent": (~snapshots.present).sum(axis=1).tolist(),
    }
    return LayoutSequence(positions=positions, quality=quality, parameters={**parameters, **shared}, point_map=point_map)


class _Snapshots(Sequence[NDArray[np.floating]]):
    """Checked activations, read one at a time; rows of points that are not finite are 0."""

    def __init__(self, activations: Sequence[NDArray[np.floating]], method: str, config: LayoutConfig) -> None:
        self._snapshots = CheckedSnapshots(activations, config.metric)
        self._method = method
        self._shape = self._snapshots.read(0).activations.shape
        self.present = np.ones((len(self._snapshots), self._shape[0]), dtype=np.bool_)

    def __len__(self) -> int:
        return len(self._snapshots)

    @overload
    def __getitem__(self, index: int) -> NDArray[np.floating]: ...
    @overload
    def __getitem__(self, index: slice) -> list[NDArray[np.floating]]: ...
    def __getitem__(self, index: int | slice) -> NDArray[np.floating] | list[NDArray[np.floating]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        snapshot = self._snapshots.read(index)
        if self._method != "umap" and snapshot.activations.shape != self._shape:
            raise ValueError(
                f"Snapshot {index} has {snapshot.activations.shape[1]} features but the first has {self._shape[1]}; "
                f"{self._method} projects all steps by one matrix. Use tsne or umap, which compare neighborhoods."
            )
        self.present[index] = snapshot.present
        return snapshot.activations

    @property
    def n_features(self) -> int:
        return int(self._shape[1])

    def centered(self, report: Progress, stage: str) -> Iterator[NDArray[np.float64]]:
        """Yields each snapshot around its own mean, float64: a drift of the whole layer is not anybody's motion."""
        for index in range(len(self)):
            report(stage, index, len(self))
            snapshot = self[index].astype(np.float64)
            present = self.present[index]
            snapshot[present] -= snapshot[present].mean(axis=0) if present.any() else 0
            yield snapshot
        report(stage, len(self), len(self))


def _place_by_pca(snapshots: _Snapshots, config: LayoutConfig, report: Progress) -> _Placed:
    """One basis for all steps: the principal components (Pearson 1901) of all centered snapshots, one below the other."""
    n_found = min(config.n_dims, snapshots.n_features)
    if snapshots.n_features <= _LARGEST_COVARIANCE:
        basis, variance, total = _eigenvectors(snapshots, n_found, report)
    else:
        basis, variance, total = _iterated_eigenvectors(snapshots, n_found, report)
    # The sign of a component is arbitrary. Its largest weight shall be positive, so that a picture is not mirrored when it
    # is made again.
    largest = basis[np.argmax(np.abs(basis), axis=0), np.arange(n_found)]
    basis *= np.where(largest < 0, -1, 1)
    # One feature makes a line, also in the plane.
    basis = np.pad(basis, ((0, 0), (0, config.n_dims - n_found)))
    share = np.pad(variance / total if total > 0 else np.zeros(n_found), (0, config.n_dims - n_found))
    return _project(snapshots, LinearMap(basis), report, {"explained_variance": share.tolist()})


def _eigenvectors(
    snapshots: _Snapshots, n_wanted: int, report: Progress
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Returns the leading eigenvectors of the covariance, (n_features, n_wanted), their eigenvalues, and the sum of all."""
    from scipy.linalg import eigh

    scatter = np.zeros((snapshots.n_features, snapshots.n_features))
    for centered in snapshots.centered(report, "covariance"):
        scatter += centered.T @ centered
    last = snapshots.n_features - 1
    values, vectors = eigh(scatter, subset_by_index=[last + 1 - n_wanted, last])
    return vectors[:, ::-1].copy(), np.maximum(values[::-1], 0), float(np.trace(scatter))


def _iterated_eigenvectors(
    snapshots: _Snapshots, n_wanted: int, report: Progress
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """The same by block power iteration (Halko et al. 2011), for more features than a covariance has room for."""
    width = min(snapshots.n_features, n_wanted + _OVERSAMPLING)
    block = np.random.default_rng(0).standard_normal((snapshots.n_features, width))
    total = 0.0
    for iteration in range(_N_POWER_ITERATIONS):
        block = np.linalg.qr(block)[0]
        product, total = np.zeros_like(block), 0.0
        for centered in snapshots.centered(report, f"components {iteration + 1}"):
            product += centered.T @ (centered @ block)
            total += float(np.square(centered).sum())
        block = product
    vectors, values, _ = np.linalg.svd(block, full_matrices=False)
    return vectors[:, :n_wanted].copy(), values[:n_wanted], total


def _place_by_random_projection(snapshots: _Snapshots, config: LayoutConfig, report: Progress) -> _Placed:
    """One random Gaussian matrix for all steps (Johnson & Lindenstrauss 1984): distances kept on average, nothing sought."""
    from sklearn.random_projection import GaussianRandomProjection

    projection = GaussianRandomProjection(min(config.n_dims, snapshots.n_features), random_state=config.seed)
    matrix = projection.fit(snapshots[0]).components_.T
    basis = np.pad(matrix, ((0, 0), (0, config.n_dims - matrix.shape[1])))
    return _project(snapshots, LinearMap(basis), report, {"seed": config.seed})


def _place_by_parametric(snapshots: _Snapshots, config: LayoutConfig, report: Progress) -> _Placed:
    """One network for all steps (van der Maaten 2009): equal activations have equal places, whatever the step."""
    from tb_embed_plugin.layout.parametric import ParametricTSNE

    rng = np.random.default_rng(config.seed)
    # In this order: who is present is known once a snapshot has been read.
    rows = [snapshot[at] for snapshot, at in zip(snapshots.centered(report, "sample"), _draw(snapshots, rng), strict=True)]
    # What is there several times over, such as the points of a dead layer or of a step that repeats, counts once.
    fitted = np.unique(np.concatenate(rows), axis=0)
    n_iterations = config.n_iterations or _PARAMETRIC_ITERATIONS
    tsne = ParametricTSNE(
        config.n_dims,
        perplexity=config.perplexity,
        n_iterations=n_iterations,
        n_imitation_updates=n_iterations,
        random_state=config.seed,
    )
    tsne.fit(fitted if len(fitted) > 1 else np.repeat(fitted, 2, axis=0), progress=report)
    parameters = {"perplexity": tsne.perplexity_, "n_iterations": n_iterations, "n_fitted": len(fitted)}
    return _project(snapshots, NetworkMap(tsne.network_), report, {**parameters, "seed": config.seed})


def _draw(snapshots: _Snapshots, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yields rows of each snapshot to fit to: all that are present, or as many as may be, evenly over the steps."""
    n_each = max(1, _MOST_FITTED // len(snapshots))
    for index in range(len(snapshots)):
        rows = np.flatnonzero(snapshots.present[index])
        yield rows if len(rows) <= n_each else np.sort(rng.choice(rows, n_each, replace=False))


def _project(snapshots: _Snapshots, point_map: PointMap, report: Progress, parameters: dict[str, Any]) -> _Placed:
    positions = np.stack([point_map.place(centered) for centered in snapshots.centered(report, "projection")])
    return positions, parameters, point_map


def _place_by_umap(snapshots: _Snapshots, config: LayoutConfig, report: Progress) -> _Placed:
    """AlignedUMAP: each step's UMAP (McInnes et al. 2018), drawn towards the same points in the steps around it."""
    umap = _import_umap()
    n_points = len(snapshots[0])
    if n_points < config.n_dims + 3:
        raise ValueError(f"umap cannot lay out {n_points} points in {config.n_dims} dimensions. Use tsne or pca.")
    n_neighbors = min(round(config.perplexity or _UMAP_NEIGHBORS), n_points - 1)
    report("umap", 0, 1)
    same = {point: point for point in range(n_points)}
    mapper = umap.AlignedUMAP(
        n_neighbors=max(2, n_neighbors),
        n_components=config.n_dims,
        random_state=config.seed,
        transform_seed=config.seed,
    )
    # A single step has nothing to be aligned with; AlignedUMAP wants two.
    wanted = [np.ascontiguousarray(snapshot, dtype=np.float32) for snapshot in snapshots]
    with warnings.catch_warnings():
        # A seed that turns parallelism off is what repeating oneself costs; umap says so at every step.
        warnings.filterwarnings("ignore", message="n_jobs value")
        mapper.fit(wanted * 2 if len(wanted) == 1 else wanted, relations=[same] * max(1, len(wanted) - 1))
    positions = np.stack([np.asarray(layout, dtype=np.float32) for layout in mapper.embeddings_][: len(wanted)])
    if not np.isfinite(positions).all():
        raise ValueError("umap found no place for some points: they have no neighbors. Use tsne.")
    report("umap", 1, 1)
    return positions, {"n_neighbors": max(2, n_neighbors), "seed": config.seed}, None


def _import_umap() -> Any:
    try:
        return importlib.import_module("umap")
    except ImportError as error:
        raise ImportError("The method umap needs umap-learn: pip install 'tb-embed-plugin[umap]'.") from error


_PLACE: dict[str, Callable[[_Snapshots, LayoutConfig, Progress], _Placed]] = {
    "pca": _place_by_pca,
    "random-projection": _place_by_random_projection,
    "umap": _place_by_umap,
    "parametric": _place_by_parametric,
}

METHODS = ("tsne", *_PLACE)
"""Names of the methods; the first is the default."""
