"""What there is: every series with its layouts, and how far it is."""

import contextlib
import functools
import os
import time
from collections.abc import Iterator
from typing import Any

from tb_embed_plugin.replies.measures import series_measures
from tb_embed_plugin.store import (
    Column,
    LayoutProgress,
    MissingLayoutError,
    Series,
    SeriesLocation,
    StoredLayout,
    StoreError,
    filesystem,
    is_finished,
    paths,
    read_guests,
    read_layout_status,
    without_non_finite,
)
from tb_embed_plugin.store.ideal_inputs import list_ideal_inputs

_SILENT_AFTER = 900.0
"""Seconds after which a layout that nobody has reported on is taken for its dead maker's."""


def describe_series(location: SeriesLocation) -> dict[str, Any]:
    """Returns one entry of the listing; one that cannot be read says why."""
    names = {"run": location.run, "tag": location.tag}
    try:
        series = Series(location.path)
        steps = series.steps()
        return {
            **names,
            "n_points": series.n_points,
            "steps": steps,
            "columns": [{"name": name, "kind": kind} for name, kind in series.kinds.items()],
            "class_names": series.class_names,
            "measures": _measures_of_series(series.path, series.made_at, steps[-1]) if steps else (),
            "sprites": series.sprites.as_document() if series.sprites else None,
            "ideal_inputs": list_ideal_inputs(series.path),
            "layouts": list(_describe_layouts(series)),
            "status": _describe_status(series, steps),
        }
    except (StoreError, OSError, KeyError) as error:
        return {**names, "error": str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)}


def describe_column(column: Column) -> dict[str, Any]:
    """Returns one metadata column with its values."""
    description: dict[str, Any] = {"name": column.name, "kind": column.kind}
    if column.kind == "categorical":
        categories, codes = column.categories()
        return {**description, "categories": categories, "codes": codes.tolist()}
    if column.kind in ("number", "date"):
        return {**description, "values": without_non_finite(column.numbers().tolist())}
    return {**description, "values": list(column.values)}


def _describe_layouts(series: Series) -> Iterator[dict[str, Any]]:
    # The tab opens the first: what follows the training while there is such a thing, else the joint layout.
    preferred = {"live": 0, "tsne": 1}
    for name in sorted(series.layout_names(), key=lambda name: (preferred.get(name, 2), name)):
        # A live layout may be deleted between the listing and here: then there is one less.
        with contextlib.suppress(FileNotFoundError, MissingLayoutError):
            yield _describe_layout(series, series.open_layout(name))


def _describe_layout(series: Series, layout: StoredLayout) -> dict[str, Any]:
    guests = read_guests(layout)
    return {
        "name": layout.name,
        "method": layout.method,
        "version": layout.version,
        "n_dims": layout.n_dims,
        "steps": layout.steps,
        "guests": guests.version if guests else None,
        "measures": _measures_of_layout(series.path, layout.name, layout.version, layout.steps[-1]) if layout.steps else (),
    }


def _describe_status(series: Series, steps: list[int]) -> dict[str, Any]:
    making, failed = read_layout_status(series.path)
    making = [progress for progress in making if time.time() - progress.wall_time < _SILENT_AFTER]
    return {
        "state": _name_state(making, bool(failed), is_finished(series.path)),
        "is_finished": is_finished(series.path),
        "last_capture": _time_of_snapshot(series, steps[-1]) if steps else None,
        "laying_out": [
            {"layout": it.layout, "stage": it.stage, "done": it.done, "total": it.total, "wall_time": it.wall_time}
            for it in making
        ],
        "failed": [{"layout": it.layout, "reason": it.reason, "wall_time": it.wall_time} for it in failed],
    }


def _name_state(making: list[LayoutProgress], has_failed: bool, has_finished: bool) -> str:
    if making:
        return "laying out"
    if has_failed:
        return "failed"
    return "finished" if has_finished else "capturing"


def _time_of_snapshot(series: Series, step: int) -> float | None:
    path = filesystem.join(paths.snapshots_path(series.path), paths.step_file(step))
    # Of remote files it would take a request each.
    return None if filesystem.is_remote(path) else os.stat(path).st_mtime


@functools.lru_cache(maxsize=4096)
def _measures_of_series(path: str, *_as_of: object) -> tuple[str, ...]:
    """The measures of a series; `_as_of` is what they may depend on: read once, for a remote snapshot is large."""
    return tuple(series_measures(Series(path)))


@functools.lru_cache(maxsize=4096)
def _measures_of_layout(path: str, name: str, *_as_of: object) -> tuple[str, ...]:
    """The measures of a layout, likewise."""
    return tuple(StoredLayout(path, name).measures())
