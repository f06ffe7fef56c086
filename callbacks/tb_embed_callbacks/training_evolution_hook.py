"""The hook for a TensorFlow 1 MonitoredTrainingSession."""

import os
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tb_embed_callbacks._cadence import Every
from tb_embed_callbacks.session_recorder import SessionRecorder, read_global_step


class TrainingEvolutionHook(tf.compat.v1.train.SessionRunHook):  # type: ignore[misc]
    """Captures tensors of a graph while a `MonitoredTrainingSession` trains it.

    Example:
        hook = TrainingEvolutionHook(hidden, {x: x_probe}, log_dir="logs/run1", every_n_steps=50, labels=y_probe)
        with tf.compat.v1.train.MonitoredTrainingSession(hooks=[hook]) as session:
            while not session.should_stop():
                session.run(train_op, {x: ..., y: ...})

    Steps are those of the graph's global step, read after each update: while a hook of a session runs, what the run fetched may
    be of before it. The step that training starts from and the one that it ends with are always captured. Where several workers
    train, give the hook to the chief alone (`chief_only_hooks`).
    """

    def __init__(
        self,
        tensors: Any,
        feed_dict: Mapping[Any, Any] | None = None,
        *,
        log_dir: str | os.PathLike[str],
        every_n_steps: Every = 100,
        **options: Any,
    ) -> None:
        """Checks what can be checked without the graph; the rest is checked before the session is made.

        Args:
            tensors: What to capture, as `SessionRecorder` takes it.
            feed_dict: What to feed for the whole probe set, as `SessionRecorder` takes it.
            log_dir: The run's folder. Use a new one for each run.
            every_n_steps: A number of steps, "log", a list of steps, or a function that tells of a step whether it is due.
            **options: The further arguments of `SessionRecorder`: labels, images, predictions and so on.

        Raises:
            ValueError: An argument is wrong; the message says how.
        """
        super().__init__()
        self._recorder = SessionRecorder(log_dir, tensors, feed_dict, every=every_n_steps, **options)

    def begin(self) -> None:
        # The last moment at which the graph can be changed: get_global_step makes the tensor that is read.
        graph = tf.compat.v1.get_default_graph()
        if tf.compat.v1.train.get_global_step(graph) is None:
            tf.compat.v1.train.create_global_step(graph)
        self._recorder.prepare(graph)

    def after_create_session(self, session: Any, coord: Any) -> None:  # noqa: ARG002 (TensorFlow calls it so)
        self._recorder.record(session, read_global_step(session))

    def after_run(self, run_context: Any, run_values: Any) -> None:  # noqa: ARG002
        self._recorder.record(run_context.session, read_global_step(run_context.session))

    def end(self, session: Any) -> None:
        self._recorder.record(session, read_global_step(session), is_last=True)
        self._recorder.close()
