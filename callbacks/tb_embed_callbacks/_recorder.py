"""Takes activations out of a training's hands: every way of capturing writes through this."""

import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tb_embed_callbacks._live import LiveLayout
from tb_embed_callbacks._pause import ErrorPolicy, OnError, warn
from tb_embed_plugin.store import ProbeSet, SeriesWriter, filesystem, is_finished, paths

Dtype = Literal["float32", "float16"]

_MAX_SNAPSHOTS_IN_MEMORY = 2
"""One is computed, or waits, while another is written."""

_VALUES_AT_ONCE = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Capture:
    """One snapshot on its way to the disk.

    Attributes:
        activations: Real numbers, shape (n_points, n_features).
        per_point: Columns of that step, name → shape (n_points,): "prediction", "confidence", "loss".
        scalars: Of that step and this series, such as the accuracy on the probe set.
    """

    activations: ArrayLike
    per_point: Mapping[str, ArrayLike] = field(default_factory=dict)
    scalars: Mapping[str, float] = field(default_factory=dict)


class Recorder:
    """Writes the snapshots of one training, of one or several tags, without keeping it waiting.

        recorder = Recorder("logs/run1", {"fc1": ProbeSet(n_points=500, labels=y_probe)})
        for step in range(n_steps):
            ...
            recorder.capture(step, lambda: {"fc1": Capture(activations=forward(x_probe))}, scalars={"loss": loss})
        recorder.close()

    `capture` calls the function on this thread, and that is all it does here: a thread of its own converts and writes. At most
    two snapshots are in memory; a training that captures faster than the disk writes waits for room. The function's arrays
    belong to the recorder then: do not change them.

    Failures, of the function and of the disk, are told on the training's thread: at the next `capture`, `flush` or `close`.
    With on_error="warn" there is one warning, and capturing pauses: it is tried again at a later capture, which says so where
    it goes on. Values that are not finite are written and warned of once; where no point is finite, capturing pauses.

    Where `close` is not called, because the training failed, what was captured is still written, and the series stays open
    for a training that is resumed.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        probe_sets: Mapping[str, ProbeSet],
        *,
        first_step: int = 0,
        provenance: Mapping[str, Mapping[str, Any]] | None = None,
        on_error: OnError = "warn",
        live: bool = False,
        dtype: Dtype | None = None,
    ) -> None:
        """Opens the series; whatever is wrong is raised here, before training starts.

        Args:
            log_dir: The run's folder.
            probe_sets: tag → its points. Several tags may share one.
            first_step: The step that training starts from. Snapshots from there on are of an earlier attempt and dropped: this
                training makes them again. A run that has ended is not started over, though: see Raises.
            provenance: tag → JSON values kept beside its data, such as the layer's name.
            on_error: "warn" or "raise".
            live: Lays the run out while it goes on, in a process of low priority that ends with the run; see `_live`.
            dtype: How activations are stored; None: as they come, float32 or float16.

        Raises:
            ValueError: An argument is wrong, a series has another probe set, or `first_step` is 0 and a series is a run that
                has ended.
            SeriesLockedError: Another writer of a series is alive.
            OSError: The folder cannot be written to.
        """
        check_options(log_dir, on_error, dtype)
        self._policy = ErrorPolicy(on_error)
        self._dtype = dtype
        self._writers: dict[str, SeriesWriter] = {}
        _refuse_finished_run(os.fspath(log_dir), probe_sets, first_step)
        try:
            for tag, probe_set in probe_sets.items():
                self._writers[tag] = SeriesWriter(log_dir, tag, probe_set, provenance=(provenance or {}).get(tag))
            self._discard_from(first_step)
        except BaseException:
            self._release()
            raise
        self._captured: set[int] = set()
        self._failures: deque[tuple[int, Exception]] = deque()
        self._remarks: deque[str] = deque()
        self._has_remarked = False
        self._is_closed = False
        self._room = threading.BoundedSemaphore(_MAX_SNAPSHOTS_IN_MEMORY)
        # Its thread does not keep the recorder alive, and at the interpreter's end it is waited for.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="training-evolution")
        self._live = LiveLayout(log_dir) if live else None

    @property
    def n_captured(self) -> int:
        """How many steps this recorder has captured; those that failed do not count."""
        return len(self._captured)

    def capture(
        self,
        step: int,
        compute: Callable[[], Mapping[str, Capture]],
        *,
        scalars: Mapping[str, float] | None = None,
        is_last: bool = False,
    ) -> None:
        """Computes a snapshot now, and has it written soon.

        Args:
            step: Training step; one that is captured already is passed over.
            compute: Returns tag → what to write.
            scalars: Training scalars of that step, for all tags.
            is_last: Nothing will come after: a pause tries once more.
        """
        self._tell()
        if step in self._captured or not self._policy.should_try(is_last=is_last):
            return
        self._room.acquire()
        try:
            snapshots = compute()
        except Exception as error:
            self._room.release()
            self._policy.fail(step, error)
            return
        except BaseException:
            self._room.release()
            raise
        self._captured.add(step)
        # Taken out of its box, it is nobody's when it is written: the thread's queue would hold it longer.
        written = self._thread.submit(self._write, step, [snapshots], dict(scalars or {}))
        del snapshots
        if self._policy.is_paused:
            self._try_once(step, written)

    def flush(self) -> None:
        """Waits until all that was captured is written, or has failed, and tells of failures."""
        self._thread.submit(lambda: None).result()
        self._tell()

    def close(self) -> None:
        """The run has ended: flushes, and marks the series as complete. Safe to call twice."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self.flush()
            for writer in self._writers.values():
                writer.close()
        except OSError as error:
            # Where capturing is paused, this has been told.
            if not self._policy.is_paused:
                self._policy.fail(max(self._captured, default=0), error)
        finally:
            self._thread.shutdown()
            self._release()
        if self._live:
            self._live.let_finish()

    def abandon(self) -> None:
        """The run has failed: writes what was captured, but leaves the series open for a training that is resumed."""
        self._is_closed = True
        self._thread.shutdown()
        self._release()
        if self._live:
            self._live.stop()

    def _write(self, step: int, box: list[Mapping[str, Capture]], scalars: Mapping[str, float]) -> None:
        try:
            self._write_snapshots(step, box.pop(), scalars)
        except Exception as error:
            self._captured.discard(step)
            self._failures.append((step, error))
        finally:
            self._room.release()

    def _write_snapshots(self, step: int, snapshots: Mapping[str, Capture], scalars: Mapping[str, float]) -> None:
        for tag, snapshot in snapshots.items():
            activations = self._convert(tag, step, snapshot.activations)
            self._writers[tag].write_snapshot(
                step, activations, scalars={**scalars, **snapshot.scalars}, per_point=snapshot.per_point
            )

    def _convert(self, tag: str, step: int, activations: ArrayLike) -> NDArray[Any]:
        array = np.asarray(activations)
        n_broken = _count_rows_not_finite(array)
        if n_broken and n_broken == len(array):
            raise ValueError(f"No point of {tag!r} at step {step} is finite: the network has diverged.")
        if n_broken and not self._has_remarked:
            self._has_remarked = True
            self._remarks.append(
                f"Training Evolution: {n_broken} of {len(array)} points of {tag!r} at step {step} have values that are not "
                "finite. They are written as they are, and layouts leave these points out."
            )
        return _to_half(array) if self._dtype == "float16" else array.astype(self._dtype or array.dtype, copy=False)

    def _try_once(self, step: int, written: "Future[None]") -> None:
        """In a pause a capture is waited for, so that its end is told at once."""
        written.result()
        if not self._failures:
            self._policy.succeed(step)
        self._tell()

    def _tell(self) -> None:
        while self._remarks:
            warn(self._remarks.popleft())
        while self._failures:
            self._policy.fail(*self._failures.popleft())
        failure = self._live and self._live.find_failure()
        if failure:
            self._live = None
            warn(f"The live layout has ended, {failure} Training and capturing go on; lay out later: tb-embed layout LOGDIR.")

    def _discard_from(self, first_step: int) -> None:
        for tag, writer in self._writers.items():
            dropped = writer.discard_from(first_step)
            if dropped and first_step == 0:
                warn(
                    f"Training Evolution drops {len(dropped)} snapshots of {tag!r}, steps {dropped[0]} to {dropped[-1]}: "
                    "they are of a run that did not end, and this training starts over at step 0."
                )

    def _release(self) -> None:
        for writer in self._writers.values():
            with suppress(OSError):
                writer.release()


