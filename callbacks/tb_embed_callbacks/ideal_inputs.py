"""The callback that records ideal inputs."""

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tb_embed_callbacks._ascent import InputAscent
from tb_embed_callbacks._cadence import Cadence, Every
from tb_embed_callbacks._pause import ErrorPolicy, OnError
from tb_embed_callbacks._recorder import check_options
from tb_embed_plugin.store import paths
from tb_embed_plugin.store.ideal_inputs import discard_ideal_inputs, write_ideal_inputs

PUBLISHED_L2 = 0.25
"""Weight of the L2 penalty in the published example."""


class IdealInputs(keras.callbacks.Callback):  # type: ignore[misc]
    """Records the input that would excite each class, or chosen units, most; the tab shows them beside the class means.

    Example:
        evolution = TrainingEvolution("logs/run1", x_probe, labels=y_probe, images=x_probe, layers=["fc1"])
        model.fit(x, y, epochs=10, callbacks=[evolution, IdealInputs("logs/run1", "fc1")])

    Gradient ascent on the input maximizes the logarithm of a class' probability, or the output of another unit, less
    l2 · Σx² + l1 · Σ|x| (Simonyan et al. 2014). It starts from the same faint noise each time.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        tag: str,
        *,
        layer: str | None = None,
        units: Sequence[int] | None = None,
        names: Sequence[str] | None = None,
        l2: float = PUBLISHED_L2,
        l1: float = 0.0,
        n_iterations: int = 100,
        learning_rate: float = 0.05,
        image_shape: Sequence[int] | None = None,
        every: Every = "epoch",
        max_snapshots: int = 200,
        seed: int = 0,
        on_error: OnError = "warn",
    ) -> None:
        """Checks everything that can be checked before training starts.

        Args:
            log_dir: The run's folder, as `TrainingEvolution` has it.
            tag: The series that they are shown with.
            layer: Name of the layer whose units are excited. None: the last.
            units: Which units; None: all.
            names: Of these units. None: their numbers.
            l2: Weight of the penalty Σx².
            l1: Weight of the penalty Σ|x|.
            n_iterations: Steps of the ascent.
            learning_rate: Of Adam.
            image_shape: (height, width) or (height, width, channels), for inputs that are no images by themselves. None: the
                input's own; a square, where it is a vector that makes one; else one row.
            every: As `TrainingEvolution` has it; the same gives the same steps.
            max_snapshots: Likewise.
            seed: Of the start.
            on_error: Likewise.

        Raises:
            ValueError: An argument is wrong; the message says how.
        """
        super().__init__()
        check_options(log_dir, on_error, dtype=None)
        if not (l1 >= 0 and l2 >= 0):
            raise ValueError(f"l1 is {l1!r} and l2 is {l2!r}; a penalty's weight is 0 or greater.")
        if n_iterations < 1 or not learning_rate > 0:
            raise ValueError(f"n_iterations is {n_iterations!r} and learning_rate {learning_rate!r}; give more than 0.")
        if units is not None and names is not None and len(names) != len(units):
            raise ValueError(f"There are {len(names)} names for {len(units)} units. Give one for each.")
        self._series = paths.series_path(os.fspath(log_dir), tag)
        self._layer = layer
        self._units = units
        self._names = names
        self._ascent_options: dict[str, Any] = {"l1": l1, "l2": l2, "learning_rate": learning_rate, "seed": seed}
        self._n_iterations = n_iterations
        self._image_shape = None if image_shape is None else tuple(image_shape)
        self._cadence = Cadence(every, max_snapshots)
        self._policy = ErrorPolicy(on_error)
        self._ascent: InputAscent | None = None
        self._shape: tuple[int, int, int] = (0, 0, 0)
        self._step = 0
        self._epoch_start = 0
        self._recorded: set[int] = set()

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        # Counted here rather than read from the optimizer at every step: JAX updates it only at the end of an epoch.
        self._step = self._epoch_start = int(self.model.optimizer.iterations)
        if self._ascent is None:
            self._prepare()
            discard_ideal_inputs(self._series, self._step)
        self._cadence.plan(self._step, self.params.get("epochs"), self.params.get("steps"))
        self._record()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._epoch_start = self._step

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        # With steps_per_execution this is called once for several batches, with the index of the last.
        self._step = self._epoch_start + batch + 1
        if self._cadence.is_due_after_batch(self._step):
            self._record()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        if self._cadence.is_due_after_epoch(epoch):
            self._record()

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        self._record(is_last=True)

    def _prepare(self) -> None:
        inputs = getattr(self.model, "inputs", None)
        if not inputs or len(inputs) != 1:
            raise ValueError(
                f"Model {self.model.name!r} has {len(inputs or ())} inputs that can be reached; ideal inputs need a Sequential "
                "or functional model with one."
            )
        layer = self.model.layers[-1] if self._layer is None else self.model.get_layer(self._layer)
        ascent = InputAscent(self.model, layer, self._units, **self._ascent_options)
        self._shape = _find_image_shape(ascent.input_shape, self._image_shape)
        if self._names is None:
            self._names = [str(unit) for unit in ascent.units]
        if len(self._names) != len(ascent.units):
            raise ValueError(f"There are {len(self._names)} names for {len(ascent.units)} units. Give one for each.")
        self._ascent = ascent

    def _record(self, *, is_last: bool = False) -> None:
        has_room = self._cadence.has_room(len(self._recorded), is_last=is_last)
        if self._step in self._recorded or not has_room or not self._policy.should_try(is_last=is_last):
            return
        try:
            self._write(self._step)
        except Exception as error:
            self._policy.fail(self._step, error)
            return
        self._recorded.add(self._step)
        self._policy.succeed(self._step)

    def _write(self, step: int) -> None:
        if self._ascent is None or self._names is None:
            raise RuntimeError("IdealInputs was not told that training begins; pass it to fit as a callback.")
        found, scores = self._ascent.climb(self._n_iterations)
        images: NDArray[np.float32] = found.reshape(len(found), *self._shape)
        write_ideal_inputs(self._series, step, images, self._names, scores)


def _find_image_shape(input_shape: tuple[int, ...], wanted: tuple[int, ...] | None) -> tuple[int, int, int]:
    """Returns (height, width, channels) of the image that an input is shown as."""
    n_values = math.prod(input_shape)
    shape = wanted
    if shape is None and len(input_shape) in (2, 3):
        shape = input_shape
    elif shape is None:
        side = math.isqrt(n_values)
        shape = (side, side) if side * side == n_values else (1, n_values)
    if len(shape) == 2:
        shape = (*shape, 1)
    if len(shape) != 3 or math.prod(shape) != n_values:
        raise ValueError(
            f"image_shape is {wanted!r}, but the input has shape {input_shape}: expected (height, width[, channels]) of as "
            "many values."
        )
    return shape[0], shape[1], shape[2]
