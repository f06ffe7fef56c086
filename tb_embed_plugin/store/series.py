"""Finding and reading series."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from numpy.typing import NDArray

from tb_embed_plugin.metadata import PLUGIN_NAME
from tb_embed_plugin.store import filesystem, paths
from tb_embed_plugin.store.documents import read_document
from tb_embed_plugin.store.errors import FormatError, MissingLayoutError, StoreError
from tb_embed_plugin.store.layouts import StoredLayout, list_layouts, look_again
from tb_embed_plugin.store.metadata import LABEL_COLUMN, Column, Kind, check_kind, read_metadata
from tb_embed_plugin.store.snapshots import (
    Snapshot,
    SnapshotFacts,
    list_per_point,
    read_facts,
    read_per_point,
    read_snapshot,
)
from tb_embed_plugin.store.sprites import Sprites

_Content = TypeVar("_Content")


class Series:
    """A reader of one series: the snapshots, layouts, metadata and sprites of one tag of one run.

    Cheap to make: everything but `series.json` is read when asked for, and steps are listed anew each time, so that a
    reader sees what a running training adds.
    """

    def __init__(self, path: str) -> None:
        """Opens the series in folder `path`.

        Raises:
            FileNotFoundError: There is no series there.
            FormatError: It is damaged, or of a newer format version.
        """
        self.path = path
        document = read_document(filesystem.join(path, paths.SERIES_FILE))
        try:
            self.tag = str(document["tag"])
            self.n_points = int(document["n_points"])
            self.fingerprint = str(document["probe_set"])
            self.provenance: dict[str, Any] = dict(document["provenance"])
            # Tells a series from one that was there before under the same name.
            self.made_at = float(self.provenance.get("wall_time", 0))
            self.kinds: dict[str, Kind] = {column["name"]: check_kind(column["kind"]) for column in document["columns"]}
            names = document.get("class_names")
            self.class_names: list[str] | None = None if names is None else [str(name) for name in names]
            self.sprites = Sprites.from_document(document["sprites"]) if document["sprites"] else None
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"{path}/{paths.SERIES_FILE} is damaged ({error!r}). Capture the series anew.") from error

    def steps(self) -> list[int]:
        """The steps that have a snapshot, ascending."""
        return paths.list_steps(paths.snapshots_path(self.path))

    def read_snapshot(self, step: int) -> Snapshot:
        """Reads one snapshot.

        Raises:
            KeyError: There is no snapshot at that step.
        """
        return self._of_step(read_snapshot, step)

    def read_per_point(self, step: int) -> dict[str, NDArray[Any]]:
        """Reads the per-point columns of one snapshot (see `Snapshot.per_point`) without its activations.

        Raises:
            KeyError: There is no snapshot at that step.
        """
        return self._of_step(read_per_point, step)

    def per_point_names(self) -> list[str]:
        """The names of the per-point columns that the first or the last snapshot has."""
        steps = self.steps()
        return sorted({name for step in {*steps[:1], *steps[-1:]} for name in self._of_step(list_per_point, step)})

    def read_facts(self, step: int) -> SnapshotFacts:
        """Reads a snapshot's time and scalars, without its arrays.

        Raises:
            KeyError: There is no snapshot at that step.
        """
        return self._of_step(read_facts, step)

    def _of_step(self, read: Callable[[str, int], _Content], step: int) -> _Content:
        try:
            return read(self.path, step)
        except FileNotFoundError as error:
            raise KeyError(f"No snapshot at step {step}; there are {self.steps()}.") from error

    @cached_property
    def columns(self) -> list[Column]:
        """The metadata columns."""
        return read_metadata(filesystem.join(self.path, paths.METADATA_FILE), self.kinds, self.n_points)

    def label_names(self) -> list[str]:
        """Each point's label, or "" where it has none."""
        labels = [column.values for column in self.columns if column.name == LABEL_COLUMN]
        return list(labels[0]) if labels else [""] * self.n_points

    def read_sprite(self, page: int) -> bytes:
        """Reads one sprite page as PNG bytes.

        Raises:
            KeyError: There is no such page.
        """
        pages = self.sprites.pages if self.sprites else ()
        if not 0 <= page < len(pages):
            raise KeyError(f"No sprite page {page}; there are {len(pages)}.")
        return filesystem.read_bytes(self.confined(filesystem.join(paths.sprites_path(self.path), pages[page].file)))

    def layout_names(self) -> list[str]:
        return list_layouts(self.path)

    def open_layout(self, name: str) -> StoredLayout:
        """Opens a layout by name.

        Raises:
            KeyError: There is no such layout.
        """
        return look_again(lambda: self._open_layout(name))

    def _open_layout(self, name: str) -> StoredLayout:
        # Also asked again: a listing made between the two renames of a replacement can miss both names.
        if name not in self.layout_names():
            raise MissingLayoutError(f"No layout {name!r}; there are {self.layout_names()}.")
        return StoredLayout(self.path, name)

    def confined(self, path: str) -> str:
        """Returns `path`, or raises `StoreError` where a link leads out of the series' folder."""
        if not filesystem.resolves_inside(path, self.path):
            raise StoreError(f"{path} leads out of {self.path}, so it is not read.")
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesLocation:
    """Where a series is: `run` as TensorBoard names it, `tag`, and its folder."""

    run: str
    tag: str
    path: str


def open_series(log_dir: str, tag: str | None = None) -> Series:
    """Opens the series of a run.

    Args:
        log_dir: The run's folder.
        tag: Which series; may be left out where there is one.

    Raises:
        KeyError: There is no such series, or several to choose from.
    """
    tags = list_tags(log_dir)
    if tag is None and len(tags) == 1:
        tag = tags[0]
    if tag not in tags:
        asked = "No tag was named" if tag is None else f"No series {tag!r}"
        raise KeyError(f"{asked} in {log_dir!r}; it holds {tags or 'none'}.")
    return Series(paths.series_path(log_dir, tag))


def list_tags(run_dir: str) -> list[str]:
    """The tags of a run that have a series."""
    root = paths.series_root(run_dir)
    folders = filesystem.list_directory(root)
    return [
        paths.decode_name(folder)
        for folder in folders
        if not folder.startswith(".") and filesystem.is_file(filesystem.join(root, folder, paths.SERIES_FILE))
    ]


def find_series(log_dir: str) -> Iterator[SeriesLocation]:
    """Yields every series below a log directory, however deep; `log_dir` itself may be a run, named "."."""
    for directory, subdirectories in filesystem.walk_directories(log_dir, skip=PLUGIN_NAME):
        if "plugins" not in subdirectories:
            continue
        run = directory[len(log_dir) :].replace("\\", "/").strip("/") or "."
        for tag in list_tags(directory):
            yield SeriesLocation(run=run, tag=tag, path=paths.series_path(directory, tag))
