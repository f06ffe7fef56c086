"""The probe set's inputs and labels, as arrays."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

_ENDLESS = -1
"""tf.data.INFINITE_CARDINALITY."""


def read_probe_inputs(x: Any) -> tuple[Any, NDArray[Any] | None]:
    """Returns inputs as a structure of arrays, and the labels that came with them, if any.

    Args:
        x: An array, a list, tuple or dictionary of arrays, or a batched, finite `tf.data.Dataset` of x or (x, y): it is read
            once.

    Raises:
        ValueError: The dataset is endless or empty, or the arrays do not have one number of rows.
    """
    labels = None
    if hasattr(x, "as_numpy_iterator"):
        x, y = _read_dataset(x)
        labels = None if y is None else _as_class_indices(y)
    x = keras.tree.map_structure(np.asarray, x)
    shapes = [array.shape for array in keras.tree.flatten(x)]
    rows = {shape[:1] for shape in shapes}
    if len(rows) != 1 or rows & {(), (0,)}:
        raise ValueError(
            f"The inputs of the probe set have the shapes {shapes}; expected one number of rows, one row per point."
        )
    return x, labels


def count_points(x: Any) -> int:
    return len(keras.tree.flatten(x)[0])


def _read_dataset(dataset: Any) -> tuple[Any, NDArray[Any] | None]:
    if int(dataset.cardinality()) == _ENDLESS:
        raise ValueError("The probe set is an endless dataset. Watch a part of it: dataset.take(n_batches).")
    batches = [keras.utils.unpack_x_y_sample_weight(batch) for batch in dataset.as_numpy_iterator()]
    if not batches:
        raise ValueError("The probe set is an empty dataset. Watch at least one batch.")
    try:
        x = _join([batch[0] for batch in batches])
        y = None if batches[0][1] is None else _join([batch[1] for batch in batches])
    except ValueError as error:
        raise ValueError(f"The probe set's elements do not join ({error}). Batch the dataset: dataset.batch(256).") from error
    # Several outputs have several labels: none of them is the point's own.
    return x, y if isinstance(y, np.ndarray) else None


def _join(batches: list[Any]) -> Any:
    return keras.tree.map_structure(lambda *parts: np.concatenate(parts), *batches)


def _as_class_indices(y: NDArray[Any]) -> NDArray[Any] | None:
    """Labels of a dataset: whole numbers, also written as floats or one-hot; anything else is no class."""
    if y.ndim == 2 and y.shape[1] > 1:
        is_one_hot = ((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all()
        return y.argmax(axis=1) if is_one_hot else None
    y = y.reshape(len(y), -1)
    if y.shape[1] != 1:
        return None
    y = y[:, 0]
    if y.dtype.kind == "f":
        return y.astype(np.int64) if np.isfinite(y).all() and (y == np.rint(y)).all() else None
    return y if y.dtype.kind in "iubOSU" else None
