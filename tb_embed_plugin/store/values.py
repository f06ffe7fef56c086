"""The values of metadata columns: what kind they are, and how they are written as text."""

import datetime
import numbers
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

_MAX_CATEGORIES = 64
"""Text with more distinct values than this is shown, but not offered as a color."""


def find_kind(values: Any) -> Literal["categorical", "number", "text", "date"]:
    """Finds what kind of column the values make: by their type, and texts by how many distinct ones there are."""
    # pandas' categories, and Arrow's dictionaries.
    if str(getattr(values, "dtype", "")) == "category" or str(getattr(values, "type", "")).startswith("dictionary"):
        return "categorical"
    present = [value for value in _to_list(values) if not _is_missing(value)]
    if present and all(isinstance(value, (datetime.date, np.datetime64)) for value in present):
        return "date"
    if present and all(isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_)) for value in present):
        return "number"
    if not present:
        return "number" if getattr(getattr(values, "dtype", None), "kind", "") in "iuf" else "text"
    is_truth = all(isinstance(value, (bool, np.bool_)) for value in present)
    few = min(_MAX_CATEGORIES, max(2, len(present) // 2))
    return "categorical" if is_truth or len(set(map(str, present))) <= few else "text"


def to_texts(values: Any, kind: str) -> list[str]:
    """Returns each value as text; missing ones (None, nan, NaT, pandas' NA) as empty text."""
    items = _to_list(values)
    if kind == "date":
        return _write_dates(items)
    return ["" if _is_missing(item) else _to_text(item) for item in items]


def parse_dates(texts: Iterable[str]) -> NDArray[np.float64]:
    """Returns ISO 8601 dates as milliseconds since 1970 (UTC), empty ones as nan.

    Raises:
        ValueError: One is no date.
    """
    dates = np.array([text or "NaT" for text in texts], dtype="datetime64[ms]")
    milliseconds = dates.astype(np.int64).astype(np.float64)
    milliseconds[np.isnat(dates)] = np.nan
    return milliseconds


def _write_dates(items: Sequence[Any]) -> list[str]:
    dates = np.array([_to_date(item) for item in items], dtype="datetime64[ms]")
    missing = np.isnat(dates)
    # As short as all of them allow: days, seconds, or milliseconds.
    unit = next(
        unit for unit in ("D", "s", "ms") if unit == "ms" or (dates.astype(f"datetime64[{unit}]") == dates)[~missing].all()
    )
    texts = np.datetime_as_string(dates, unit=unit)  # type: ignore[call-overload]
    return ["" if is_missing else str(text) for text, is_missing in zip(texts, missing, strict=True)]


def _to_date(item: Any) -> np.datetime64:
    if _is_missing(item) or item == "":
        return np.datetime64("NaT")
    if isinstance(item, str):
        item = datetime.datetime.fromisoformat(item)
    if isinstance(item, datetime.datetime):
        # numpy knows no time zones.
        item = item.astimezone(datetime.UTC).replace(tzinfo=None) if item.tzinfo else item
        return np.datetime64(item, "ms")
    return np.datetime64(item, "ms")


def _to_list(values: Any) -> list[Any]:
    if hasattr(values, "to_pylist"):  # pyarrow
        return list(values.to_pylist())
    array = np.asarray(values)
    # tolist() would make integers of nanoseconds.
    return list(array) if array.dtype.kind == "M" else list(array.tolist())


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    try:
        return bool(value != value)  # noqa: PLR0124 (nan, NaT)
    except TypeError:  # pandas' NA is neither equal nor unequal to itself
        return True


def _to_text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
