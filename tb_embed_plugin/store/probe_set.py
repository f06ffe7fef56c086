"""The probe set: the fixed inputs watched for the whole run, as people will want to see them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tb_embed_plugin.store.images import Images
from tb_embed_plugin.store.metadata import LABEL_COLUMN, Column, make_column, make_columns
from tb_embed_plugin.store.sprites import MAX_THUMBNAIL_SIDE

_MOST_PIXELS = 512
"""Sixteen thumbnails to a page's side; more would be images, not thumbnails."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProbeSet:
    """What is known of each point, whatever the step.

    Attributes:
        n_points: How many points there are.
        labels: Optional class of each point, shape (n_points,): integers or strings. Becomes the column "label".
        class_names: Optional names for integer labels: label i is shown as `class_names[i]`.
        images: Optional thumbnails, shape (n_points, height, width) or (n_points, height, width, 1, 3 or 4), uint8 or
            float in [0, 1]: an array, or anything sliced like one (`np.memmap`, HDF5), of which a few are read at a time.
        metadata: Optional further columns, one value per point: a dictionary of arrays, a pandas data frame, an Arrow table,
            a structured array, or one unnamed column. Their kind follows from their type; a `Column` says its own.
        max_thumbnail_side: Pixels; larger images are scaled down to it.
        columns: The columns that labels and metadata make. Derived.

    Raises:
        ValueError: Something does not have one entry per point, or cannot be shown.
    """

    n_points: int
    labels: ArrayLike | None = None
    class_names: Sequence[str] | None = None
    images: Any = None
    metadata: Any = None
    max_thumbnail_side: int = MAX_THUMBNAIL_SIDE
    columns: tuple[Column, ...] = field(init=False)

    def __post_init__(self) -> None:
        if self.n_points < 1:
            raise ValueError(f"The probe set has {self.n_points} points. Watch at least one.")
        if not 1 <= self.max_thumbnail_side <= _MOST_PIXELS:
            raise ValueError(f"max_thumbnail_side is {self.max_thumbnail_side}; expected 1 to {_MOST_PIXELS} pixels.")
        if self.images is not None:
            object.__setattr__(self, "images", Images(self.images, self.n_points))
        object.__setattr__(self, "columns", tuple(self._make_columns()))

    def _make_columns(self) -> list[Column]:
        columns = []
        if self.labels is not None:
            labels = _name_classes(np.asarray(self.labels), self.class_names)
            columns.append(make_column(LABEL_COLUMN, labels, self.n_points, kind="categorical"))
        if self.metadata is not None:
            columns += make_columns(self.metadata, self.n_points)
        names = [column.name for column in columns]
        if len(set(names)) != len(names):
            raise ValueError(f"Metadata columns {names} are not all different ({LABEL_COLUMN!r} is what labels become).")
        return columns

    def fingerprint(self) -> str:
        """A digest by which a later run recognizes the same probe set."""
        digest = hashlib.sha256(str(self.n_points).encode())
        for column in self.columns:
            digest.update("\n".join([column.name, column.kind, *column.values]).encode())
        if self.images is not None:
            self.images.update_digest(digest)
        return digest.hexdigest()


def _name_classes(labels: NDArray[Any], class_names: Sequence[str] | None) -> NDArray[Any]:
    # Keras' CIFAR labels have shape (n, 1).
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.ndim == 2:
        raise ValueError(
            f"labels has shape {labels.shape}; expected one class per point. Of one-hot labels take labels.argmax(axis=1)."
        )
    if class_names is None:
        return labels
    if len(set(class_names)) != len(class_names):
        raise ValueError(
            f"class_names are not all different: {list(class_names)}. Classes of one name could not be told apart."
        )
    if labels.dtype.kind not in "iu" or (labels.size and not 0 <= labels.min() <= labels.max() < len(class_names)):
        raise ValueError(
            f"class_names has {len(class_names)} names, so labels must be integers from 0 to {len(class_names) - 1}; "
            f"got {labels.dtype} labels such as {labels[:3].tolist()}."
        )
    names: NDArray[Any] = np.asarray(class_names, dtype=object)[labels]
    return names