def check_options(log_dir: str | os.PathLike[str], on_error: str, dtype: str | None) -> None:
    """Checks what can be checked before there is anything to record.

    Raises:
        ValueError: The folder is remote, or one of the others is none that there is.
    """
    filesystem.require_local(os.fspath(log_dir))
    if on_error not in get_args(OnError):
        raise ValueError(f'on_error is {on_error!r}; expected "warn" or "raise".')
    if dtype is not None and dtype not in get_args(Dtype):
        raise ValueError(f'dtype is {dtype!r}; expected "float32", "float16", or None for what the network computes in.')


def _refuse_finished_run(log_dir: str, tags: Mapping[str, Any], first_step: int) -> None:
    for tag in tags:
        series = paths.series_path(log_dir, tag)
        steps = paths.list_steps(paths.snapshots_path(series))
        if first_step == 0 and steps and is_finished(series):
            raise ValueError(
                f"{log_dir!r} holds snapshots of {tag!r} up to step {steps[-1]} already, and this training starts at step 0. "
                "Write each run to a new log_dir (or give another tag); to resume a run, restore the optimizer's state, too."
            )


def _count_rows_not_finite(array: NDArray[Any]) -> int:
    if array.ndim != 2 or array.dtype.kind != "f":
        return 0
    # Some rows at a time: a mask of all of them would be a quarter of a snapshot.
    n_rows = max(1, _VALUES_AT_ONCE // max(1, array.shape[1]))
    parts = (array[first : first + n_rows] for first in range(0, len(array), n_rows))
    return sum(int((~np.isfinite(part).all(axis=1)).sum()) for part in parts)


def _to_half(array: NDArray[Any]) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    # What is finite stays so.
    too_large = np.isinf(half) & np.isfinite(array)
    if too_large.any():
        half[too_large] = np.copysign(np.finfo(np.float16).max, array[too_large])
    return half
