"""The probe set's way through a TensorFlow 1 graph, batch by batch."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Pooling = Literal["flatten", "average", "max"]
POOLINGS: tuple[Pooling, ...] = ("flatten", "average", "max")


class SessionProbe:
    """Some tensors and variables of a graph, and what to feed for their values at each point.

    Attributes:
        tensors: tag → tensor or variable.
        n_points: How many points the probe set has.
    """

    def __init__(self, graph: Any, tensors: Any, feed_dict: Mapping[Any, Any] | None, predictions: Any) -> None:
        """Finds tensors and feeds.

        Args:
            graph: The graph they are in.
            tensors: A tensor, a variable, the name of one, or several: a list, or tag → one.
            feed_dict: As for `session.run`, for the whole probe set: values with one row per point are fed in batches, others,
                such as a dropout's rate, as they are.
            predictions: A tensor of class scores, or its name, or None.

        Raises:
            ValueError: There is no such tensor, or it is not to be seen how many points there are.
        """
        self.tensors = {tag: _find(graph, wanted) for tag, wanted in _name_tensors(tensors)}
        self.predictions = None if predictions is None else _find(graph, predictions)
        self._feeds = _Feeds(graph, feed_dict or {})
        self.n_points = self._feeds.n_points or self._count_rows()

    def run(
        self, session: Any, pooling: Pooling, batch_size: int, see_predictions: Callable[[slice, Any], None] | None
    ) -> dict[str, NDArray[Any]]:
        """Returns tag → values, shape (n_points, n_features); shows rows and class scores of each batch.

        Raises:
            ValueError: A tensor does not have one row per point.
        """
        variables = {tag: tensor for tag, tensor in self.tensors.items() if isinstance(tensor, tf.Variable)}
        found = {tag: _pool(np.asarray(value), pooling) for tag, value in session.run(variables).items()} if variables else {}
        fetches = {tag: tensor for tag, tensor in self.tensors.items() if tag not in variables}
        scores = {} if self.predictions is None or see_predictions is None else {"scores": self.predictions}
        for rows, feed in self._feeds.batches(self.n_points, batch_size) if fetches or scores else ():
            values, seen = session.run((fetches, scores), feed)
            for tag, value in values.items():
                part = _pool(_cut(np.asarray(value), rows, self.tensors[tag], feed), pooling)
                if tag not in found:
                    found[tag] = np.empty((self.n_points, *part.shape[1:]), dtype=part.dtype)
                found[tag][rows] = part
            if see_predictions is not None and scores:
                see_predictions(rows, _cut(np.asarray(seen["scores"]), rows, self.predictions, feed))
        return {tag: found[tag] for tag in self.tensors}

    def _count_rows(self) -> int:
        rows = {None if tensor.shape.rank in (None, 0) else tensor.shape[0] for tensor in self.tensors.values()}
        if len(rows) != 1 or None in rows:
            shapes = {tag: str(tensor.shape) for tag, tensor in self.tensors.items()}
            raise ValueError(
                f"It is not to be seen how many points there are: tensors have the shapes {shapes}, and nothing is fed with a "
                "row per point. Give feed_dict={x: x_probe}; give variables of unlike size recorders of their own."
            )
        return int(rows.pop() or 0)


class _Feeds:
    """Feeds that have a row for each point, and feeds that do not."""

    def __init__(self, graph: Any, feed_dict: Mapping[Any, Any]) -> None:
        fed = [(_find(graph, key), value) for key, value in feed_dict.items()]
        arrays = [(tensor, np.asarray(value)) for tensor, value in fed if isinstance(tensor, tf.Tensor)]
        certain = [(tensor, array) for tensor, array in arrays if array.ndim and _n_rows(tensor) != len(array)]
        rows = {len(array) for _, array in certain}
        if len(rows) > 1:
            shapes = {tensor.name: array.shape for tensor, array in certain}
            raise ValueError(f"The feeds have the shapes {shapes}; expected one number of rows, one row per point.")
        self.n_points = rows.pop() if rows else None
        self._per_point = [(tensor, array) for tensor, array in arrays if array.ndim and len(array) == self.n_points]
        names = {tensor.name for tensor, _ in self._per_point}
        self._others = {tensor: value for tensor, value in fed if tensor.name not in names}
        # A placeholder of one certain size takes no other batches.
        fixed = {_n_rows(tensor) for tensor, _ in self._per_point} - {None}
        if len(fixed) > 1:
            raise ValueError(f"The placeholders take batches of {sorted(fixed, key=str)} points; expected one number.")
        self._fixed_size = fixed.pop() if fixed else None

    def batches(self, n_points: int, batch_size: int) -> Iterator[tuple[slice, dict[Any, Any]]]:
        """Yields rows, and what to feed for them: the last is filled up where placeholders take one size only."""
        if not self._per_point:
            yield slice(0, n_points), self._others
            return
        # Of batches of nearly one size none is tiny.
        size = self._fixed_size or math.ceil(n_points / math.ceil(n_points / batch_size))
        for first in range(0, n_points, size):
            index = np.arange(first, first + size) if self._fixed_size else np.arange(first, min(first + size, n_points))
            part = {tensor: array[np.minimum(index, n_points - 1)] for tensor, array in self._per_point}
            yield slice(first, min(first + size, n_points)), {**self._others, **part}


def _n_rows(tensor: Any) -> int | None:
    """How many rows a tensor takes; None: any number."""
    return tensor.shape[0] if tensor.shape.rank else None


def _name_tensors(tensors: Any) -> list[tuple[str, Any]]:
    if isinstance(tensors, Mapping):
        named = [(str(tag), wanted) for tag, wanted in tensors.items()]
    else:
        several = tensors if isinstance(tensors, Sequence) and not isinstance(tensors, str) else [tensors]
        named = [(str(getattr(wanted, "name", wanted)).removesuffix(":0"), wanted) for wanted in several]
    tags = [tag for tag, _ in named]
    if not tags or len(set(tags)) != len(tags):
        raise ValueError(f"tensors are called {tags}; expected at least one, and each once. Name them: tensors={{'fc1': ...}}.")
    return named


def _find(graph: Any, wanted: Any) -> Any:
    if isinstance(wanted, tf.Variable | tf.SparseTensor):
        return wanted
    try:
        name = wanted if not isinstance(wanted, str) or ":" in wanted else f"{wanted}:0"
        tensor = graph.as_graph_element(name, allow_operation=False)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"The graph has no tensor {wanted!r} ({error}).") from error
    if tensor.dtype != tf.resource:
        return tensor
    # What a variable's name names is only the handle of its value.
    variables = graph.get_collection(tf.compat.v1.GraphKeys.GLOBAL_VARIABLES)
    found = [variable for variable in variables if variable.name == tensor.name]
    if not found:
        raise ValueError(f"{tensor.name!r} is a resource, and no variable of this graph has that name.")
    return found[0]


def _cut(value: NDArray[Any], rows: slice, tensor: Any, feed: Mapping[Any, Any]) -> NDArray[Any]:
    n_rows = rows.stop - rows.start
    n_fed = max((len(array) for array in feed.values() if np.ndim(array)), default=n_rows)
    if not value.ndim or len(value) not in (n_rows, n_fed) or len(value) < n_rows:
        raise ValueError(
            f"{tensor.name!r} has shape {value.shape} for {n_rows} points; expected one row per point, shape ({n_rows}, …)."
        )
    return value[:n_rows]


def _pool(value: NDArray[Any], pooling: Pooling) -> NDArray[Any]:
    """Returns float16 or float32, shape (n, n_features); the last axis has the channels."""
    value = value if value.dtype in (np.float16, np.float32) else value.astype(np.float32)
    spatial = tuple(range(1, value.ndim - 1))
    if spatial and pooling == "average":
        value = value.mean(axis=spatial, dtype=np.float32)
    elif spatial and pooling == "max":
        value = value.max(axis=spatial)
    return value.reshape(len(value), -1)
