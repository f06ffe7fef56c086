"""The activations of one step as a heat map: units by points, points sorted by class."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.replies.tensors import join_numbers
from tb_embed_plugin.store import LABEL_COLUMN, Series, encode_tensors

_HIGHEST = 254
_MISSING = 255


def encode_fingerprints(series: Series, step: int, max_units: int, max_points: int) -> bytes:
    """Returns the heat map of a step as a safetensors file; see http_api.md."""
    activations = np.asarray(series.read_snapshot(step).activations, dtype=np.float32)
    categories, codes = _classes(series)
    points, units = _sort_by_class(codes, max_points), _spread(activations.shape[1], max_units)
    shown = activations[np.ix_(points, units)].T
    known = shown[np.isfinite(shown)]
    least, greatest = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    values = np.rint((shown - least) / ((greatest - least) or 1.0) * _HIGHEST)
    selectivity, preferred = measure_selectivity(activations[:, units], codes, len(categories))
    tensors: dict[str, NDArray[Any]] = {
        "values": np.where(np.isfinite(values), values, _MISSING).astype(np.uint8),
        "points": points.astype(np.uint32),
        "units": units.astype(np.uint32),
        "classes": codes[points].astype(np.int32),
        "selectivity": selectivity,
        "preferred": preferred,
    }
    extent = join_numbers(np.array([least, greatest]))
    return b"".join(encode_tensors(tensors, {"step": str(step), "extent": extent, "n_features": str(activations.shape[1])}))


def measure_selectivity(
    activations: NDArray[np.floating], codes: NDArray[np.int32], n_classes: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Measures how much each unit prefers one class (Morcos et al. 2018): (μ_max − μ_rest) / (|μ_max| + |μ_rest|).

    μ_max is the unit's mean over the class that it is most active for, μ_rest the mean over the points of all others.

    Args:
        activations: Shape (n_points, n_units).
        codes: Class of each point, negative where it has none, shape (n_points,).
        n_classes: How many classes there are.

    Returns:
        Selectivity in [0, 1] (0: none, or fewer than two classes), float32, and the class preferred (-1: none), int32; both
        of shape (n_units,).
    """
    counted = (codes >= 0) & np.isfinite(activations).all(axis=1)
    n_units = activations.shape[1]
    sizes = np.bincount(codes[counted], minlength=n_classes).astype(np.float64)
    if (sizes > 0).sum() < 2:
        return np.zeros(n_units, dtype=np.float32), np.full(n_units, -1, dtype=np.int32)
    sums = np.zeros((n_classes, n_units))
    sorted_by_class = activations[counted][np.argsort(codes[counted], kind="stable")].astype(np.float64)
    starts = np.concatenate([[0], np.cumsum(sizes[sizes > 0])[:-1]]).astype(np.int64)
    sums[sizes > 0] = np.add.reduceat(sorted_by_class, starts, axis=0)
    means = np.full_like(sums, -np.inf)
    np.divide(sums, sizes[:, None], out=means, where=sizes[:, None] > 0)
    preferred = means.argmax(axis=0)
    highest = means[preferred, np.arange(n_units)]
    rest = (sums.sum(axis=0) - sums[preferred, np.arange(n_units)]) / (sizes.sum() - sizes[preferred])
    total = np.abs(highest) + np.abs(rest)
    selectivity = np.divide(highest - rest, total, out=np.zeros(n_units), where=total > 0)
    # A unit that is the same for all prefers none.
    preferred = np.where(highest > rest, preferred, -1)
    return np.clip(selectivity, 0, 1).astype(np.float32), preferred.astype(np.int32)


def _classes(series: Series) -> tuple[list[str], NDArray[np.int32]]:
    for column in series.columns:
        if column.name == LABEL_COLUMN and column.kind == "categorical":
            categories, codes = column.categories()
            return list(categories), np.asarray(codes, dtype=np.int32)
    return [], np.full(series.n_points, -1, dtype=np.int32)


def _sort_by_class(codes: NDArray[np.int32], max_points: int) -> NDArray[np.int64]:
    """Returns points by class and number, those without one last; every so-manieth, where there are more than wanted."""
    order = np.lexsort((np.arange(len(codes)), np.where(codes < 0, len(codes), codes)))
    return order[_spread(len(order), max_points)]


def _spread(n_all: int, n_wanted: int) -> NDArray[np.int64]:
    """Returns up to `n_wanted` of `n_all` numbers from 0, evenly."""
    return np.unique(np.linspace(0, n_all - 1, min(n_all, n_wanted)).round().astype(np.int64))
