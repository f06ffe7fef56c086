"""The probe set: the fixed inputs watched for the whole run, as people will want to see them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tb_embed_plugin.store.metadata import LABEL_COLUMN, Column, make_column
from tb_embed_plugin.store.sprites import check_images


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProbeSet:
    """What is known of each point, whatever the step.

    Attributes:
        n_points: How many points there are.
        labels: Optional class of each point, shape (n_points,): integers or strings. Becomes the column "label".
        class_names: Optional names for integer labels: label i is shown as `class_names[i]`.
        images: Optional thumbnails, shape (n_points, height, width) or (n_points, height, width, 1, 3 or 4), uint8 or
            float in [0, 1].
        metadata: Optional further columns, name → shape (n_points,).
        columns: The columns that labels and metadata make. Derived.

    Raises:
        ValueError: Something does not have one entry per point, or cannot be shown.
    """

    n_points: int
    labels: ArrayLike | None = None
    class_names: Sequence[str] | None = None
    images: ArrayLike | None = None
    metadata: Mapping[str, ArrayLike] | None = None
    columns: tuple[Column, ...] = field(init=False)

    def __post_init__(self) -> None:
        if self.n_points < 1:
            raise ValueError(f"The probe set has {self.n_points} points. Watch at least one.")
        if self.images is not None:
            object.__setattr__(self, "images", check_images(self.images, self.n_points))
        object.__setattr__(self, "columns", tuple(self._make_columns()))

    def _make_columns(self) -> list[Column]:
        columns = []
        if self.labels is not None:
            labels = _name_classes(np.asarray(self.labels), self.class_names)
            columns.append(make_column(LABEL_COLUMN, labels, self.n_points, kind="categorical"))
        for name, values in (self.metadata or {}).items():
            columns.append(make_column(str(name), values, self.n_points))
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
            images = np.ascontiguousarray(self.images)
            digest.update(f"{images.shape}{images.dtype}".encode())
            digest.update(images.data)
        return digest.hexdigest()


def _name_classes(labels: NDArray[Any], class_names: Sequence[str] | None) -> NDArray[Any]:
    # Keras' CIFAR labels have shape (n, 1).
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if class_names is None:
        return labels
    if labels.dtype.kind not in "iu" or (labels.size and not 0 <= labels.min() <= labels.max() < len(class_names)):
        raise ValueError(
            f"class_names has {len(class_names)} names, so labels must be integers from 0 to {len(class_names) - 1}; "
            f"got {labels.dtype} labels such as {labels[:3].tolist()}."
        )
    names: NDArray[Any] = np.asarray(class_names, dtype=object)[labels]
    return names
