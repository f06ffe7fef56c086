"""Snapshots: the activations of the probe set at one step."""

import contextlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tb_embed_plugin.store import filesystem, paths
from tb_embed_plugin.store.documents import without_non_finite
from tb_embed_plugin.store.errors import FormatError
from tb_embed_plugin.store.tensors import list_tensors, read_tensors, write_tensors

_PER_POINT = "per_point."
"""What the names of per-point tensors begin with."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """The probe set as the network saw it at one step.

    Attributes:
        step: Training step.
        activations: float32 (or float16, as written), shape (n_points, n_features).
        wall_time: Seconds since the epoch, when it was captured.
        scalars: Training scalars of that step, such as loss; None where one was not finite.
        per_point: What was measured of each point at that step, name → shape (n_points,): "prediction" (int32, class index),
            "confidence" (float32, probability of that class) and "loss" (float32), where they were captured.
    """

    step: int
    activations: NDArray[np.floating]
    wall_time: float
    scalars: Mapping[str, float | None] = field(default_factory=dict)
    per_point: Mapping[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotFacts:
    """A snapshot without its arrays: see `Snapshot`."""

    step: int
    wall_time: float
    scalars: Mapping[str, float | None]


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


def check_per_point(per_point: Mapping[str, ArrayLike], step: int, n_points: int) -> dict[str, NDArray[Any]]:
    """Returns per-point columns as int32 where they are whole numbers, as float32 otherwise; shape (n_points,).

    Raises:
        ValueError: They are not one real number per point.
    """
    checked = {}
    for name, values in per_point.items():
        array = np.asarray(values)
        if array.shape != (n_points,) or array.dtype.kind not in "fiub":
            raise ValueError(
                f"Column {name!r} of the snapshot at step {step} has shape {array.shape} and dtype {array.dtype}; "
                f"expected one real number per point: shape ({n_points},)."
            )
        checked[name] = array.astype(np.float32 if array.dtype.kind == "f" else np.int32, copy=False)
    return checked


def write_snapshot(
    series: str,
    step: int,
    activations: NDArray[np.floating],
    scalars: Mapping[str, float],
    per_point: Mapping[str, NDArray[Any]],
) -> None:
    """Writes one snapshot file; the rename is the commit."""
    finite = without_non_finite({name: float(value) for name, value in scalars.items()})
    metadata = {"step": str(step), "wall_time": repr(time.time()), "scalars": json.dumps(finite)}
    columns = {_PER_POINT + name: values for name, values in per_point.items()}
    write_tensors(_file(series, step), {"activations": activations, **columns}, metadata)


def read_snapshot(series: str, step: int) -> Snapshot:
    """Reads one snapshot; raises `FileNotFoundError` where there is none."""
    tensors, metadata = read_tensors(_file(series, step))
    facts = _read_facts(series, step, metadata)
    if "activations" not in tensors:
        raise _damaged(series, step, "it has no activations")
    return Snapshot(
        step=step,
        activations=tensors["activations"],
        wall_time=facts.wall_time,
        scalars=facts.scalars,
        per_point=_columns(tensors),
    )


def read_per_point(series: str, step: int) -> dict[str, NDArray[Any]]:
    """Reads a snapshot's per-point columns alone; raises `FileNotFoundError` where there is no snapshot."""
    tensors, _ = read_tensors(_file(series, step), lambda name: name.startswith(_PER_POINT))
    return _columns(tensors)


def list_per_point(series: str, step: int) -> list[str]:
    """The names of what `read_per_point` reads."""
    return [name.removeprefix(_PER_POINT) for name in list_tensors(_file(series, step)) if name.startswith(_PER_POINT)]


def read_facts(series: str, step: int) -> SnapshotFacts:
    """Reads when a snapshot was captured, and its scalars; raises `FileNotFoundError` where there is none."""
    return _read_facts(series, step, read_tensors(_file(series, step), lambda _: False)[1])


def stat_snapshot(series: str, step: int) -> os.stat_result:
    """The state of a snapshot's file on a local disk: another once a training has made the step anew.

    Raises:
        FileNotFoundError: There is none.
    """
    return os.stat(_file(series, step))


def delete_snapshot(series: str, step: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_file(series, step))


def _read_facts(series: str, step: int, metadata: Mapping[str, str]) -> SnapshotFacts:
    try:
        return SnapshotFacts(step=step, wall_time=float(metadata["wall_time"]), scalars=json.loads(metadata["scalars"]))
    except (KeyError, ValueError) as error:
        raise _damaged(series, step, repr(error)) from error


def _damaged(series: str, step: int, reason: str) -> FormatError:
    return FormatError(f"{_file(series, step)} is damaged ({reason}). Delete it, then capture that step again.")


def _columns(tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(_PER_POINT): array for name, array in tensors.items() if name.startswith(_PER_POINT)}


def _file(series: str, step: int) -> str:
    return filesystem.join(paths.snapshots_path(series), paths.step_file(step))
