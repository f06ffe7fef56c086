"""Layouts on disk: positions and per-point quality of every step, made together."""

import contextlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.store import filesystem, paths
from tb_embed_plugin.store.documents import read_document, write_document
from tb_embed_plugin.store.errors import FormatError, MissingLayoutError
from tb_embed_plugin.store.tensors import list_tensors, read_tensors, write_tensors

_Result = TypeVar("_Result")

_REPLACED = ".replaced"
_PARTIAL = ".partial"

_ABANDONED_AFTER = 3600.0
"""Seconds without a new file after which a layout that was never committed is taken for its dead writer's."""

_N_TRIES = 5
_TRY_AGAIN_AFTER = 0.01
"""Seconds. A layout may be swapped for another between two system calls: who misses it tries again."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredFrame:
    """One step of a stored layout.

    Attributes:
        positions: float32, shape (n_points, n_dims); nan where a point has no place.
        per_point: measure → float32, shape (n_points,), such as `neighborhood_preservation` and `movement`.
    """

    positions: NDArray[np.float32]
    per_point: dict[str, NDArray[np.float32]]


class StoredLayout:
    """A reader of one layout.

    Attributes:
        method: What made it, e.g. "tsne".
        version: Changes whenever positions may have changed.
        frames_version: What the frames' files carry; other than `version` in a layout that grows.
        n_dims: 2 or 3.
        steps: The steps that are laid out, ascending.
        parameters: What the method was told.
        extent: float64, shape (2, n_dims): least and greatest position on each axis, over all steps.
        quality: measure → one number (or None) per step.
        snapshot_times: step → `wall_time` of the snapshot that it shows, None where that is not known: one that a training
            has made anew since has another.
    """

    def __init__(self, series: str, name: str) -> None:
        """Opens a layout.

        Raises:
            FileNotFoundError: There is none of that name.
            FormatError: It is damaged, or of a newer format version.
        """
        self.name = name
        self.path, document = look_again(lambda: _find_document(series, name))
        try:
            self.method = str(document["method"])
            self.version = str(document["version"])
            # A layout that grows keeps its frames while its extent, and with it the version, changes.
            self.frames_version = str(document.get("frames_version", self.version))
            self.n_dims = int(document["n_dims"])
            self.steps = [int(step) for step in document["steps"]]
            self.parameters: dict[str, Any] = dict(document["parameters"])
            self.extent = np.array([document["extent"]["min"], document["extent"]["max"]], dtype=np.float64)
            self.quality = {measure: [_number(value) for value in values] for measure, values in document["quality"].items()}
            times = document.get("snapshot_times") or [None] * len(self.steps)
            self.snapshot_times = {step: _number(time) for step, time in zip(self.steps, times, strict=True)}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise FormatError(f"{self.path}/{paths.LAYOUT_FILE} is damaged ({error!r}). Lay out the series anew.") from error

    def read_frame(self, step: int) -> StoredFrame:
        """Reads one step.

        Raises:
            KeyError: The layout has no such step.
            MissingLayoutError: The layout was replaced or removed since it was opened: open it anew.
        """
        tensors = self._read(step, lambda _: True)
        return StoredFrame(positions=tensors.pop("positions"), per_point=tensors)

    def read_positions(self, step: int) -> NDArray[np.float32]:
        """Reads the positions of one step only; raises as `read_frame` does."""
        return self._read(step, "positions".__eq__)["positions"]

    def read_measure(self, step: int, measure: str) -> NDArray[np.float32] | None:
        """Reads one per-point measure of one step, or None where that step lacks it; raises as `read_frame` does."""
        return self._read(step, measure.__eq__).get(measure)

    def measures(self) -> list[str]:
        """The per-point measures that any step may have: the first step lacks those that compare with an earlier one."""
        names: set[str] = set()
        for step in {*self.steps[:1], *self.steps[-1:]}:
            with contextlib.suppress(FileNotFoundError):
                names |= set(list_tensors(filesystem.join(self.path, paths.step_file(step))))
        return sorted(names - {"positions"})

    def _read(self, step: int, wanted: Callable[[str], bool]) -> dict[str, NDArray[np.float32]]:
        if step not in self.steps:
            raise KeyError(f"Layout {self.name!r} has no step {step}; it has {self.steps}.")
        try:
            tensors, metadata = read_tensors(filesystem.join(self.path, paths.step_file(step)), wanted)
        except FileNotFoundError as error:
            raise MissingLayoutError(f"Layout {self.name!r} was replaced while it was read.") from error
        if metadata.get("version") != self.frames_version:
            raise MissingLayoutError(f"Layout {self.name!r} was replaced while it was read.")
        return tensors

    def file_names(self) -> list[str]:
        """The names of all files of the layout."""
        return filesystem.list_directory(self.path)

    def read_file(self, name: str) -> bytes:
        """Reads what `LayoutWriter.write_file` wrote."""
        return filesystem.read_bytes(filesystem.join(self.path, name))


class LayoutWriter:
    """Writes a layout aside, then puts it in the place of the one of that name, if any, in one go.

    Until `commit`, readers see what was there before; a writer that dies leaves that as it was.
    """

    def __init__(self, series: str, name: str) -> None:
        filesystem.require_local(series)
        self._folder = os.path.join(paths.layouts_path(series), paths.encode_name(name))
        self._version = uuid.uuid4().hex
        self._partial = os.path.join(paths.layouts_path(series), f".{paths.encode_name(name)}.{self._version}{_PARTIAL}")
        self._least: list[NDArray[np.float32]] = []
        self._greatest: list[NDArray[np.float32]] = []
        self._steps: list[int] = []
        _remove_abandoned(series, name)
        os.makedirs(self._partial)

    def __enter__(self) -> "LayoutWriter":
        return self

    def __exit__(self, *_: object) -> None:
        # After a commit there is nothing left to remove.
        shutil.rmtree(self._partial, ignore_errors=True)

    def write_frame(self, step: int, positions: NDArray[np.float32], per_point: Mapping[str, NDArray[np.float32]]) -> None:
        """Writes one step: positions (n_points, n_dims), and per-point measures (n_points,)."""
        metadata = {"step": str(step), "version": self._version}
        write_tensors(os.path.join(self._partial, paths.step_file(step)), {"positions": positions, **per_point}, metadata)
        placed = positions[np.isfinite(positions).all(axis=1)]
        if len(placed):
            self._least.append(placed.min(axis=0))
            self._greatest.append(placed.max(axis=0))
        self._steps.append(step)

    def write_file(self, name: str, content: bytes) -> None:
        """Writes what belongs to the layout beside its steps, such as the map that places further points."""
        filesystem.write_atomically(os.path.join(self._partial, name), content)

    def commit(
        self,
        *,
        method: str,
        n_dims: int,
        parameters: Mapping[str, Any],
        quality: Mapping[str, Sequence[float]],
        snapshot_times: Mapping[int, float | None] | None = None,
    ) -> None:
        """Makes the layout visible under its name, replacing what was there; the arguments are as in `StoredLayout`."""
        nowhere = [np.zeros(n_dims, dtype=np.float32)]
        extent = {
            "min": np.min(self._least or nowhere, axis=0).tolist(),
            "max": np.max(self._greatest or nowhere, axis=0).tolist(),
        }
        document = {
            "method": method,
            "version": self._version,
            "n_dims": n_dims,
            "steps": sorted(self._steps),
            "extent": extent,
            "parameters": dict(parameters),
            "quality": {measure: [float(value) for value in values] for measure, values in quality.items()},
            "snapshot_times": [(snapshot_times or {}).get(step) for step in sorted(self._steps)],
        }
        write_document(os.path.join(self._partial, paths.LAYOUT_FILE), document)
        # Another process may be putting its own there: the last one stays.
        _try_again(lambda: _replace_folder(self._partial, self._folder), OSError)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _replace_folder(new: str, folder: str) -> None:
    # Folders cannot be exchanged in one portable call. Between the two renames the old one is found under its other
    # name (see `_find_folder`), so that a crash there loses nothing.
    replaced = _replaced_name(folder)
    if os.path.isdir(folder):
        shutil.rmtree(replaced, ignore_errors=True)
        os.rename(folder, replaced)
    os.rename(new, folder)
    filesystem.sync_directory(os.path.dirname(folder))
    with contextlib.suppress(OSError):
        shutil.rmtree(replaced)


def delete_layout(series: str, name: str) -> None:
    """Removes a layout, in one go for its readers; nothing where there is none."""
    filesystem.require_local(series)
    folder = os.path.join(paths.layouts_path(series), paths.encode_name(name))
    shutil.rmtree(_replaced_name(folder), ignore_errors=True)
    doomed = os.path.join(paths.layouts_path(series), f".{paths.encode_name(name)}.{uuid.uuid4().hex}{_PARTIAL}")
    with contextlib.suppress(FileNotFoundError):
        os.rename(folder, doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _remove_abandoned(series: str, name: str) -> None:
    # By age, not by process id: the dead writer may have been on another machine.
    folder = paths.layouts_path(series)
    abandoned = re.compile(re.escape(f".{paths.encode_name(name)}.") + "[0-9a-f]{32}" + re.escape(_PARTIAL))
    for entry in filter(abandoned.fullmatch, filesystem.list_directory(folder)):
        path = os.path.join(folder, entry)
        with contextlib.suppress(OSError):
            if time.time() - os.stat(path).st_mtime > _ABANDONED_AFTER:
                shutil.rmtree(path)


def _replaced_name(folder: str) -> str:
    directory, name = os.path.split(folder)
    return filesystem.join(directory, f".{name}{_REPLACED}")


def _find_folder(series: str, name: str) -> str:
    folder = filesystem.join(paths.layouts_path(series), paths.encode_name(name))
    replaced = _replaced_name(folder)
    return replaced if not filesystem.is_directory(folder) and filesystem.is_directory(replaced) else folder


def _find_document(series: str, name: str) -> tuple[str, dict[str, Any]]:
    folder = _find_folder(series, name)
    return folder, read_document(filesystem.join(folder, paths.LAYOUT_FILE))


def look_again(look: Callable[[], _Result]) -> _Result:
    """Returns what `look` does, calling it up to five times where a layout seems missing or to have been replaced."""
    return _try_again(look, FileNotFoundError, MissingLayoutError)


def _try_again(work: Callable[[], _Result], *errors: type[Exception]) -> _Result:
    for _ in range(_N_TRIES - 1):
        with contextlib.suppress(*errors):
            return work()
        time.sleep(_TRY_AGAIN_AFTER)
    return work()


def list_layouts(series: str) -> list[str]:
    """The names of a series' layouts."""
    folders = filesystem.list_directory(paths.layouts_path(series))
    names = {folder for folder in folders if not folder.startswith(".")}
    names |= {folder[1 : -len(_REPLACED)] for folder in folders if folder.startswith(".") and folder.endswith(_REPLACED)}
    return sorted(paths.decode_name(name) for name in names)
