"""Snapshots: the activations of the probe set at one step."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tb_embed_plugin.store import filesystem, paths
from tb_embed_plugin.store.documents import without_non_finite
from tb_embed_plugin.store.tensors import read_tensors, write_tensors


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """The probe set as the network saw it at one step.

    Attributes:
        step: Training step.
        activations: float32 (or float16, as written), shape (n_points, n_features).
        wall_time: Seconds since the epoch, when it was captured.
        scalars: Training scalars of that step, such as loss; None where one was not finite.
    """

    step: int
    activations: NDArray[np.floating]
    wall_time: float
    scalars: Mapping[str, float | None] = field(default_factory=dict)


def check_activations(activations: ArrayLike, step: int, n_points: int) -> NDArray[np.floating]:
    """Returns activations as float32 (float16 stays), shape (n_points, n_features).

    Raises:
        ValueError: They are not numbers of that shape. Values that are not finite are kept: the layout reports them.
    """
    array = np.asarray(activations)
    if array.ndim != 2 or array.dtype.kind not in "fiub":
        raise ValueError(
            f"Snapshot at step {step} has shape {array.shape} and dtype {array.dtype}; expected real numbers of shape "
            "(n_points, n_features). Flatten or pool other axes first."
        )
    if len(array) != n_points:
        raise ValueError(
            f"Snapshot at step {step} has {len(array)} points but the probe set has {n_points}. "
            "Use one probe set for the whole run, or write to a new tag."
        )
    return array if array.dtype == np.float16 else array.astype(np.float32, copy=False)


def write_snapshot(series: str, step: int, activations: NDArray[np.floating], scalars: Mapping[str, float]) -> None:
    """Writes one snapshot file; the rename is the commit."""
    finite = without_non_finite({name: float(value) for name, value in scalars.items()})
    metadata = {"step": str(step), "wall_time": repr(time.time()), "scalars": json.dumps(finite)}
    write_tensors(_file(series, step), {"activations": activations}, metadata)


def read_snapshot(series: str, step: int) -> Snapshot:
    """Reads one snapshot; raises `FileNotFoundError` where there is none."""
    tensors, metadata = read_tensors(_file(series, step))
    return Snapshot(
        step=step,
        activations=tensors["activations"],
        wall_time=float(metadata["wall_time"]),
        scalars=json.loads(metadata["scalars"]),
    )


def _file(series: str, step: int) -> str:
    return filesystem.join(paths.snapshots_path(series), paths.step_file(step))
