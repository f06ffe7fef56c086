"""Capturing from a TensorFlow 1 session, in a loop of one's own."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import tensorflow as tf
from numpy.typing import ArrayLike

from tb_embed_callbacks._cadence import Cadence, Every
from tb_embed_callbacks._pause import OnError
from tb_embed_callbacks._predictions import PointScores, ScoreKind, class_indices
from tb_embed_callbacks._recorder import Capture, Dtype, Recorder, check_options
from tb_embed_callbacks._session_probe import POOLINGS, Pooling, SessionProbe
from tb_embed_plugin.store import ProbeSet

ClassScores = Literal["auto", "probabilities", "logits"]
CLASS_SCORES: tuple[ClassScores, ...] = ("auto", "probabilities", "logits")


class SessionRecorder:
    """Captures tensors of a graph from a `tf.compat.v1.Session`, for TensorBoard's tab "Training Evolution".

    Example:
        recorder = SessionRecorder("logs/run1", {"fc1": hidden}, {x: x_probe, keep_prob: 1.0}, labels=y_probe)
        for step in range(1000):
            if step % 50 == 0:
                recorder.record(session, step)
            session.run(train_op, {x: ..., y: ..., keep_prob: 0.5})
        recorder.record(session, 1000)
        recorder.close()

    A recorder adds no operations to the graph, so that the graph may be finalized.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        tensors: Any,
        feed_dict: Mapping[Any, Any] | None = None,
        *,
        labels: ArrayLike | None = None,
        class_names: Sequence[str] | None = None,
        images: Any = None,
        metadata: Any = None,
        predictions: Any = None,
        class_scores: ClassScores = "auto",
        every: Every = 1,
        max_snapshots: int = 200,
        pooling: Pooling = "flatten",
        batch_size: int = 256,
        dtype: Dtype | None = None,
        live: bool = False,
        on_error: OnError = "warn",
    ) -> None:
        """Checks everything that can be checked without a session.

        Args:
            log_dir: The run's folder, below TensorBoard's --logdir. Use a new one for each run.
            tensors: What to capture, each as a series of its own: a tensor, a variable (its rows are the points), the name of
                one, a list of these, or tag → one.
            feed_dict: As for `session.run`, for the whole probe set: values with one row per point are fed in batches, others
                as they are. May be left for `record`; variables need none.
            labels: Class of each point, shape (n_points,).
            class_names: Names for integer labels.
            images: Thumbnails, (n_points, height, width[, channels]), uint8 or float in [0, 1].
            metadata: Further columns: name → one value per point, or a table. For a variable, its vocabulary.
            predictions: A tensor of class scores, shape (n_points, n_classes), for the prediction, confidence and loss of each
                point. Needs labels that are class indices.
            class_scores: What `predictions` are: "probabilities" or "logits". "auto": probabilities where a softmax or a
                sigmoid makes them, else logits.
            every: Which of the recorded steps to capture: a number of steps, "log", a list of steps, or a function that tells
                of a step whether it is due. The first is always captured.
            max_snapshots: At most so many are written, the last place being kept for `record(..., is_last=True)`.
            pooling: For tensors with more than two axes: "flatten" them, or take the "average" or "max" over all but the last.
            batch_size: Points per forward pass.
            dtype: How activations are stored: "float32", "float16", or None for what the graph computes in.
            live: Lays the run out while it trains, in a process of low priority.
            on_error: "warn": a capture that fails warns once, capturing pauses, is tried again later, and training goes on.
                "raise": it raises.

        Raises:
            ValueError: An argument is wrong; the message says how.
        """
        for name, value, choices in (("pooling", pooling, POOLINGS), ("class_scores", class_scores, CLASS_SCORES)):
            if value not in choices:
                raise ValueError(f"{name} is {value!r}; expected one of {', '.join(map(repr, choices))}.")
        if every == "epoch":
            raise ValueError('every is "epoch", but a session knows steps only. Give a number of steps, or "log".')
        check_options(log_dir, on_error, dtype)
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; expected 1 or more.")
        self._log_dir = log_dir
        self._tensors = tensors
        self._feed_dict = feed_dict
        self._known: dict[str, Any] = {
            "labels": labels,
            "class_names": class_names,
            "images": images,
            "metadata": metadata,
        }
        self._predictions = predictions
        self._class_scores = class_scores
        self._cadence = Cadence(every, max_snapshots)
        self._pooling: Pooling = pooling
        self._batch_size = batch_size
        self._recording: dict[str, Any] = {"dtype": dtype, "live": live, "on_error": on_error}
        self._probe: SessionProbe | None = None
        self._probe_set: ProbeSet | None = None
        self._scores: PointScores | None = None
        self._recorder: Recorder | None = None
        self._last_step = -1

    def __enter__(self) -> "SessionRecorder":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
        elif self._recorder is not None:
            self._recorder.abandon()

    def prepare(self, graph: Any, feed_dict: Mapping[Any, Any] | None = None) -> None:
        """Finds the tensors, and checks that labels, images and metadata fit them; `record` does it where nobody has.

        Raises:
            ValueError: Something is not in the graph, or does not have one entry per point.
        """
        self._probe = SessionProbe(graph, self._tensors, feed_dict or self._feed_dict, self._predictions)
        if self._probe_set is None:
            self._probe_set = ProbeSet(n_points=self._probe.n_points, **self._known)
            self._scores = self._make_scores(self._probe)

    def record(
        self,
        session: Any,
        step: int | None = None,
        *,
        feed_dict: Mapping[Any, Any] | None = None,
        scalars: Mapping[str, float] | None = None,
        is_last: bool = False,
    ) -> None:
        """Captures, where it is due.

        Args:
            session: A session of the graph.
            step: Training step; None: the graph's global step, read now.
            feed_dict: Instead of the constructor's.
            scalars: Training scalars of that step, such as loss and accuracy.
            is_last: Nothing will come after: it is captured whatever the cadence.

        Raises:
            ValueError: At the first call: something does not fit; see `prepare`.
        """
        if self._probe is None or feed_dict is not None:
            self.prepare(session.graph, feed_dict)
        step = read_global_step(session) if step is None else step
        is_due = self._recorder is None or self._is_due(step)
        recorder = self._recorder = self._recorder or self._open(step)
        self._last_step = max(step, self._last_step)
        if (is_due or is_last) and self._cadence.has_room(recorder.n_captured, is_last=is_last):
            recorder.capture(step, lambda: self._compute(session), scalars=scalars, is_last=is_last)

    def close(self) -> None:
        """The run has ended: waits for what is being written, and marks the series as complete. Safe to call twice."""
        if self._recorder is not None:
            self._recorder.close()

    def _is_due(self, step: int) -> bool:
        # A step that was not recorded may have been the one that is due; the cadence counts every one.
        due = [self._cadence.is_due_after_batch(passed) for passed in range(self._last_step + 1, step + 1)]
        return any(due)

    def _open(self, step: int) -> Recorder:
        assert self._probe is not None
        assert self._probe_set is not None
        shared = {"tensorflow": tf.__version__, "pooling": self._pooling}
        self._cadence.plan(step, None, None)
        return Recorder(
            self._log_dir,
            dict.fromkeys(self._probe.tensors, self._probe_set),
            first_step=step,
            provenance={tag: {"tensor": tensor.name, **shared} for tag, tensor in self._probe.tensors.items()},
            **self._recording,
        )

    def _make_scores(self, probe: SessionProbe) -> PointScores | None:
        if probe.predictions is None:
            return None
        labels = class_indices(self._known["labels"])
        if labels is None:
            raise ValueError("predictions are given, but labels are not class indices. Give one integer per point.")
        n_classes = probe.predictions.shape[-1] if probe.predictions.shape.rank == 2 else None
        if labels.min() < 0 or (n_classes not in (None, 1) and labels.max() >= n_classes):
            raise ValueError(f"labels range from {labels.min()} to {labels.max()}, and predictions have {n_classes} classes.")
        is_probability = probe.predictions.op.type in ("Softmax", "Sigmoid")
        guess: ScoreKind = "probabilities" if is_probability else "logits"
        return PointScores(guess if self._class_scores == "auto" else self._class_scores, labels)

    def _compute(self, session: Any) -> dict[str, Capture]:
        assert self._probe is not None
        scores = self._scores
        arrays = self._probe.run(session, self._pooling, self._batch_size, None if scores is None else scores.see_outputs)
        columns = {} if scores is None else scores.take_columns()
        scalars = {} if scores is None else scores.summarize()
        return {tag: Capture(activations=array, per_point=columns, scalars=scalars) for tag, array in arrays.items()}


def read_global_step(session: Any) -> int:
    """Returns the graph's global step as it is now.

    Raises:
        ValueError: The graph has none.
    """
    global_step = tf.compat.v1.train.get_global_step(session.graph)
    if global_step is None:
        raise ValueError(
            "The graph has no global step. Make one with tf.compat.v1.train.get_or_create_global_step() and give it to the "
            "optimizer's minimize(), or count yourself: record(session, step)."
        )
    return int(session.run(global_step))
