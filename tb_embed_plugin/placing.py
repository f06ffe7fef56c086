"""Placing points that were not in the probe set in a layout that is there."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.store import Series, StoredLayout, StoreError, write_guests

if TYPE_CHECKING:
    from tb_embed_plugin.layout.maps import PointMap


def read_activations(path: str) -> NDArray[np.floating]:
    """Reads a `.npy` file of activations, shape (n_guests, n_features) or (n_steps, n_guests, n_features).

    Raises:
        ValueError: It holds something else. (A file of pickled objects is refused unread.)
        OSError: It cannot be read.
    """
    array = np.load(path, allow_pickle=False)
    if not isinstance(array, np.ndarray) or array.ndim not in (2, 3) or array.dtype.kind not in "fiub" or 0 in array.shape:
        described = f"shape {array.shape} and dtype {array.dtype}" if isinstance(array, np.ndarray) else "several arrays"
        raise ValueError(
            f"{path} has {described}; expected activations of shape (n_guests, n_features), or "
            "(n_steps, n_guests, n_features) for every step of the layout."
        )
    return array


def place_guests(series: Series, name: str, activations: NDArray[np.floating], step: int | None = None) -> list[int]:
    """Places activations in a layout and stores their places with it.

    Args:
        series: The series.
        name: Of a layout by a method that has a map: parametric, pca, random-projection.
        activations: Of one step, (n_guests, n_features), or of all, (n_steps, n_guests, n_features): the same layer of the
            same network, for other inputs.
        step: The one step; None: the layout's last.

    Returns:
        The steps at which the guests now have places.

    Raises:
        KeyError: There is no such layout, or it has no such step.
        ValueError: The activations do not fit the layout, or its method cannot place points.
    """
    layout = series.open_layout(name)
    steps = _choose_steps(layout, activations, step)
    point_map = _read_map(layout)
    if activations.shape[-1] != point_map.n_features:
        raise ValueError(
            f"The guests have {activations.shape[-1]} features, but layout {name!r} is of points with {point_map.n_features}. "
            "Compute the activations of the same layer."
        )
    by_step = activations if activations.ndim == 3 else activations[None]
    center = _Centering(series, str(layout.parameters.get("metric", "euclidean")))
    write_guests(layout, {at: center.place(at, guests, point_map.place) for at, guests in zip(steps, by_step, strict=True)})
    return steps


def _choose_steps(layout: StoredLayout, activations: NDArray[np.floating], step: int | None) -> list[int]:
    if activations.ndim == 3:
        if step is not None or len(activations) != len(layout.steps):
            raise ValueError(
                f"The guests have activations of {len(activations)} steps, but layout {layout.name!r} has "
                f"{len(layout.steps)}. Give as many, and no step; or those of one step, shape (n_guests, n_features)."
            )
        return layout.steps
    if step is None:
        return layout.steps[-1:]
    if step not in layout.steps:
        raise KeyError(f"Layout {layout.name!r} has no step {step}; it has {layout.steps}.")
    return [step]


def _read_map(layout: StoredLayout) -> "PointMap":
    # Imported here: `inspect` and `--help` need nothing of the layout.
    from tb_embed_plugin.layout.maps import MAP_FILES, map_from_bytes

    for name in MAP_FILES:
        if name in layout.file_names():
            return map_from_bytes(name, layout.read_file(name))
    raise ValueError(
        f"Layout {layout.name!r} ({layout.method}) has no map that could place further points; those of parametric, pca "
        "and random-projection have. Lay out by one of them, with this version."
    )


class _Centering:
    """Treats guests as the layout treated its own points: in its metric, around the mean of its points at that step."""

    def __init__(self, series: Series, metric: str) -> None:
        self._series = series
        self._metric = metric

    def place(
        self,
        step: int,
        guests: NDArray[np.floating],
        place: Callable[[NDArray[np.floating]], NDArray[np.float32]],
    ) -> NDArray[np.float32]:
        from tb_embed_plugin.layout.snapshots import CheckedSnapshots

        # One after the other: the two have unlike numbers of points.
        own, others = (
            CheckedSnapshots([array], self._metric).read(0)  # type: ignore[arg-type]
            for array in (self._series.read_snapshot(step).activations, guests)
        )
        if not own.present.any():
            raise StoreError(f"No point of the layout is finite at step {step}, so nothing can be placed there.")
        mean = own.activations[own.present].astype(np.float64).mean(axis=0)
        positions = place(others.activations.astype(np.float64) - mean)
        positions[~others.present] = np.nan
        return positions
