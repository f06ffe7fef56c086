"""Writing a series, step by step, from any training loop."""

import os
import time
from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike

from tb_embed_plugin.metadata import VERSION
from tb_embed_plugin.store import filesystem, paths
from tb_embed_plugin.store.documents import write_document
from tb_embed_plugin.store.finished import mark_finished, unmark_finished
from tb_embed_plugin.store.lock import WriterLock
from tb_embed_plugin.store.marker import write_marker
from tb_embed_plugin.store.metadata import write_metadata
from tb_embed_plugin.store.probe_set import ProbeSet
from tb_embed_plugin.store.projector import CONFIG_FILE, ProjectorTensor
from tb_embed_plugin.store.series import Series, list_tags
from tb_embed_plugin.store.snapshots import check_activations, check_per_point, delete_snapshot, write_snapshot
from tb_embed_plugin.store.sprites import write_sprites


class SeriesWriter:
    """Writes the snapshots of one probe set under one tag of one run.

        with SeriesWriter("logs/run1", "fc1", ProbeSet(n_points=500, labels=y_probe, images=x_probe)) as writer:
            for step in range(n_steps):
                ...
                writer.write_snapshot(step, activations, scalars={"loss": loss})

    A series that is there already is continued where it has the same probe set; while one writer lives, a second one is
    refused. `close`, or the end of the `with` block, tells `tb-embed layout --watch` that the training is over.
    """

    def __init__(
        self, log_dir: str | os.PathLike[str], tag: str, probe_set: ProbeSet, *, provenance: Mapping[str, Any] | None = None
    ) -> None:
        """Makes the series, or opens it to continue.

        Args:
            log_dir: The run's folder, local. Made where it is missing.
            tag: The series' name, unique in the run.
            probe_set: What is watched.
            provenance: JSON values kept beside the data, such as the layer's name.

        Raises:
            ValueError: `log_dir` is remote, or holds a series of this tag with another probe set.
            SeriesLockedError: Another writer of the series is alive.
        """
        run_dir = os.fspath(log_dir)
        filesystem.require_local(run_dir)
        self.tag = tag
        self.n_points = probe_set.n_points
        self._path = paths.series_path(run_dir, tag)
        os.makedirs(paths.snapshots_path(self._path), exist_ok=True)
        self._projector = ProjectorTensor(run_dir, self._path)
        self._lock = WriterLock(self._path)
        try:
            self._remove_remains()
            if tag in list_tags(run_dir):
                self._check_same(Series(self._path), probe_set)
            else:
                self._make_series(probe_set, provenance or {})
            unmark_finished(self._path)
            write_marker(run_dir, tag)
            filesystem.remove_partials(run_dir, CONFIG_FILE)
        except BaseException:
            self.release()
            raise

    def __enter__(self) -> "SeriesWriter":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        # A training that failed may be resumed.
        if kind is None:
            self.close()
        else:
            self.release()

    def close(self) -> None:
        """Marks the series as complete, and lets another writer in.

        Safe to call twice; a snapshot written later takes the mark away.
        """
        steps = self.steps()
        if steps:
            self._projector.finish(steps[-1])
        mark_finished(self._path)
        self.release()

    def release(self) -> None:
        """Lets another writer in, without saying that the series is complete: the training may be resumed."""
        self._lock.release()

    def steps(self) -> list[int]:
        """The steps already written, ascending."""
        return paths.list_steps(paths.snapshots_path(self._path))

    def discard_from(self, step: int) -> list[int]:
        """Deletes the snapshots from `step` on: a training that is resumed there makes them again.

        Layouts stay as they are.

        Returns:
            The steps that are gone, ascending.
        """
        self._take_lock()
        later = [written for written in self.steps() if written >= step]
        # The last first: whatever happens in between, what is left is a beginning.
        for written in reversed(later):
            delete_snapshot(self._path, written)
        return later

    def write_snapshot(
        self,
        step: int,
        activations: ArrayLike,
        *,
        scalars: Mapping[str, float] | None = None,
        per_point: Mapping[str, ArrayLike] | None = None,
    ) -> None:
        """Writes the activations of the probe set at one step.

        Args:
            step: Training step, 0 or greater; a step that is there already is refused.
            activations: Real numbers, shape (n_points, n_features). Stored as float32, or as float16 if they are that.
            scalars: Training scalars of that step, such as loss and accuracy.
            per_point: What was measured of each point at that step, name → shape (n_points,). The tab knows "prediction" (class
                index), "confidence" (probability of that class) and "loss".

        Raises:
            ValueError: The shape is wrong, or the step is there already.
            SeriesLockedError: This writer was closed, and another one has the series now.
        """
        if step < 0:
            raise ValueError(f"Step {step} is negative; training steps count from 0.")
        self._take_lock()
        if step in self.steps():
            raise ValueError(f"Step {step} of {self.tag!r} is written already. Count on, or write to a new log_dir or tag.")
        checked = check_activations(activations, step, self.n_points)
        columns = check_per_point(per_point or {}, step, self.n_points)
        unmark_finished(self._path)
        write_snapshot(self._path, step, checked, scalars or {}, columns)
        self._projector.show(step, checked)

    def _take_lock(self) -> None:
        if not self._lock.is_held:
            self._lock = WriterLock(self._path)

    def _remove_remains(self) -> None:
        """Removes what a killed writer left half written."""
        for folder in (self._path, paths.snapshots_path(self._path), paths.sprites_path(self._path)):
            filesystem.remove_partials(folder)

    def _make_series(self, probe_set: ProbeSet, provenance: Mapping[str, Any]) -> None:
        if probe_set.columns:
            write_metadata(os.path.join(self._path, paths.METADATA_FILE), probe_set.columns)
        sprites = None
        if probe_set.images is not None:
            os.makedirs(paths.sprites_path(self._path), exist_ok=True)
            sprites = write_sprites(paths.sprites_path(self._path), probe_set.images, probe_set.max_thumbnail_side)
        # Last: with this file the series exists.
        document = {
            "tag": self.tag,
            "n_points": probe_set.n_points,
            "columns": [{"name": column.name, "kind": column.kind} for column in probe_set.columns],
            "class_names": None if probe_set.class_names is None else [str(name) for name in probe_set.class_names],
            "sprites": sprites.as_document() if sprites else None,
            "probe_set": probe_set.fingerprint(),
            "provenance": {"tb_embed_plugin": VERSION, "wall_time": time.time(), **provenance},
        }
        write_document(os.path.join(self._path, paths.SERIES_FILE), document)

    def _check_same(self, series: Series, probe_set: ProbeSet) -> None:
        if series.fingerprint != probe_set.fingerprint():
            raise ValueError(
                f"{self._path} holds snapshots of another probe set ({series.n_points} points, this one has "
                f"{probe_set.n_points}). Use the same inputs, labels and images, or write to a new log_dir or tag."
            )
