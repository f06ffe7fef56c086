"""Typed per-point columns, and the tab-separated file that the built-in Projector reads too."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.store import filesystem
from tb_embed_plugin.store.errors import FormatError
from tb_embed_plugin.store.values import find_kind, parse_dates, to_texts

Kind = Literal["categorical", "number", "text", "date"]

LABEL_COLUMN = "label"
"""The column that `labels` become, and by which the tab colors first."""

UNNAMED_COLUMN = "metadata"
"""What a column is called that came without a name."""

_BLANK = "\u200b"
"""A zero-width space: what a row starts with where it would be blank, for the Projector passes blank rows over."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """One value per point.

    Attributes:
        name: What the tab calls it.
        kind: `categorical` (a class), `number`, `text`, or `date`.
        values: One string per point: numbers as Python writes them, dates in ISO 8601 (of no time zone, or UTC); missing
            values are empty.
    """

    name: str
    kind: Kind
    values: tuple[str, ...]

    def numbers(self) -> NDArray[np.float64]:
        """The values as float64, shape (n_points,): dates as milliseconds since 1970; missing ones are nan.

        Raises:
            FormatError: Some are no numbers, or no dates.
        """
        try:
            if self.kind == "date":
                return parse_dates(self.values)
            return np.array([float(value) if value else np.nan for value in self.values])
        except ValueError as error:
            raise FormatError(f"Metadata column {self.name!r} has values that are not {self.kind}s ({error}).") from error

    def categories(self) -> tuple[list[str], NDArray[np.int64]]:
        """The distinct values in natural order ("2" before "10"), and the index of each point's own."""
        categories = sorted(set(self.values), key=_natural_order)
        index = {category: code for code, category in enumerate(categories)}
        return categories, np.array([index[value] for value in self.values], dtype=np.int64)


def make_column(name: str, values: Any, n_points: int, *, kind: Kind | None = None) -> Column:
    """Makes a column of values: an array, a list, a pandas series or an Arrow array. Finds its kind where none is given.

    Integers and floats are numbers, dates and times are dates; categories, truth values and texts of few distinct values are
    categories; the rest is text. A `Column` is taken as it is.

    Raises:
        ValueError: `values` are not one value per point, or not of the kind.
    """
    if isinstance(values, Column):
        kind, values = values.kind, values.values
    shape = np.shape(values) if not hasattr(values, "to_pylist") else (len(values),)
    if shape != (n_points,):
        raise ValueError(
            f"Metadata column {name!r} has shape {shape}, but the probe set has {n_points} points. "
            f"Give one value per point: shape ({n_points},)."
        )
    kind = kind or find_kind(values)
    try:
        column = Column(name=clean(name), kind=kind, values=tuple(clean(text) for text in to_texts(values, kind)))
        if kind in ("number", "date"):
            column.numbers()
    except (ValueError, TypeError, FormatError) as error:
        raise ValueError(f"Metadata column {name!r} is to be of kind {kind!r}, but has other values: {error}") from error
    return column


def make_columns(metadata: Any, n_points: int) -> list[Column]:
    """Makes the columns of a table: a mapping of names, a pandas data frame, an Arrow table, a structured array, or one column.

    Raises:
        ValueError: Some column does not have one value per point.
    """
    return [make_column(name, values, n_points) for name, values in _name_columns(metadata)]


def _name_columns(metadata: Any) -> list[tuple[str, Any]]:
    if isinstance(metadata, Mapping):
        return [(str(name), values) for name, values in metadata.items()]
    if hasattr(metadata, "column_names"):  # pyarrow.Table, pyarrow.RecordBatch
        return [(str(name), metadata.column(i)) for i, name in enumerate(metadata.column_names)]
    if hasattr(metadata, "columns") and hasattr(metadata, "iloc"):  # pandas.DataFrame
        return [(str(name), metadata.iloc[:, i]) for i, name in enumerate(metadata.columns)]
    fields = getattr(getattr(metadata, "dtype", None), "names", None)
    if fields:
        return [(name, metadata[name]) for name in fields]
    return [(str(getattr(metadata, "name", None) or UNNAMED_COLUMN), metadata)]


def clean(text: str) -> str:
    """Returns `text` on one line and encodable: the Projector's file has no quoting, so a tab or newline would break it."""
    return re.sub(r"[\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+", " ", text).encode(errors="replace").decode()


def _natural_order(text: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in parts if part] or [(2, 0, "")]


def write_metadata(path: str, columns: Sequence[Column]) -> None:
    """Writes the columns as tab-separated text: with a header line unless there is one column, as the Projector wants."""
    rows = zip(*(column.values for column in columns), strict=True)
    header = ["\t".join(column.name for column in columns)] if len(columns) > 1 else []
    # The Projector hangs on a file without a newline at its end.
    text = "".join(line + "\n" for line in [*header, *map(_join_row, rows)])
    filesystem.write_atomically(path, text.encode())


def _join_row(row: tuple[str, ...]) -> str:
    line = "\t".join(row)
    return line if line.strip() else _BLANK + line


def _split_row(line: str) -> list[str]:
    rest = line.removeprefix(_BLANK)
    return (line if rest.strip() else rest).split("\t")


def read_metadata(path: str, kinds: Mapping[str, Kind], n_points: int) -> list[Column]:
    """Reads columns back; `kinds` names them in their order.

    Raises:
        FormatError: The file does not have these columns and rows.
    """
    if not kinds:
        return []
    try:
        lines = filesystem.read_bytes(path).decode().split("\n")[:-1]
    except UnicodeDecodeError as error:
        raise FormatError(f"{path} is damaged ({error}). Capture the series anew.") from error
    rows = [_split_row(line) for line in (lines[1:] if len(kinds) > 1 else lines)]
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
