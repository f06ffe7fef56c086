"""Forward passes of the probe set through a part of a Keras model."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray

Pooling = Literal["flatten", "average", "max"]
POOLINGS: tuple[Pooling, ...] = ("flatten", "average", "max")

_IDENTITY_AT_INFERENCE = (keras.layers.Dropout, keras.layers.GaussianNoise, keras.layers.SpatialDropout2D)


class ActivationCapture:
    """Computes the activations of some layers, batch by batch."""

    def __init__(
        self, model: keras.Model, layers: Sequence[str | keras.Layer] | None, pooling: Pooling, batch_size: int
    ) -> None:
        """Finds the layers.

        Args:
            model: A built Sequential or functional model.
            layers: Names or layers; None: the last hidden layer.
            pooling: What to do with outputs of more than two axes.
            batch_size: Points per forward pass.

        Raises:
            ValueError: There is no such layer, or the model has no graph of layers.
        """
        if not getattr(model, "inputs", None):
            raise ValueError(
                f"Model {model.name!r} has no graph of layers (a subclassed model, or one that is not built), so the output "
                "of a layer cannot be reached. Use a Sequential or functional model."
            )
        chosen = [_find_layer(model, layer) for layer in layers] if layers else [_last_hidden_layer(model)]
        self.layer_names = [layer.name for layer in chosen]
        self._spatial_axes = [_spatial_axes(layer) for layer in chosen]
        self._model = keras.Model(model.inputs, [layer.output for layer in chosen])
        self._pooling = pooling
        self._batch_size = batch_size

    def run(self, x: Any) -> list[NDArray[np.floating]]:
        """Returns the activations of each layer, shape (n_points, n_features)."""
        n_points = len(keras.tree.flatten(x)[0])
        parts: list[list[NDArray[np.floating]]] = [[] for _ in self.layer_names]
        for first in range(0, n_points, self._batch_size):
            rows = slice(first, first + self._batch_size)
            batch = keras.tree.map_structure(partial(_take, rows=rows), x)
            # Keras unpacks a list of one output.
            outputs = keras.tree.flatten(self._model.predict_on_batch(batch))
            for part, output, axes in zip(parts, outputs, self._spatial_axes, strict=True):
                part.append(_pool(np.asarray(output), self._pooling, axes))
        return [np.concatenate(part) for part in parts]


def _take(array: NDArray[Any], rows: slice) -> NDArray[Any]:
    return array[rows]


def _find_layer(model: keras.Model, wanted: str | keras.Layer) -> keras.Layer:
    name = wanted if isinstance(wanted, str) else wanted.name
    for layer in model.layers:
        if layer is wanted or layer.name == wanted:
            return layer
    names = ", ".join(repr(layer.name) for layer in model.layers)
    raise ValueError(f"Model {model.name!r} has no layer {name!r}; it has {names}.")


def _last_hidden_layer(model: keras.Model) -> keras.Layer:
    """The layer whose output enters the last layer with weights; past those that do nothing at inference."""
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    with_weights = [i for i, layer in enumerate(layers) if layer.weights]
    output = with_weights[-1] if with_weights else len(layers)
    hidden = [layer for layer in layers[:output] if not isinstance(layer, _IDENTITY_AT_INFERENCE)]
    return hidden[-1] if hidden else layers[-1]


def _spatial_axes(layer: keras.Layer) -> tuple[int, ...]:
    n_axes = len(layer.output.shape)
    channels_first = getattr(layer, "data_format", "channels_last") == "channels_first"
    return tuple(range(2, n_axes)) if channels_first else tuple(range(1, n_axes - 1))


def _pool(output: NDArray[np.floating], pooling: Pooling, spatial_axes: tuple[int, ...]) -> NDArray[np.floating]:
    # bfloat16 and the like are no numpy types that files can hold.
    output = output if output.dtype in (np.float16, np.float32) else output.astype(np.float32)
    if pooling == "average" and spatial_axes:
        output = output.mean(axis=spatial_axes, dtype=np.float32)
    elif pooling == "max" and spatial_axes:
        output = output.max(axis=spatial_axes)
    return output.reshape(len(output), -1)
