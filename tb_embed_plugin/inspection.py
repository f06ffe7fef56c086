"""What there is, as a table: for `tb-embed inspect`."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeGuard

from tb_embed_plugin.store import Series, SeriesLocation, StoreError, is_finished

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tb_embed_plugin.layout import LayoutSequence

_HEADER = ("layout", "method", "dims", "steps", "preservation", "trustworthiness", "coherence", "distortion")
_UNKNOWN = "-"


def describe_series(location: SeriesLocation) -> Iterator[str]:
    """Yields the lines about a series: one of its own, then a table of its layouts."""
    names = f"{location.run}  {location.tag}"
    try:
        series = Series(location.path)
        steps = series.steps()
    except (StoreError, OSError) as error:
        yield f"{names}  {error}"
        return
    span = f"{_count(len(steps), 'step')}, {steps[0]} to {steps[-1]}" if steps else "no steps"
    ending = "  finished" if is_finished(location.path) else ""
    yield f"{names}  {_count(series.n_points, 'point')}  {span}{ending}"
    rows = [_describe_layout(series, name) for name in series.layout_names()]
    yield from (f"    {line}" for line in _align([_HEADER, *rows] if rows else []))


def describe_quality(sequence: "LayoutSequence") -> str:
    """What a new layout keeps and costs, in one line; what its method does not have is left out."""
    per_step, parameters = sequence.quality.per_step, sequence.parameters
    parts = [
        f"neighborhood preservation {_number(_mean(per_step['neighborhood_preservation']))}",
        f"trustworthiness {_number(_mean(per_step['trustworthiness']))}",
        f"coherence {_number(sequence.quality.temporal_coherence)}",
    ]
    if "distortion" in per_step:
        parts.append(f"distortion spent {_share(_mean(per_step['distortion']))}")
    if "explained_variance" in parameters:
        shares = " + ".join(f"{share:.0%}" for share in parameters["explained_variance"])
        parts.append(f"explained variance {shares}")
    return ", ".join(parts)


def _describe_layout(series: Series, name: str) -> tuple[str, ...]:
    try:
        layout = series.open_layout(name)
    except (StoreError, OSError, KeyError) as error:
        return name, str(error)
    return (
        layout.name,
        layout.method,
        str(layout.n_dims),
        str(len(layout.steps)),
        _number(_mean(layout.quality.get("neighborhood_preservation", []))),
        _number(_mean(layout.quality.get("trustworthiness", []))),
        _number(layout.parameters.get("temporal_coherence")),
        _share(_mean(layout.quality.get("distortion", []))),
    )


def _mean(values: "Iterable[float | None] | NDArray[np.floating]") -> float | None:
    """Over the steps where it is defined."""
    known = [value for value in values if _is_known(value)]
    return sum(known) / len(known) if known else None


def _number(value: float | None) -> str:
    return f"{value:.2f}" if _is_known(value) else _UNKNOWN


def _share(value: float | None) -> str:
    return f"{value:+.1%}" if _is_known(value) else _UNKNOWN


def _is_known(value: object) -> "TypeGuard[float]":
    return isinstance(value, float) and math.isfinite(value)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _align(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yields the rows with their columns below each other; a short row, which is a message, widens none but the first."""
    full = [row for row in rows if len(row) == len(_HEADER)]
    widths = (
        [max(len(row[column]) for row in (rows if column == 0 else full)) for column in range(len(_HEADER))] if rows else []
    )
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
