"""The Keras callback."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tb_embed_callbacks._cadence import Cadence, Every
from tb_embed_callbacks._chief import is_chief
from tb_embed_callbacks._class_scores import CLASS_SCORES, ClassScores, find_scores
from tb_embed_callbacks._pause import OnError, warn
from tb_embed_callbacks._predictions import PointScores, class_indices
from tb_embed_callbacks._probe_inputs import count_points, read_probe_inputs
from tb_embed_callbacks._recorder import Capture, Dtype, Recorder, check_options
from tb_embed_callbacks._tap import POOLINGS, ForwardPass, Pooling
from tb_embed_callbacks._targets import Wanted, find_targets
from tb_embed_callbacks._weights import Vocabulary, WantedWeights, WatchedWeights, find_weights, read_variable
from tb_embed_plugin.store import ProbeSet


class TrainingEvolution(keras.callbacks.Callback):  # type: ignore[misc]
    """Captures what a model makes of a probe set while it trains, for TensorBoard's tab "Training Evolution".

    Example:
        evolution = TrainingEvolution("logs/run1", x_probe, labels=y_probe, images=x_probe, layers=["fc1"])
        model.fit(x, y, epochs=10, callbacks=[evolution])
        # then: tb-embed layout logs && tensorboard --logdir logs

    A step is one update of the weights, counted by the optimizer. The network before its first update (step 0) and after
    its last are always captured. A training that is resumed (with the optimizer's state, or by `initial_epoch`) continues its
    series, and makes anew the snapshots of the steps that it trains again.

    Where the model is a classifier and labels are class indices, each snapshot has for each point the prediction, its
    confidence and the cross-entropy loss, and for all of them `probe_loss` and `probe_accuracy`; see `class_scores`.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        x: Any = None,
        *,
        labels: ArrayLike | None = None,
        class_names: Sequence[str] | None = None,
        images: Any = None,
        metadata: Any = None,
        layers: Sequence[Wanted] | Mapping[str, Wanted] | None = None,
        weights: Sequence[WantedWeights] | Mapping[str, WantedWeights] | None = None,
        vocabulary: Vocabulary | Mapping[str, Vocabulary] | None = None,
        tag: str | None = None,
        every: Every = "epoch",
        max_snapshots: int = 200,
        pooling: Pooling = "flatten",
        batch_size: int = 256,
        dtype: Dtype | None = None,
        class_scores: ClassScores = "auto",
        live: bool = False,
        on_error: OnError = "warn",
    ) -> None:
        """Checks everything that can be checked without the model; the rest is checked when training begins.

        Args:
            log_dir: The run's folder, below TensorBoard's --logdir. Use a new one for each run.
            x: The probe set, as the model takes it: an array, or a list or dictionary of arrays, one row per point; or a
                batched `tf.data.Dataset` of x or (x, y), which is read once. May be left out where only `weights` are watched.
            labels: Class of each point, shape (n_points,). None: those that come with a dataset, if any.
            class_names: Names for integer labels.
            images: Thumbnails, (n_points, height, width[, channels]), uint8 or float in [0, 1]; see `ProbeSet`.
            metadata: Further columns, one value per point: a dictionary of arrays, a data frame; see `ProbeSet`.
            layers: What to capture; each makes a series of its own. Names of layers, paths into nested models such as
                "encoder/dense_1", layers, tensors of the model's graph (`model.inputs[0]`), functions of the model that return
                one of these, or functions of the model and a batch that compute activations, for what no layer outputs:
                {"encoder": lambda model, x: model.encoder(x)}. A dictionary names the series. None: the last hidden layer.
            weights: Variables to watch, whose rows are the points: names of layers, such as an Embedding's, layers, variables,
                or functions of the model that return one of these. A dictionary names the series.
            vocabulary: Of `weights`: one word per row; or row → word, to watch only these rows; or a `ProbeSet`. For several
                weights, name → any of these.
            tag: Name of the series. None: what is captured. With several it is the prefix: "tag/layer".
            every: "epoch"; a number of steps; "log", for steps in a geometric series; a list of steps; or a function that tells
                of a step whether it is due.
            max_snapshots: At most so many are written; a longer run is captured in wider intervals.
            pooling: For outputs with more than two axes: "flatten" them, or take the "average" or "max" over all but the
                channels.
            batch_size: Points per forward pass.
            dtype: How activations are stored: "float32", "float16" for half the space, or None for what the model computes in.
            class_scores: What the model's outputs are: "probabilities", "logits", or None for neither. "auto" believes the
                compiled loss: a categorical cross-entropy, or a binary one of a single unit, and its `from_logits`; with any
                other loss, a softmax or single sigmoid in the last layer.
            live: Lays the run out while it trains, in a process of low priority.
            on_error: "warn": a capture that fails warns once, capturing pauses, is tried again later, and training goes on.
                "raise": it raises.

        Raises:
            ValueError: An argument is wrong; the message says how.
        """
        super().__init__()
        _check_choice("pooling", pooling, POOLINGS)
        _check_choice("class_scores", class_scores, CLASS_SCORES)
        check_options(log_dir, on_error, dtype)
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; expected 1 or more.")
        self._x, self._probe_set = _make_probe_set(x, labels, class_names, images, metadata)
        if self._probe_set is None and (weights is None or layers is not None):
            raise ValueError(
                "There is no probe set: give x, the inputs to watch; or only weights=..., for which no inputs are needed."
            )
        self._layers = layers
        self._weights = weights
        self._vocabulary = vocabulary
        self._tag = tag
        self._cadence = Cadence(every, max_snapshots)
        self._pooling = pooling
        self._batch_size = batch_size
        self._class_scores = class_scores
        self._log_dir = log_dir
        self._recording: dict[str, Any] = {"dtype": dtype, "live": live, "on_error": on_error}
        self._pass: ForwardPass | None = None
        self._scores: PointScores | None = None
        self._watched: list[WatchedWeights] = []
        self._tags: list[str] = []
        self._recorder: Recorder | None = None
        self._is_chief = True
        self._first_step = self._n_batches = self._epoch_start = 0
        self._logs: Mapping[str, Any] = {}

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        self._is_chief = is_chief(self.model)
        if self._is_chief:
            self._find_what_to_capture()
        self._recorder = None

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        # Only here Keras tells the epoch that a resumed training begins with.
        if self._recorder is None and self._is_chief:
            self._start_recording(epoch)
        self._epoch_start = self._n_batches

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        # With steps_per_execution this is called once for several batches, with the index of the last.
        self._n_batches = self._epoch_start + batch + 1
        self._logs = logs or {}
        if self._cadence.is_due_after_batch(self._step):
            self._capture(self._logs)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._logs = logs or {}
        if self._cadence.is_due_after_epoch(epoch):
            self._capture(self._logs)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        self._capture(self._logs, is_last=True)
        if self._recorder is not None:
            self._recorder.close()

    @property
    def _step(self) -> int:
        # Counted here rather than read from the optimizer at every step: JAX updates it only at the end of an epoch.
        return self._first_step + self._n_batches // (self.model.optimizer.gradient_accumulation_steps or 1)

    def _find_what_to_capture(self) -> None:
        """Finds layers and variables, and tries a batch: whatever is wrong is said before training."""
        model = self.model
        self._watched = [] if self._weights is None else find_weights(model, self._weights, self._vocabulary)
        names = [watched.name for watched in self._watched]
        if self._probe_set is not None:
            targets = find_targets(model, self._layers)
            self._pass = ForwardPass(model, targets, self._pooling, self._x, self._batch_size)
            self._scores = self._try_batch(self._pass)
            names = [target.name for target in targets] + names
        self._tags = [self._make_tag(name, len(names)) for name in names]
        if len(set(self._tags)) < len(names):
            raise ValueError(f"The series would be called {self._tags}: name them apart, layers={{...}}, weights={{...}}.")

    def _try_batch(self, forward_pass: ForwardPass) -> PointScores | None:
        try:
            _, outputs = forward_pass.run_first_batch()
        except Exception as error:
            shapes = [array.shape for array in keras.tree.flatten(self._x)]
            raise ValueError(
                f"Model {self.model.name!r} cannot be run on the probe set, of shapes {shapes}: {type(error).__name__}: {error}"
            ) from error
        labels = None if self._probe_set is None else class_indices(self._probe_set.labels)
        scores, reason = find_scores(self.model, outputs, labels, self._class_scores)
        if reason:
            warn(reason)
        return scores

    def _start_recording(self, epoch: int) -> None:
        steps_per_epoch = self.params.get("steps")
        self._n_batches = 0
        # A model whose weights alone were restored has an optimizer that counts from 0.
        accumulated = self.model.optimizer.gradient_accumulation_steps or 1
        self._first_step = max(
            int(read_variable(self.model.optimizer.iterations)), epoch * (steps_per_epoch or 0) // accumulated
        )
        targets = self._pass.targets if self._pass else []
        points = [self._probe_set for _ in targets if self._probe_set] + [watched.points for watched in self._watched]
        self._recorder = Recorder(
            self._log_dir,
            dict(zip(self._tags, points, strict=True)),
            first_step=self._first_step,
            provenance=self._describe(),
            **self._recording,
        )
        n_epochs = self.params.get("epochs")
        self._cadence.plan(self._first_step, n_epochs and n_epochs - epoch, steps_per_epoch)
        self._capture({})

    def _describe(self) -> dict[str, dict[str, Any]]:
        shared = {"model": self.model.name, "keras": keras.__version__, "backend": keras.backend.backend()}
        layers = [{"layer": target.name, "pooling": self._pooling} for target in (self._pass.targets if self._pass else [])]
        variables = [{"weights": watched.name} for watched in self._watched]
        return {tag: {**own, **shared} for tag, own in zip(self._tags, [*layers, *variables], strict=True)}

    def _make_tag(self, name: str, n_names: int) -> str:
        if self._tag is None:
            return name
        return self._tag if n_names == 1 else f"{self._tag}/{name}"

    def _capture(self, logs: Mapping[str, Any], *, is_last: bool = False) -> None:
        recorder = self._recorder
        if recorder is not None and self._cadence.has_room(recorder.n_captured, is_last=is_last):
            scalars = {name: float(value) for name, value in logs.items() if np.ndim(value) == 0}
            recorder.capture(self._step, self._compute, scalars=scalars, is_last=is_last)

    def _compute(self) -> dict[str, Capture]:
        # Asked for even where nothing else is wanted of it: JAX keeps the weights elsewhere until somebody asks for the model.
        _ = self.model
        activations: list[NDArray[Any]] = []
        columns: dict[str, NDArray[Any]] = {}
        scalars: dict[str, float] = {}
        if self._pass is not None:
            activations = self._pass.run(None if self._scores is None else self._scores.see_outputs)
            if self._scores is not None:
                columns, scalars = self._scores.take_columns(), self._scores.summarize()
        captures = [Capture(activations=array, per_point=columns, scalars=scalars) for array in activations]
        captures += [Capture(activations=watched.read(), scalars=scalars) for watched in self._watched]
        return dict(zip(self._tags, captures, strict=True))


def _make_probe_set(
    x: Any,
    labels: ArrayLike | None,
    class_names: Sequence[str] | None,
    images: Any,
    metadata: Any,
) -> tuple[Any, ProbeSet | None]:
    if x is None:
        told = [name for name, value in (("labels", labels), ("images", images), ("metadata", metadata)) if value is not None]
        if told:
            raise ValueError(
                f"{' and '.join(told)} tell of the inputs x, and x is missing. What is known of weights is their vocabulary."
            )
        return None, None
    arrays, own_labels = read_probe_inputs(x)
    probe_set = ProbeSet(
        n_points=count_points(arrays),
        labels=own_labels if labels is None else labels,
        class_names=class_names,
        images=images,
        metadata=metadata,
    )
    return arrays, probe_set


def _check_choice(name: str, value: Any, choices: Sequence[Any]) -> None:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; expected one of {', '.join(map(repr, choices))}.")
