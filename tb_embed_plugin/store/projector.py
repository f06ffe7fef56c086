"""TensorBoard's built-in Projector: each series' newest snapshot is one of its tensors.

The Projector reads `<run>/projector_config.pbtxt`, which it shares with every other callback of the run. One broken entry
there breaks its tab for all runs, so that an entry is listed only while its files are there.
"""

import codecs
import os
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.metadata import PLUGIN_NAME
from tb_embed_plugin.store import filesystem, paths
from tb_embed_plugin.store.series import Series
from tb_embed_plugin.store.snapshots import read_snapshot

CONFIG_FILE = "projector_config.pbtxt"
TENSOR_FILE = "projector.tensor"

MAX_ENTRIES = 8
"""Of ours in a run: the Projector parses the files of all entries before it shows one."""

_LARGE = 1 << 26
"""Bytes; larger snapshots are written a second time only at first and when the series is closed."""

_TOO_LARGE = 1 << 29
"""Bytes; larger snapshots are more than the Projector's page can hold."""

_BYTES_AT_ONCE = 1 << 18


class ProjectorTensor:
    """Keeps one series' newest snapshot listed in the Projector. Never raises for what happens to files: it warns, once."""

    def __init__(self, run_dir: str, series: str) -> None:
        """Lists nothing yet.

        Args:
            run_dir: The run's folder, local.
            series: The series' folder, within it.
        """
        self._run_dir = run_dir
        self._series = series
        self._shown: int | None = None
        self._has_warned = False

    def show(self, step: int, activations: NDArray[np.floating]) -> None:
        """Shows a snapshot, unless it is too large, or a large one that can wait until `finish`.

        Args:
            step: Its step.
            activations: shape (n_points, n_features). One that is not finite throughout is passed over: the Projector's page
                cannot compute with it, and the one before stays.
        """
        if self._shown is None or 4 * activations.size <= _LARGE:
            self._try(step, activations)

    def finish(self, step: int) -> None:
        """Shows the last snapshot of a series, `step`, where `show` has not."""
        if step != self._shown:
            self._try(step, None)

    def _try(self, step: int, activations: NDArray[np.floating] | None) -> None:
        try:
            if activations is None:
                activations = read_snapshot(self._series, step).activations
            if 4 * activations.size <= _TOO_LARGE and activations.size and _is_finite(activations):
                _write_tensor(os.path.join(self._series, TENSOR_FILE), activations)
                _list_tensor(self._run_dir, self._series, activations.shape)
                self._shown = step
        except Exception as error:  # the Projector is worth no snapshot, and no training
            if not self._has_warned:
                self._has_warned = True
                warnings.warn(
                    f"TensorBoard's Projector will not show {self._series} as of step {step}: {type(error).__name__}: {error} "
                    "The series itself is complete.",
                    RuntimeWarning,
                    stacklevel=2,
                )


def _is_finite(activations: NDArray[np.floating]) -> bool:
    return all(np.isfinite(part).all() for part in _parts(activations))


def _parts(activations: NDArray[np.floating]) -> Iterator[NDArray[np.floating]]:
    # Some rows at a time: the training's memory has room for two snapshots, not three.
    n_rows = max(1, _BYTES_AT_ONCE // (4 * activations.shape[1]))
    return (activations[first : first + n_rows] for first in range(0, len(activations), n_rows))


def _write_tensor(path: str, activations: NDArray[np.floating]) -> None:
    is_text = _would_be_taken_for_text(activations)
    with filesystem.open_atomically(path) as file:
        for number, part in enumerate(_parts(activations)):
            if is_text and activations[0, 0] != 0:
                # Nine digits tell every float32 from its neighbors.
                np.savetxt(file, part, fmt="%.9g", delimiter="\t")
                continue
            values = np.array(part, dtype="<f4") if is_text and number == 0 else np.ascontiguousarray(part, dtype="<f4")
            if is_text and number == 0:
                # The same number, but its last byte, 80, begins no character.
                values[0, 0] = -0.0
            file.write(values.data)


def _would_be_taken_for_text(activations: NDArray[np.floating]) -> bool:
    """Whether the bytes begin with a line of valid UTF-8, as those of a snapshot of zeros do.

    The Projector takes a file for tab-separated text until a line cannot be decoded; text it then fails to parse.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    for part in _parts(activations):
        line, newline, _ = np.ascontiguousarray(part, dtype="<f4").tobytes().partition(b"\n")
        try:
            decoder.decode(line, final=bool(newline))
        except UnicodeDecodeError:
            return False
        if newline:
            return True
    return True


def _list_tensor(run_dir: str, series: str, shape: tuple[int, ...]) -> None:
    # Imported here: readers never need it. Of TensorBoard's plugins it is the message's definition alone.
    from google.protobuf import text_format
    from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

    path = os.path.join(run_dir, CONFIG_FILE)
    before = filesystem.read_bytes(path).decode() if os.path.isfile(path) else ""
    config = text_format.Parse(before, ProjectorConfig())
    tensor_path = _relative(run_dir, series, TENSOR_FILE)
    kept = [entry for entry in config.embeddings if entry.tensor_path != tensor_path and _is_alive(run_dir, entry)]
    del config.embeddings[:]
    config.embeddings.extend(kept)
    if sum(_is_ours(entry) for entry in kept) < MAX_ENTRIES:
        _describe(config.embeddings.add(), run_dir, Series(series), shape)
    after = text_format.MessageToString(config)
    if after != before:
        filesystem.write_atomically(path, after.encode())


def _describe(entry: Any, run_dir: str, series: Series, shape: tuple[int, ...]) -> None:
    # Not the bare tag, which may be the name of a variable in a checkpoint of the same run.
    entry.tensor_name = f"{series.tag} (newest snapshot)"
    entry.tensor_path = _relative(run_dir, series.path, TENSOR_FILE)
    entry.tensor_shape.extend(shape)
    if series.kinds:
        entry.metadata_path = _relative(run_dir, series.path, paths.METADATA_FILE)
    # The Projector takes one page; points of several are shown as dots.
    if series.sprites and len(series.sprites.pages) == 1:
        entry.sprite.image_path = _relative(run_dir, paths.sprites_path(series.path), series.sprites.pages[0].file)
        entry.sprite.single_image_dim.extend(series.sprites.thumbnail_size)


def _is_ours(entry: Any) -> bool:
    return str(entry.tensor_path).startswith(f"plugins/{PLUGIN_NAME}/")


def _is_alive(run_dir: str, entry: Any) -> bool:
    return not _is_ours(entry) or os.path.isfile(os.path.join(run_dir, entry.tensor_path))


def _relative(run_dir: str, folder: str, name: str) -> str:
    # The Projector refuses paths that are absolute; it takes forward slashes on every platform.
    return os.path.relpath(os.path.join(folder, name), run_dir).replace(os.sep, "/")
