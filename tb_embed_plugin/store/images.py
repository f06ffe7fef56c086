"""The probe set's images, taken a few at a time, so that a hundred thousand of them need not fit in memory."""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BATCH_BYTES = 1 << 24


class Images:
    """Images of one size, in an array or in whatever is sliced like one: `np.memmap`, an HDF5 or Zarr data set.

    Attributes:
        shape: (n_points, height, width) if grey, else (n_points, height, width, 3 or 4).
        dtype: uint8, or a float whose values lie in [0, 1].
    """

    __slots__ = ("_source", "dtype", "shape")

    def __init__(self, images: Any, n_points: int) -> None:
        """Checks the images, all of them, reading them once where they are floats.

        Args:
            images: shape (n_points, height, width) or (n_points, height, width, 1, 3 or 4); a list of such images will do.
            n_points: How many there have to be.

        Raises:
            ValueError: They are something else.
        """
        self._source = images if _is_sliceable(images) else _stack(images)
        shape = tuple(int(side) for side in self._source.shape)
        self.shape = shape[:3] if len(shape) == 4 and shape[3] == 1 else shape
        self.dtype = np.dtype(self._source.dtype)
        if shape[:1] != (n_points,) or not (len(shape) == 3 or (len(shape) == 4 and shape[3] in (1, 3, 4))):
            raise ValueError(
                f"images has shape {shape}; expected ({n_points}, height, width) for grey, or "
                f"({n_points}, height, width, 3 or 4) for color."
            )
        if 0 in shape:
            raise ValueError(f"images has shape {shape}: there is nothing to show. Leave images out.")
        self._check_values()

    def __len__(self) -> int:
        return self.shape[0]

    def batches(self, first: int = 0, last: int | None = None) -> Iterator[NDArray[Any]]:
        """Yields the images from `first` up to `last`, in order: arrays of some megabytes, of shape (some, *shape[1:])."""
        last = len(self) if last is None else min(last, len(self))
        n_per_batch = max(1, _BATCH_BYTES // max(1, int(np.prod(self.shape[1:])) * self.dtype.itemsize))
        for start in range(first, last, n_per_batch):
            batch = np.asarray(self._source[start : min(start + n_per_batch, last)])
            yield batch.reshape(len(batch), *self.shape[1:])

    def update_digest(self, digest: "hashlib._Hash") -> None:
        """Adds shape, dtype and every pixel."""
        digest.update(f"{self.shape}{self.dtype}".encode())
        for batch in self.batches():
            digest.update(np.ascontiguousarray(batch).data)

    def _check_values(self) -> None:
        if self.dtype == np.uint8:
            return
        if self.dtype.kind != "f":
            raise ValueError(f"images has dtype {self.dtype}; expected uint8, or float in [0, 1].")
        extremes = np.array([(batch.min(), batch.max()) for batch in self.batches()], dtype=np.float64)
        # np.min and np.max hand nan on, and nan compares as out of range.
        low, high = extremes[:, 0].min(), extremes[:, 1].max()
        if not (low >= 0 and high <= 1):
            raise ValueError(
                f"images range from {low:g} to {high:g}; expected float in [0, 1], or uint8. "
                "Undo the normalization for the thumbnails, e.g. (images - images.min()) / np.ptp(images)."
            )


def _is_sliceable(images: Any) -> bool:
    # PyTorch's and TensorFlow's arrays have dtypes of their own, and arrays of objects are images to be stacked.
    dtype = getattr(images, "dtype", None)
    return isinstance(dtype, np.dtype) and dtype.kind != "O" and hasattr(images, "shape") and hasattr(images, "__getitem__")


def _stack(images: Any) -> NDArray[Any]:
    is_ragged = isinstance(images, np.ndarray) and images.dtype == object and images.ndim == 1
    if is_ragged or isinstance(images, (list, tuple)):
        shapes = [np.shape(image) for image in images]
        for index, shape in enumerate(shapes):
            if shape != shapes[0]:
                raise ValueError(
                    f"images are of unlike size: image 0 has shape {shapes[0]}, image {index} has {shape}. "
                    "Scale or pad them to one size first, e.g. with PIL.ImageOps.pad."
                )
        images = [np.asarray(image) for image in images]
    return np.asarray(images)
