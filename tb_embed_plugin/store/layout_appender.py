"""Layouts that grow while training runs: frames are added, and none is ever changed.

A frame's file is its commit, and carries its own quality. `layout.json` only sums the frames up for readers and is written
anew after each: a writer that dies between the two loses nothing, for the next one takes the frame in.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.store import filesystem, paths
from tb_embed_plugin.store.documents import without_non_finite, write_document
from tb_embed_plugin.store.errors import StoreError
from tb_embed_plugin.store.layouts import LayoutWriter, StoredFrame, StoredLayout
from tb_embed_plugin.store.tensors import read_tensors, write_tensors

_MARGIN = 0.25
"""Room on every side of the extent, as a share of it: whoever shows the layout has to fetch all of it anew when it grows."""


class LayoutAppender:
    """Adds frames to a layout; one appender at a time.

    Attributes:
        steps: The steps that are there, ascending.
    """

    def __init__(self, series: str, name: str, *, method: str, n_dims: int, parameters: Mapping[str, Any]) -> None:
        """Continues the layout of that name, or begins it anew where it is absent, of another kind, or damaged."""
        self._series, self._name = series, name
        self._kind: dict[str, Any] = {"method": method, "n_dims": n_dims, "parameters": dict(without_non_finite(parameters))}
        stored = self._open()
        if stored is None:
            with LayoutWriter(series, name) as writer:
                writer.commit(method=method, n_dims=n_dims, parameters=parameters, quality={})
            stored = StoredLayout(series, name)
        self._path = stored.path
        self._frames_version = stored.frames_version
        self._extent: NDArray[np.float64] | None = stored.extent if stored.steps else None
        self._quality: dict[int, dict[str, float | None]] = {}
        self._times: dict[int, float | None] = {}
        self._take_in_frames()

    @property
    def steps(self) -> list[int]:
        return sorted(self._quality)

    def read_frame(self, step: int) -> StoredFrame:
        """Reads a frame that is there."""
        return StoredLayout(self._series, self._name).read_frame(step)

    def append(
        self,
        step: int,
        positions: NDArray[np.float32],
        per_point: Mapping[str, NDArray[np.float32]],
        quality: Mapping[str, float],
        *,
        snapshot_time: float | None = None,
    ) -> None:
        """Adds a frame.

        Args:
            step: Later than all that are there.
            positions: float32, shape (n_points, n_dims).
            per_point: measure → float32, shape (n_points,).
            quality: measure → a number of the whole step.
            snapshot_time: `wall_time` of the snapshot that it shows.

        Raises:
            ValueError: The step is not later than the last.
            StoreError: The layout was removed or replaced by another process.
        """
        if self._quality and step <= self.steps[-1]:
            raise ValueError(f"Layout {self._name!r} reaches to step {self.steps[-1]}; step {step} cannot be added.")
        self._check_owner()
        measured = {measure: float(value) for measure, value in quality.items()}
        metadata = {
            "step": str(step),
            "version": self._frames_version,
            "quality": json.dumps(without_non_finite(measured)),
            "snapshot_time": json.dumps(snapshot_time),
        }
        write_tensors(os.path.join(self._path, paths.step_file(step)), {"positions": positions, **per_point}, metadata)
        self._take_in(step, positions, without_non_finite(measured), snapshot_time)
        self._write_summary()

    def _open(self) -> StoredLayout | None:
        try:
            stored = StoredLayout(self._series, self._name)
        except (FileNotFoundError, StoreError):
            return None
        kind = {"method": stored.method, "n_dims": stored.n_dims, "parameters": stored.parameters}
        return stored if kind == self._kind else None

    def _take_in_frames(self) -> None:
        known = len(StoredLayout(self._series, self._name).steps)
        for name in filesystem.list_directory(self._path):
            # What a writer that was killed left half written.
            if name.startswith(".") and name.endswith(".partial"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(self._path, name))
        for step in paths.list_steps(self._path):
            tensors, metadata = read_tensors(os.path.join(self._path, paths.step_file(step)))
            if metadata.get("version") == self._frames_version:
                quality, time = (json.loads(metadata.get(name, "null")) for name in ("quality", "snapshot_time"))
                self._take_in(step, tensors["positions"], quality or {}, time)
        if len(self._quality) != known:
            self._write_summary()

    def _take_in(self, step: int, positions: NDArray[np.float32], quality: dict[str, float | None], time: float | None) -> None:
        self._quality[step], self._times[step] = quality, time
        placed = positions[np.isfinite(positions).all(axis=1)].astype(np.float64)
        if not len(placed):
            return
        least, greatest = placed.min(axis=0), placed.max(axis=0)
        if self._extent is None:
            self._extent = _widened(least, greatest)
        elif (least < self._extent[0]).any() or (greatest > self._extent[1]).any():
            self._extent = _widened(np.minimum(least, self._extent[0]), np.maximum(greatest, self._extent[1]))

    def _write_summary(self) -> None:
        extent = np.zeros((2, self._kind["n_dims"])) if self._extent is None else self._extent
        steps = self.steps
        measures = sorted({measure for quality in self._quality.values() for measure in quality})
        document = {
            **self._kind,
            # Readers keep the frames they have while the version stays; they are drawn within the extent.
            "version": f"{self._frames_version}-{hashlib.sha256(extent.tobytes()).hexdigest()[:8]}",
            "frames_version": self._frames_version,
            "steps": steps,
            "extent": {"min": extent[0].tolist(), "max": extent[1].tolist()},
            "quality": {measure: [self._quality[step].get(measure) for step in steps] for measure in measures},
            "snapshot_times": [self._times[step] for step in steps],
        }
        write_document(os.path.join(self._path, paths.LAYOUT_FILE), document)

    def _check_owner(self) -> None:
        stored = self._open()
        if stored is None or stored.frames_version != self._frames_version:
            raise StoreError(f"Layout {self._name!r} was removed or replaced by another process while this one added to it.")


def _widened(least: NDArray[np.float64], greatest: NDArray[np.float64]) -> NDArray[np.float64]:
    margin = _MARGIN * (greatest - least).max()
    return np.stack([least - margin, greatest + margin])
