"""One forward pass of the probe set that gives hidden activations and outputs together."""

import contextlib
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray

from tb_embed_callbacks._targets import Target

Pooling = Literal["flatten", "average", "max"]
POOLINGS: tuple[Pooling, ...] = ("flatten", "average", "max")


class Tap(keras.Model):  # type: ignore[misc]
    """Runs a model on its own and keeps what passes by at some places.

    A Keras model itself, so that Keras compiles and runs it as it does the one that is trained, on any of its back ends.
    """

    def __init__(self, model: keras.Model, targets: Sequence[Target], pooling: Pooling) -> None:
        super().__init__(autocast=False, name="tap")
        self._targets = targets
        self._pooling = pooling
        self._tensors = [target.tensor for target in targets if target.tensor is not None]
        self.probed = model
        self._graph = _extend_graph(model, self._tensors) if self._tensors else None
        self.jit_compile = model.jit_compile
        self.run_eagerly = model.run_eagerly
        # All that it is made of is.
        self.built = True

    def call(self, x: Any) -> tuple[list[Any], Any]:
        """Returns the activations of each target, shape (n, n_features), and the model's outputs."""
        operations = [target.operation for target in self._targets if target.operation is not None]
        with _listen(operations) as heard:
            if self._graph is None:
                tensors, outputs = [], self.probed(x, training=False)
            else:
                tensors, outputs = self._graph(x, training=False)
        found = iter(tensors)
        activations = []
        for target in self._targets:
            if target.tensor is not None:
                value = next(found)
            elif target.function is not None:
                value = target.function(self.probed, x)
            else:
                value = heard.get(id(target.operation))
            activations.append(_pool(_check_tensor(value, target), self._pooling, target))
        return activations, outputs


def _extend_graph(model: keras.Model, tensors: list[Any]) -> keras.Model:
    inputs = getattr(model, "_inputs_struct", None) or model.inputs
    try:
        return keras.Model(inputs, (tensors, list(model.outputs) if len(model.outputs) > 1 else model.outputs[0]))
    except (ValueError, KeyError) as error:
        names = [tensor.name for tensor in tensors]
        raise ValueError(f"Of the tensors {names}, one is not in the graph of model {model.name!r} ({error}).") from error


@contextlib.contextmanager
def _listen(operations: Sequence[Any]) -> Iterator[dict[int, Any]]:
    """Yields what operations return while the context lasts: id → output.

    Keras calls `self.call`, so an attribute of the instance comes first. This happens while a back end traces the
    function; what is compiled of it has no Python in it.
    """
    heard: dict[int, Any] = {}

    def listen(call: Callable[..., Any], key: int) -> Callable[..., Any]:
        @functools.wraps(call)
        def listening(*args: Any, **kwargs: Any) -> Any:
            heard[key] = output = call(*args, **kwargs)
            return output

        return listening

    unique = {id(operation): operation for operation in operations}
    try:
        for key, operation in unique.items():
            object.__setattr__(operation, "call", listen(operation.call, key))
        yield heard
    finally:
        for operation in unique.values():
            operation.__dict__.pop("call", None)


def _check_tensor(value: Any, target: Target) -> Any:
    if value is None:
        raise ValueError(f"{target.name!r} plays no part in the model's forward pass at inference. Capture something else.")
    tensors = keras.tree.flatten(value)
    if len(tensors) != 1:
        raise ValueError(
            f"{target.name!r} gives {len(tensors)} tensors; choose one with a function of the model and a batch: "
            f"layers={{{target.name!r}: lambda model, x: ...}}."
        )
    return tensors[0]


def _pool(tensor: Any, pooling: Pooling, target: Target) -> Any:
    """Returns float16 or float32, shape (n, n_features)."""
    # Others, such as bfloat16, are no numpy types that files can hold.
    if keras.backend.standardize_dtype(tensor.dtype) not in ("float16", "float32"):
        tensor = keras.ops.cast(tensor, "float32")
    n_axes = len(tensor.shape)
    spatial = tuple(range(2, n_axes)) if target.is_channels_first else tuple(range(1, n_axes - 1))
    if spatial and pooling == "average":
        # The sum of many halves would not fit into one.
        tensor = keras.ops.mean(keras.ops.cast(tensor, "float32"), axis=spatial)
    elif spatial and pooling == "max":
        tensor = keras.ops.max(tensor, axis=spatial)
    if None not in tensor.shape[1:]:
        return keras.ops.reshape(tensor, (-1, math.prod(tensor.shape[1:])))
    return keras.ops.reshape(tensor, (keras.ops.shape(tensor)[0], -1))


class ForwardPass:
    """The probe set's way through a model, batch by batch."""

    def __init__(self, model: keras.Model, targets: Sequence[Target], pooling: Pooling, x: Any, batch_size: int) -> None:
        """Makes it; nothing is computed yet.

        Args:
            model: A built model.
            targets: What to capture.
            pooling: What to do with outputs of more than two axes.
            x: The probe set: an array, or a structure of arrays with one row per point.
            batch_size: Points per forward pass, at most.
        """
        self.targets = list(targets)
        self._tap = Tap(model, targets, pooling)
        self._x = x
        self._n_points = len(keras.tree.flatten(x)[0])
        # Batches of one size compile once; of two sizes, twice.
        self._batch_size = math.ceil(self._n_points / math.ceil(self._n_points / batch_size))

    def run_first_batch(self) -> tuple[list[NDArray[Any]], Any]:
        """Returns what one batch gives: activations of each target, and outputs."""
        return self._run_batch(slice(0, self._batch_size))

    def run(self, see_outputs: Callable[[slice, Any], None] | None = None) -> list[NDArray[Any]]:
        """Returns the activations of each target, shape (n_points, n_features); shows rows and outputs of each batch."""
        arrays: list[NDArray[Any]] = []
        for first in range(0, self._n_points, self._batch_size):
            rows = slice(first, min(first + self._batch_size, self._n_points))
            parts, outputs = self._run_batch(rows)
            if see_outputs is not None:
                see_outputs(rows, outputs)
            if rows == slice(0, self._n_points):
                return parts
            # Filled in place: joined at the end, they would be in memory twice.
            arrays = arrays or [np.empty((self._n_points, part.shape[1]), dtype=part.dtype) for part in parts]
            for array, part in zip(arrays, parts, strict=True):
                array[rows] = part
        return arrays

    def _run_batch(self, rows: slice) -> tuple[list[NDArray[Any]], Any]:
        batch = keras.tree.map_structure(lambda array: array[rows], self._x)
        n_rows = rows.stop - rows.start
        activations, outputs = self._tap.predict_on_batch(batch)
        # Under a strategy of several replicas, each computes the batch.
        parts = [np.asarray(part)[:n_rows] for part in activations]
        for target, part in zip(self.targets, parts, strict=True):
            if len(part) != n_rows:
                raise ValueError(f"{target.name!r} gives {len(part)} rows for {n_rows} inputs; expected one row per point.")
        return parts, keras.tree.map_structure(lambda output: np.asarray(output)[:n_rows], outputs)
