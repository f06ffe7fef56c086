"""What a Keras model's outputs are: class scores, of which kind, or something else."""

from collections.abc import Mapping
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray

from tb_embed_callbacks._predictions import PointScores, ScoreKind

ClassScores = Literal["auto", "probabilities", "logits"] | None
CLASS_SCORES: tuple[ClassScores, ...] = ("auto", "probabilities", "logits", None)

_CATEGORICAL = ("CategoricalCrossentropy", "SparseCategoricalCrossentropy", "CategoricalFocalCrossentropy")
_BINARY = ("BinaryCrossentropy", "BinaryFocalCrossentropy")

_TOLERANCE = 0.02
"""How far probabilities of 16 bits may be from a sum of one."""


def find_scores(
    model: keras.Model, outputs: Any, labels: NDArray[np.int64] | None, wanted: ClassScores
) -> tuple[PointScores | None, str | None]:
    """Returns how to read the model's outputs as class scores, or None and, where a person should know it, why not.

    "auto" believes the compiled loss: a categorical cross-entropy (or a binary one of a single unit) says that outputs are
    class scores, and by `from_logits` of what kind. With any other loss it believes a softmax (or a single unit's sigmoid) in
    the last layer. Everything else, such as the outputs of an autoencoder, is no class score.

    Args:
        model: The compiled model.
        outputs: What it gave for some points.
        labels: Class index of each point; None: not known.
        wanted: "auto", or what the outputs are.

    Raises:
        ValueError: The kind is told, and outputs or labels do not fit it.
    """
    is_told = wanted in ("probabilities", "logits")
    if wanted is None or (labels is None and not is_told):
        return None, None
    misfit = _find_misfit(outputs, labels)
    if misfit and is_told:
        raise ValueError(f"class_scores is {wanted!r}, but {misfit}")
    kind = wanted if wanted in ("probabilities", "logits") else None if misfit else _guess_kind(model, outputs)
    if kind is None or labels is None:
        # Labels that only color are no mistake.
        return None, None
    if kind == "probabilities" and not _are_probabilities(outputs):
        reason = (
            "the model's outputs are no probabilities (not in [0, 1], or not of sum 1). Where they are logits, say so: "
            'class_scores="logits", and from_logits=True in the loss.'
        )
        if is_told:
            raise ValueError(f"class_scores is {wanted!r}, but {reason}")
        return None, f"Predictions are not captured: {reason}"
    return PointScores(kind, labels), None


def _find_misfit(outputs: Any, labels: NDArray[np.int64] | None) -> str | None:
    if not isinstance(outputs, np.ndarray) or outputs.ndim not in (1, 2) or outputs.dtype.kind not in "fV":
        shapes = [np.shape(output) for output in keras.tree.flatten(outputs)]
        return f"the model's outputs have the shapes {shapes}; expected one of real numbers, shape (n_points, n_classes)."
    if labels is None:
        return "there are no labels that are class indices."
    n_classes = 2 if _is_one_unit(outputs) else outputs.shape[1]
    if labels.min() < 0 or labels.max() >= n_classes:
        return f"labels range from {labels.min()} to {labels.max()} and the model has {n_classes} classes."
    return None


def _is_one_unit(outputs: NDArray[Any]) -> bool:
    return outputs.ndim == 1 or outputs.shape[1] == 1


def _are_probabilities(outputs: NDArray[Any]) -> bool:
    """Whether they may be; what is not finite may be anything."""
    values = outputs.astype(np.float32)
    sums = np.ones(1, dtype=np.float32) if _is_one_unit(outputs) else values.sum(axis=1)
    values, sums = values[np.isfinite(values)], sums[np.isfinite(sums)]
    return bool((values >= -_TOLERANCE).all() and (values <= 1 + _TOLERANCE).all() and (abs(sums - 1) <= _TOLERANCE).all())


def _guess_kind(model: keras.Model, outputs: NDArray[Any]) -> ScoreKind | None:
    name, from_logits = _describe_loss(getattr(model, "loss", None))
    is_one_unit = _is_one_unit(outputs)
    if name in (_BINARY if is_one_unit else _CATEGORICAL):
        return "logits" if from_logits else "probabilities"
    if name in (*_BINARY, *_CATEGORICAL) or not getattr(model, "layers", None):
        return None
    output = model.layers[-1]
    activation = "softmax" if isinstance(output, keras.layers.Softmax) else getattr(output, "activation", None)
    name = activation if isinstance(activation, str) else getattr(activation, "__name__", None)
    return "probabilities" if name == ("sigmoid" if is_one_unit else "softmax") else None


def _describe_loss(loss: Any) -> tuple[str | None, bool]:
    """The class name of a compiled loss, and whether it takes logits."""
    if isinstance(loss, Mapping):
        loss = list(loss.values())
    if isinstance(loss, list | tuple):
        if len(loss) != 1:
            return None, False
        loss = loss[0]
    if isinstance(loss, keras.losses.Loss):
        return type(loss).__name__, bool(loss.get_config().get("from_logits", False))
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", "")
    return "".join(part[:1].upper() + part[1:] for part in name.split("_")) or None, False
