"""What class scores say of each point: prediction, confidence and loss. Of any framework's arrays."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

ScoreKind = Literal["probabilities", "logits"]

_LEAST_PROBABILITY = 1e-7
"""Keras' epsilon: what a cross-entropy takes for zero."""


def class_indices(labels: ArrayLike | None) -> NDArray[np.int64] | None:
    """Returns labels that are whole numbers as int64, shape (n_points,); None: they are something else."""
    array = np.asarray(labels)
    array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    return array.astype(np.int64) if array.ndim == 1 and array.dtype.kind in "iub" and len(array) else None


class PointScores:
    """Reads class scores, shape (n, n_classes), or those of one unit that tells class 1 from 0, shape (n, 1) or (n,)."""

    def __init__(self, kind: ScoreKind, labels: NDArray[np.int64]) -> None:
        """Keeps what is known.

        Args:
            kind: What the model's outputs are.
            labels: Class index of each point, shape (n_points,).
        """
        self._kind = kind
        self._labels = labels
        self._columns = {
            "prediction": np.zeros(len(labels), dtype=np.int32),
            "confidence": np.zeros(len(labels), dtype=np.float32),
            "loss": np.zeros(len(labels), dtype=np.float32),
        }

    def see_outputs(self, rows: slice, outputs: Any) -> None:
        """Takes in the outputs of a batch: those of the points `rows`."""
        logarithms = _log_probabilities(outputs, self._kind)
        self._columns["prediction"][rows] = logarithms.argmax(axis=1)
        self._columns["confidence"][rows] = np.exp(logarithms.max(axis=1))
        self._columns["loss"][rows] = -np.take_along_axis(logarithms, self._labels[rows, None], axis=1)[:, 0]

    def take_columns(self) -> dict[str, NDArray[Any]]:
        """Returns prediction (int32), confidence and cross-entropy (float32) of all points, for the caller to keep."""
        return {name: column.copy() for name, column in self._columns.items()}

    def summarize(self) -> dict[str, float]:
        """The means: `probe_loss` and `probe_accuracy`."""
        loss = float(self._columns["loss"].mean(dtype=np.float64))
        return {"probe_loss": loss, "probe_accuracy": float((self._columns["prediction"] == self._labels).mean())}


def _log_probabilities(outputs: NDArray[Any], kind: ScoreKind) -> NDArray[np.float32]:
    """Returns float32, shape (n, n_classes); nan where outputs are not finite."""
    scores: NDArray[np.float32] = outputs.astype(np.float32).reshape(len(outputs), -1)
    is_one_unit = scores.shape[1] == 1
    if kind == "probabilities":
        scores = np.concatenate([1 - scores, scores], axis=1) if is_one_unit else scores
        logarithms: NDArray[np.float32] = np.log(np.clip(scores, _LEAST_PROBABILITY, 1))
        return logarithms
    if is_one_unit:
        # The same as a difference from a class 0 of score 0.
        scores = np.concatenate([np.zeros_like(scores), scores], axis=1)
    with np.errstate(invalid="ignore"):
        scores = scores - scores.max(axis=1, keepdims=True)
        normalized: NDArray[np.float32] = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return normalized
