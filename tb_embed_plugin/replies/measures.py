"""What is known of each point at each step: the layout's measures, and what the network made of the point."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.replies.tensors import MISSING, encode, quantize, scale_of
from tb_embed_plugin.store import LABEL_COLUMN, Series, StoredLayout

CORRECT = "correct"
"""Whether a point's predicted class is its label: 0 or 1."""

_PREDICTION = "prediction"


def series_measures(series: Series) -> list[str]:
    """The measures that a series has without any layout."""
    names = series.per_point_names()
    return [*names, CORRECT] if _PREDICTION in names and LABEL_COLUMN in series.kinds else names


def encode_measure(series: Series, layout: StoredLayout | None, measure: str, steps: Sequence[int]) -> bytes:
    """Returns a measure of every point at these steps as a safetensors file; see http_api.md.

    Raises:
        KeyError: Neither the layout nor the series has that measure, or there is no such step.
    """
    read = _find_reader(series, layout, measure)
    missing = np.full(series.n_points, np.nan, dtype=np.float32)
    rows = [read(step) for step in steps]
    values = np.stack([missing if row is None else row for row in rows]) if rows else np.zeros((0, series.n_points))
    offset, scale = _grid(values)
    metadata = {
        "version": layout.version if layout else "",
        "measure": measure,
        "steps": ",".join(map(str, steps)),
        "offset": repr(offset),
        "scale": repr(scale),
    }
    return encode("values", quantize(values, offset, scale), metadata)


def _find_reader(series: Series, layout: StoredLayout | None, measure: str) -> Callable[[int], NDArray[np.float32] | None]:
    if layout is not None and measure in layout.measures():
        return lambda step: layout.read_measure(step, measure)
    names = series_measures(series)
    if measure not in names:
        known = [*(layout.measures() if layout else []), *names]
        raise KeyError(f"No measure {measure!r} of each point; there are {known}.")
    if measure == CORRECT:
        labels, classes = series.label_names(), series.class_names
        return lambda step: _find_correct(series.read_per_point(step).get(_PREDICTION), labels, classes)
    return lambda step: _as_numbers(series.read_per_point(step).get(measure))


def _as_numbers(values: NDArray[np.generic] | None) -> NDArray[np.float32] | None:
    return None if values is None else values.astype(np.float32)


def _find_correct(
    predictions: NDArray[np.int32] | None, labels: Sequence[str], classes: Sequence[str] | None
) -> NDArray[np.float32] | None:
    if predictions is None:
        return None
    named = [name_class(int(prediction), classes) for prediction in predictions]
    pairs = zip(named, labels, strict=True)
    # A point without a label is neither right nor wrong.
    return np.array([float(name == label) if label else np.nan for name, label in pairs], dtype=np.float32)


def name_class(index: int, classes: Sequence[str] | None) -> str:
    """The name of a predicted class: the network's own where it is known, else its index."""
    return classes[index] if classes is not None and 0 <= index < len(classes) else str(index)


def _grid(values: NDArray[np.floating]) -> tuple[float, float]:
    """Offset and scale: whole numbers that fit (classes, right or wrong) travel as they are."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    least, greatest = float(known.min()), float(known.max())
    if least >= 0 and greatest < MISSING and (known == np.rint(known)).all():
        return 0.0, 1.0
    return least, scale_of(greatest - least)
