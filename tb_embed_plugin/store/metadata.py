"""Typed per-point columns, and the tab-separated file that the built-in Projector reads too."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tb_embed_plugin.store import filesystem
from tb_embed_plugin.store.errors import FormatError

Kind = Literal["categorical", "number", "text"]

LABEL_COLUMN = "label"
"""The column that `labels` become, and by which the tab colors first."""

_MAX_CATEGORIES = 64
"""Text with more distinct values than this is shown, but not offered as a color."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """One value per point.

    Attributes:
        name: What the tab calls it.
        kind: `categorical` (a class), `number`, or `text`.
        values: One string per point; numbers as Python writes them, missing values empty.
    """

    name: str
    kind: Kind
    values: tuple[str, ...]

    def numbers(self) -> NDArray[np.float64]:
        """The values as float64, shape (n_points,); missing ones are nan.

        Raises:
            FormatError: Some are no numbers.
        """
        try:
            return np.array([float(value) if value else np.nan for value in self.values])
        except ValueError as error:
            raise FormatError(f"Metadata column {self.name!r} has values that are not numbers ({error}).") from error

    def categories(self) -> tuple[list[str], NDArray[np.int64]]:
        """The distinct values in natural order ("2" before "10"), and the index of each point's own."""
        categories = sorted(set(self.values), key=_natural_order)
        index = {category: code for code, category in enumerate(categories)}
        return categories, np.array([index[value] for value in self.values], dtype=np.int64)


def make_column(name: str, values: ArrayLike, n_points: int, *, kind: Kind | None = None) -> Column:
    """Makes a column of an array, finding its kind where none is given.

    Raises:
        ValueError: `values` are not one value per point.
    """
    array = np.asarray(values)
    if array.shape != (n_points,):
        raise ValueError(
            f"Metadata column {name!r} has shape {array.shape}, but the probe set has {n_points} points. "
            f"Give one value per point: shape ({n_points},)."
        )
    texts = tuple(_to_text(value) for value in array.tolist())
    return Column(name=_clean(name), kind=kind or _find_kind(array, texts), values=texts)


def _find_kind(array: NDArray[Any], texts: Sequence[str]) -> Kind:
    if array.dtype.kind in "iuf":
        return "number"
    if array.dtype.kind == "b" or len(set(texts)) <= min(_MAX_CATEGORIES, max(2, len(texts) // 2)):
        return "categorical"
    return "text"


def _to_text(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124 (nan)
        return ""
    return _clean(value.decode(errors="replace") if isinstance(value, bytes) else str(value))


def _clean(text: str) -> str:
    # The Projector's file has no quoting: a tab or newline within a value would break it.
    return re.sub(r"[\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+", " ", text)


def _natural_order(text: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in parts if part] or [(2, 0, "")]


def write_metadata(path: str, columns: Sequence[Column]) -> None:
    """Writes the columns as tab-separated text: with a header line unless there is one column, as the Projector wants."""
    rows = zip(*(column.values for column in columns), strict=True)
    header = ["\t".join(column.name for column in columns)] if len(columns) > 1 else []
    # The Projector hangs on a file without a newline at its end.
    text = "".join(line + "\n" for line in [*header, *("\t".join(row) for row in rows)])
    filesystem.write_atomically(path, text.encode())


def read_metadata(path: str, kinds: Mapping[str, Kind], n_points: int) -> list[Column]:
    """Reads columns back; `kinds` names them in their order.

    Raises:
        FormatError: The file does not have these columns and rows.
    """
    if not kinds:
        return []
    lines = filesystem.read_bytes(path).decode().split("\n")[:-1]
    rows = [line.split("\t") for line in (lines[1:] if len(kinds) > 1 else lines)]
    if len(rows) != n_points or any(len(row) != len(kinds) for row in rows):
        raise FormatError(f"{path} does not hold {n_points} rows of {len(kinds)} columns. Capture the series anew.")
    values = zip(*rows, strict=True)
    return [Column(name=name, kind=kind, values=column) for (name, kind), column in zip(kinds.items(), values, strict=True)]


def check_kind(kind: str) -> Kind:
    """Returns a column kind read from a file, or raises `FormatError`."""
    for known in get_args(Kind):
        if kind == known:
            return known  # type: ignore[no-any-return]
    raise FormatError(f"Unknown metadata kind {kind!r}: expected one of {', '.join(get_args(Kind))}.")
