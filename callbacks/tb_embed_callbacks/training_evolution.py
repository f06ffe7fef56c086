"""The Keras callback."""

import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import ArrayLike

from tb_embed_callbacks._cadence import Cadence, Every
from tb_embed_callbacks._capture import POOLINGS, ActivationCapture, Pooling
from tb_embed_plugin.store import ProbeSet, SeriesWriter


class TrainingEvolution(keras.callbacks.Callback):  # type: ignore[misc]
    """Captures the activations of a probe set while a model trains, for TensorBoard's tab "Training Evolution".

    Example:
        evolution = TrainingEvolution("logs/run1", x_probe, labels=y_probe, images=x_probe, layers=["fc1"])
        model.fit(x, y, epochs=10, callbacks=[evolution])
        # then: tb-embed layout logs && tensorboard --logdir logs

    A step is one update of the weights, counted by the optimizer. The network before its first update (step 0) and after
    its last are always captured.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        x: Any,
        *,
        labels: ArrayLike | None = None,
        class_names: Sequence[str] | None = None,
        images: ArrayLike | None = None,
        metadata: Mapping[str, ArrayLike] | None = None,
        layers: Sequence[str | keras.Layer] | None = None,
        tag: str | None = None,
        every: Every = "epoch",
        max_snapshots: int = 200,
        pooling: Pooling = "flatten",
        batch_size: int = 256,
        on_error: Literal["warn", "raise"] = "warn",
    ) -> None:
        """Checks everything that can be checked before training starts.

        Args:
            log_dir: The run's folder, below TensorBoard's --logdir. Use a new one for each run.
            x: The probe set, as the model takes it: an array, or a list or dictionary of arrays, one row per point.
            labels: Class of each point, shape (n_points,).
            class_names: Names for integer labels.
            images: Thumbnails, (n_points, height, width[, channels]), uint8 or float in [0, 1].
            metadata: Further columns, name → one value per point.
            layers: Names of layers, or layers; each makes a series of its own. None: the last hidden layer.
            tag: Name of the series. None: the layer's. With several layers it is the prefix: "tag/layer".
            every: "epoch"; a number of steps; or "log", for steps in a geometric series.
            max_snapshots: At most so many are written; a longer run is captured in wider intervals.
            pooling: For outputs with more than two axes: "flatten" them, or take the "average" or "max" over all but the
                channels.
            batch_size: Points per forward pass.
            on_error: "warn": a capture that fails warns once, capturing stops, and training goes on. "raise": it raises.

        Raises:
            ValueError: An argument is wrong; the message says how.
        """
        super().__init__()
        rows = {len(array) for array in keras.tree.flatten(x)}
        if len(rows) != 1:
            raise ValueError(f"The inputs of the probe set have {sorted(rows)} rows; expected one number, one row per point.")
        if pooling not in POOLINGS:
            raise ValueError(f"pooling is {pooling!r}; expected one of {', '.join(map(repr, POOLINGS))}.")
        if on_error not in ("warn", "raise"):
            raise ValueError(f'on_error is {on_error!r}; expected "warn" or "raise".')
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; expected 1 or more.")
        self._log_dir = log_dir
        self._x = keras.tree.map_structure(np.asarray, x)
        self._probe_set = ProbeSet(
            n_points=rows.pop(), labels=labels, class_names=class_names, images=images, metadata=metadata
        )
        self._layers = layers
        self._tag = tag
        self._cadence = Cadence(every, max_snapshots)
        self._pooling = pooling
        self._batch_size = batch_size
        self._on_error = on_error
        self._capture: ActivationCapture | None = None
        self._writers: list[SeriesWriter] = []
        self._step = 0
        self._epoch_start = 0
        self._captured: set[int] = set()
        self._has_failed = False
        self._logs: Mapping[str, Any] = {}

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        # Counted here rather than read from the optimizer at every step: JAX updates it only at the end of an epoch.
        self._step = self._epoch_start = int(self.model.optimizer.iterations)
        if self._capture is None:
            self._capture = ActivationCapture(self.model, self._layers, self._pooling, self._batch_size)
            self._writers = [self._open_writer(name) for name in self._capture.layer_names]
        self._cadence.plan(self._step, self.params.get("epochs"), self.params.get("steps"))
        self._capture_snapshot({})

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._epoch_start = self._step

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        # With steps_per_execution this is called once for several batches, with the index of the last.
        self._step = self._epoch_start + batch + 1
        self._logs = logs or {}
        if self._cadence.is_due_after_batch(self._step):
            self._capture_snapshot(self._logs)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._logs = logs or {}
        if self._cadence.is_due_after_epoch(epoch):
            self._capture_snapshot(self._logs)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        self._capture_snapshot(self._logs, is_last=True)
        for writer in self._writers:
            writer.close()

    def _open_writer(self, layer_name: str) -> SeriesWriter:
        tag = layer_name if self._tag is None else self._tag
        if self._tag is not None and self._layers and len(self._layers) > 1:
            tag = f"{self._tag}/{layer_name}"
        provenance = {"layer": layer_name, "model": self.model.name, "keras": keras.__version__, "pooling": self._pooling}
        writer = SeriesWriter(self._log_dir, tag, self._probe_set, provenance=provenance)
        later = [step for step in writer.steps() if step >= self._step]
        if later:
            raise ValueError(
                f"{os.fspath(self._log_dir)!r} holds snapshots of {tag!r} up to step {later[-1]} already, and this training "
                f"starts at step {self._step}. Write each run to a new log_dir (or give another tag)."
            )
        return writer

    def _capture_snapshot(self, logs: Mapping[str, Any], *, is_last: bool = False) -> None:
        is_wanted = self._step not in self._captured and self._cadence.has_room(len(self._captured), is_last=is_last)
        if self._has_failed or not is_wanted or self._capture is None:
            return
        try:
            scalars = {name: float(value) for name, value in logs.items() if np.ndim(value) == 0}
            for writer, activations in zip(self._writers, self._capture.run(self._x), strict=True):
                writer.write_snapshot(self._step, activations, scalars=scalars)
            self._captured.add(self._step)
        except Exception as error:
            # Hours of training are worth more than their picture.
            if self._on_error == "raise":
                raise
            self._has_failed = True
            warnings.warn(
                f"Training Evolution stops capturing at step {self._step}: {type(error).__name__}: {error} "
                "Training goes on; what was captured is kept.",
                RuntimeWarning,
                stacklevel=2,
            )
