"""How far the making of a layout is, and why the last one failed: files that whoever lays out leaves for whoever waits."""

import contextlib
import os
import re
import time
from dataclasses import dataclass

from tb_embed_plugin.store import filesystem, paths
from tb_embed_plugin.store.documents import read_document, write_document
from tb_embed_plugin.store.errors import StoreError

_STATUS_FILE = re.compile(r"\.(?P<name>.+)\.(?P<kind>progress|failed)\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutProgress:
    """A layout that is being made, as it was at `wall_time` (seconds since the epoch): `done` of `total` parts of a stage."""

    layout: str
    stage: str
    done: int
    total: int
    wall_time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutFailure:
    """A layout that could not be made."""

    layout: str
    reason: str
    wall_time: float


def write_progress(series: str, layout: str, stage: str, done: int, total: int) -> None:
    """Says how far a layout is."""
    content = {"stage": stage, "done": done, "total": total, "wall_time": time.time()}
    write_document(_make_path(series, layout, "progress"), content)


def write_failure(series: str, layout: str, reason: str) -> None:
    """Says why a layout was given up; it stays until the next one of that name succeeds."""
    write_document(_make_path(series, layout, "failed"), {"reason": reason, "wall_time": time.time()})


def clear_progress(series: str, layout: str) -> None:
    """Says that nobody is at work on a layout any more."""
    _remove(_make_path(series, layout, "progress"))


def clear_failure(series: str, layout: str) -> None:
    """Says that what had failed has succeeded."""
    _remove(_make_path(series, layout, "failed"))


def read_layout_status(series: str) -> tuple[list[LayoutProgress], list[LayoutFailure]]:
    """Returns what is being laid out and what failed, by name. A file that vanishes or is damaged says nothing."""
    making: list[LayoutProgress] = []
    failed: list[LayoutFailure] = []
    folder = paths.layouts_path(series)
    for match in filter(None, map(_STATUS_FILE.fullmatch, filesystem.list_directory(folder))):
        name = paths.decode_name(match["name"])
        with contextlib.suppress(FileNotFoundError, StoreError, KeyError, TypeError, ValueError):
            document = read_document(filesystem.join(folder, match[0]))
            wall_time = float(document["wall_time"])
            if match["kind"] == "failed":
                failed.append(LayoutFailure(layout=name, reason=str(document["reason"]), wall_time=wall_time))
            else:
                done, total = int(document["done"]), int(document["total"])
                stage = str(document["stage"])
                making.append(LayoutProgress(layout=name, stage=stage, done=done, total=total, wall_time=wall_time))
    return making, failed


def _make_path(series: str, layout: str, kind: str) -> str:
    filesystem.require_local(series)
    folder = paths.layouts_path(series)
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, f".{paths.encode_name(layout)}.{kind}.json")


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
