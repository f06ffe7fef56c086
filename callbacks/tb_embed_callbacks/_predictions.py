"""What class scores say of each point: prediction, confidence and loss. Of any framework's arrays."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

ScoreKind = Literal["probabilities", "logits"]

_LEAST_PROBABILITY = 1e-7
"""What a cross-entropy takes for zero."""


def read_class_indices(labels: ArrayLike | None) -> NDArray[np.int64] | None:
    """Returns labels that are whole numbers, shape (n_points,); None: they are something else."""
    array = np.asarray(labels)
    array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    return array.astype(np.int64) if array.ndim == 1 and array.dtype.kind in "iub" and len(array) else None


class Predictions:
    """Takes in class scores batch by batch."""

    def __init__(self, kind: ScoreKind, labels: NDArray[np.int64]) -> None:
        """Keeps what is known.

        Args:
            kind: What the scores are.
            labels: Class index of each point, shape (n_points,).
        """
        self._kind = kind
        self._labels = labels
        self._prediction = np.zeros(len(labels), dtype=np.int32)
        self._confidence = np.zeros(len(labels), dtype=np.float32)
        self._loss = np.zeros(len(labels), dtype=np.float32)

    def see(self, rows: slice, scores: NDArray[Any]) -> None:
        """Takes in the scores of the points `rows`, shape (n, n_classes), or (n,) or (n, 1) where one unit tells 1 from 0."""
        scores = scores.astype(np.float32).reshape(len(scores), -1)
        with np.errstate(invalid="ignore", over="ignore"):
            probabilities = _as_probabilities(scores, self._kind)
            self._prediction[rows] = probabilities.argmax(axis=1)
            self._confidence[rows] = probabilities.max(axis=1)
            own = np.take_along_axis(probabilities, self._labels[rows, None], axis=1)[:, 0]
            self._loss[rows] = -np.log(np.maximum(own, _LEAST_PROBABILITY))

    def columns(self) -> dict[str, NDArray[Any]]:
        """Returns the columns of a snapshot, for the caller to keep."""
        return {"prediction": self._prediction.copy(), "confidence": self._confidence.copy(), "loss": self._loss.copy()}

    def summarize(self) -> dict[str, float]:
        """The means: `probe_loss` and `probe_accuracy`."""
        return {
            "probe_loss": float(self._loss.mean(dtype=np.float64)),
            "probe_accuracy": float((self._prediction == self._labels).mean()),
        }


def _as_probabilities(scores: NDArray[np.float32], kind: ScoreKind) -> NDArray[np.float32]:
    if scores.shape[1] == 1:
        other = np.zeros_like(scores) if kind == "logits" else 1 - scores
        scores = np.concatenate([other, scores], axis=1)
    if kind == "probabilities":
        return scores
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities
