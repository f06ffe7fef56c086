"""Snapshots as the layout needs them: checked, in one metric, and in memory one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tb_embed_plugin.layout.config import Metric

_LARGEST = 1e17
"""Beyond it the squares of an activation, summed over the features, may overflow float32."""


@dataclass(frozen=True, slots=True, eq=False)
class CheckedSnapshot:
    """One snapshot.

    Attributes:
        activations: Finite float32 or float64, shape (n_points, n_features); rows of points that are not present are 0.
        present: bool, shape (n_points,): whether a point's activations are finite, and their squares in float32 too.
    """

    activations: NDArray[np.floating]
    present: NDArray[np.bool_]

    def is_same_as(self, other: "CheckedSnapshot") -> bool:
        return np.array_equal(self.activations, other.activations) and np.array_equal(self.present, other.present)


class CheckedSnapshots:
    """Reads and checks snapshots on demand, so that a series may be larger than memory."""

    def __init__(self, activations: NDArray[Any] | Sequence[ArrayLike], metric: Metric) -> None:
        """Takes an array (n_steps, n_points, n_features), or any sequence that gives (n_points, n_features_t) arrays.

        Raises:
            ValueError: There are no snapshots.
        """
        self._source = activations
        self._metric = metric
        self._n_points: int | None = None
        if len(self._source) == 0:
            raise ValueError("There are no snapshots to lay out. Capture at least one step.")

    def __len__(self) -> int:
        return len(self._source)

    def at(self, step: int) -> "CheckedSnapshots":
        """Returns the snapshot at an index alone, to be read elsewhere: no array travels with a sequence that loads lazily."""
        return CheckedSnapshots(self._source[step : step + 1], self._metric)

    def read(self, step: int) -> CheckedSnapshot:
        """Reads the snapshot at an index.

        Raises:
            ValueError: It is not (n_points, n_features), or has another number of points than the first.
        """
        snapshot = np.asarray(self._source[step])
        if snapshot.ndim != 2 or snapshot.dtype.kind not in "fiub" or 0 in snapshot.shape:
            raise ValueError(
                f"Snapshot {step} has shape {snapshot.shape} and dtype {snapshot.dtype}; expected real numbers of shape "
                "(n_points, n_features)."
            )
        self._n_points = self._n_points or len(snapshot)
        if len(snapshot) != self._n_points:
            raise ValueError(f"Snapshot {step} has {len(snapshot)} points but the first has {self._n_points}.")
        if snapshot.dtype not in (np.float32, np.float64):
            snapshot = snapshot.astype(np.float32)
        # Of the cosine metric, lengths do not count. A comparison is false for nan.
        is_usable = np.isfinite(snapshot) if self._metric == "cosine" else np.abs(snapshot) <= _LARGEST
        present = is_usable.all(axis=1)
        if not present.all():
            snapshot = np.where(present[:, None], snapshot, 0)
        return CheckedSnapshot(_to_unit_length(snapshot) if self._metric == "cosine" else snapshot, present)


def _to_unit_length(snapshot: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rows of length 1: their Euclidean neighbors are the cosine neighbors. Rows of zeros stay, as far from all others."""
    # By the largest value first, so that squares neither overflow nor vanish.
    largest = np.abs(snapshot).max(axis=1, keepdims=True)
    scaled = np.divide(snapshot, largest, out=np.zeros_like(snapshot), where=largest > 0)
    length = np.linalg.norm(scaled, axis=1, keepdims=True)
    unit: NDArray[np.floating] = np.divide(scaled, length, out=scaled, where=length > 0)
    return unit
