"""Affinities that outlive the process: a layout that was interrupted, or that follows a live one, need not find them again.

They are kept under a digest of what they depend on: the snapshot's file, the perplexity, the metric, this version. So one of
another cannot be taken, and nothing needs to be invalidated.
"""

import contextlib
import functools
import hashlib
import os
import shutil
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tb_embed_plugin.layout import LayoutConfig
from tb_embed_plugin.layout.affinity import Affinities
from tb_embed_plugin.metadata import VERSION
from tb_embed_plugin.store import StoreError, filesystem, stat_snapshot
from tb_embed_plugin.store.tensors import read_tensors, write_tensors

_FOLDER = "cache"
_PREFIX = "affinities-"


class AffinityCache:
    """The affinities of some steps of a series, in a folder of the series."""

    def __init__(self, series: str, config: LayoutConfig) -> None:
        """Knows nothing yet of the steps; `config` says what else affinities depend on."""
        filesystem.require_local(series)
        self._series = series
        self._folder = os.path.join(series, _FOLDER)
        self._kind = f"{VERSION} {config.perplexity!r} {config.metric}"

    def of_step(self, step: int, compute: Callable[[], Affinities], points: NDArray[np.int64] | None = None) -> Affinities:
        """Returns the affinities of a training step: those that are kept, or else what `compute` gives.

        `points`: among which they are; None: among all.
        """
        path = os.path.join(self._folder, f"{_PREFIX}{self._digest(step, points)}.safetensors")
        kept = _read(path)
        if kept is not None:
            return kept
        affinities = compute()
        # A full disk or a read-only folder costs time, not the layout.
        with contextlib.suppress(OSError):
            os.makedirs(self._folder, exist_ok=True)
            _write(path, affinities)
        return affinities

    def _digest(self, step: int, points: NDArray[np.int64] | None) -> str:
        # A snapshot's file is never changed, but may be another's after a training was started anew.
        file = stat_snapshot(self._series, step)
        text = f"{self._kind} {step} {file.st_size} {file.st_mtime_ns}"
        return hashlib.sha256(text.encode() + (b"" if points is None else points.tobytes())).hexdigest()[:32]

    def clear(self) -> None:
        """Forgets everything that is kept."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _write(path: str, affinities: Affinities) -> None:
    joint = affinities.joint
    tensors = {
        "indptr": joint.indptr.astype(np.int64),
        "indices": joint.indices.astype(np.int32),
        "values": joint.data,
        "neighbors": affinities.neighbors,
    }
    write_tensors(path, tensors, {"checksum": _checksum(tensors)})


def _checksum(tensors: Mapping[str, NDArray[Any]]) -> str:
    # A layout of damaged affinities would be wrong without a word.
    return str(functools.reduce(lambda value, name: zlib.crc32(tensors[name].data, value), sorted(tensors), 0))


def _read(path: str) -> Affinities | None:
    try:
        tensors, metadata = read_tensors(path)
        if metadata["checksum"] != _checksum(tensors):
            return None
        n_points = len(tensors["neighbors"])
        joint = sparse.csr_array((tensors["values"], tensors["indices"], tensors["indptr"]), shape=(n_points, n_points))
        joint.check_format()
        return Affinities(joint, tensors["neighbors"])
    except (OSError, KeyError, ValueError, StoreError):
        return None
