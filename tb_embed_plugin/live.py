"""Following a training: each new snapshot is added to the layout "live", and at the end all are laid out together.

All that has to be remembered is on disk. So this may be started before the first snapshot, killed at any moment and started
again, and goes on from what is there.
"""

import contextlib
import itertools
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from tb_embed_plugin.affinity_cache import AffinityCache
from tb_embed_plugin.inspection import describe_quality
from tb_embed_plugin.layout.affinity import Affinities, effective_perplexity
from tb_embed_plugin.layout.append import N_ITERATIONS, AddedLayout, LaidOutStep, lay_out_first, lay_out_next
from tb_embed_plugin.layout.presence import affinities_of_present
from tb_embed_plugin.layout.snapshots import CheckedSnapshot, CheckedSnapshots
from tb_embed_plugin.layout_store import LIVE, LayoutRequest, LazySnapshots, lay_out_series, read_labels
from tb_embed_plugin.progress import show_progress
from tb_embed_plugin.store import (
    FollowerLock,
    LayoutAppender,
    Series,
    SeriesLocation,
    SeriesLockedError,
    StoredFrame,
    StoredLayout,
    StoreError,
    delete_layout,
    is_finished,
    paths,
    stat_snapshot,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds.

    Attributes:
        interval: Between two looks for new snapshots.
        idle: Without a new snapshot, until a training that did not say that it has ended is taken for dead.
    """

    interval: float = 5.0
    idle: float = 600.0

    def __post_init__(self) -> None:
        if not (self.interval > 0 and self.idle > 0):
            raise ValueError(f"interval is {self.interval} and idle {self.idle}; give seconds, more than 0.")


class LiveSeries:
    """Follows one series; nobody else does until `close`, or until this process ends, however it ends."""

    def __init__(self, location: SeriesLocation, request: LayoutRequest, patience: Patience, *, is_quiet: bool) -> None:
        self.name = f"{location.run}  {location.tag}"
        # Before anything is read: what another one adds would be missing from it.
        self._lock = FollowerLock(location.path)
        self._series = Series(location.path)
        self._request = request
        self._patience = patience
        self._is_quiet = is_quiet
        self._labels = read_labels(self._series)
        self._cache = AffinityCache(location.path, request.config)
        self._appender: LayoutAppender | None = None
        self._past: LaidOutStep | None = None
        self._unusable: set[int] = set()
        self._captured: dict[int, tuple[tuple[int, int, int], float]] = {}
        self._times = self._read_times()
        self._last_news = time.monotonic() - _age_of_newest_snapshot(location.path)

    def close(self) -> None:
        """Lets others follow the series."""
        self._lock.release()

    def add_next(self) -> bool:
        """Adds the next snapshot to the live layout; returns whether there was one."""
        # In this order: a training that was taken for dead, and has gone on, is heard of here.
        pending = self._pending()
        if not pending or self.has_ended():
            return False
        with self._looking_again():
            self._read_and_add(pending[0])
        return True

    def _read_and_add(self, step: int) -> None:
        try:
            snapshot = self._read_snapshot(step)
        except (ValueError, StoreError) as error:
            self._unusable.add(step)
            complain(f"{self.name}  step {step} is left out: {error}")
            return
        added = self._add(step, snapshot)
        n_absent = int((~snapshot.present).sum())
        print(
            f"{self.name}  step {step} added to {LIVE!r}: "
            f"neighborhood preservation {added.quality['neighborhood_preservation']:.2f}, "
            f"trustworthiness {added.quality['trustworthiness']:.2f}"
            + (f"; {n_absent} points are not finite, and stay where they were" if n_absent else ""),
            flush=True,
        )

    @contextlib.contextmanager
    def _looking_again(self) -> Iterator[None]:
        """Does nothing further where a training that was resumed has meanwhile discarded what was to be read."""
        try:
            yield
        except (KeyError, FileNotFoundError):
            if self._read_times() == self._times:
                raise

    def has_ended(self) -> bool:
        """Returns whether no more snapshots are to be expected."""
        return is_finished(self._series.path) or time.monotonic() - self._last_news > self._patience.idle

    def is_replaced(self) -> bool:
        """Returns whether another series is now where this one was."""
        with contextlib.suppress(StoreError, OSError):
            return Series(self._series.path).made_at != self._series.made_at
        return False

    def is_laid_out(self) -> bool:
        """Returns whether the joint layout covers all steps, and has taken the live one's place."""
        return self._is_covered() and self._open(LIVE) is None

    def lay_out(self) -> None:
        """Lays all steps out together; the live layout has then served."""
        with self._looking_again():
            if not self._is_covered():
                self._lay_out(self._usable_steps())
            delete_layout(self._series.path, LIVE)
            self._appender = self._past = None

    def _lay_out(self, steps: list[int]) -> None:
        with show_progress(is_quiet=self._is_quiet) as bars:
            sequence = lay_out_series(self._series, steps, self._request, bars.update)
        summary = describe_quality(sequence)
        print(f"{self.name}  {len(steps)} steps laid out as {self._request.name!r}: {summary}", flush=True)

    def _is_covered(self) -> bool:
        joint = self._open(self._request.name)
        steps = self._usable_steps()
        return not steps or (joint is not None and all(self._shows(joint, step) for step in steps))

    def _usable_steps(self) -> list[int]:
        times = self._read_times()
        if times != self._times:
            self._unusable -= {step for step in self._unusable if times.get(step) != self._times.get(step)}
            self._times, self._last_news = times, time.monotonic()
        return [step for step in times if step not in self._unusable]

    def _read_times(self) -> dict[int, float | None]:
        """When each step was captured, ascending; None where that cannot be read.

        Files that are as they were are not read again.
        """
        times: dict[int, float | None] = {}
        for step in self._series.steps():
            times[step] = None
            with contextlib.suppress(StoreError, OSError, KeyError):
                file = stat_snapshot(self._series.path, step)
                state = file.st_ino, file.st_size, file.st_mtime_ns
                if step not in self._captured or self._captured[step][0] != state:
                    self._captured[step] = state, self._series.read_facts(step).wall_time
                times[step] = self._captured[step][1]
        return times

    def _shows(self, layout: StoredLayout, step: int) -> bool:
        """Whether a layout has a step, as it is: not as it was before a training made it anew."""
        shown = step in layout.snapshot_times and step in self._times
        return shown and layout.snapshot_times[step] in (None, self._times[step])

    def _shown_steps(self, layout: StoredLayout) -> list[int]:
        """A layout's steps up to the first that has been made anew, or discarded, since."""
        return list(itertools.takewhile(lambda step: self._shows(layout, step), layout.steps))

    def _pending(self) -> list[int]:
        """The steps that are later than all that are laid out; one that comes late waits for the joint layout."""
        steps = self._usable_steps()
        live = self._open(LIVE)
        if live is not None:
            self._drop_outdated(live)
            self._appender = self._appender or self._open_appender()
            laid_out = self._appender.steps
        else:
            joint = self._open(self._request.name)
            laid_out = self._shown_steps(joint) if joint else []
        return [step for step in steps if not laid_out or step > laid_out[-1]]

    def _drop_outdated(self, live: StoredLayout) -> None:
        """Begins the live layout anew, with the frames before the first that a training has made anew."""
        kept = self._shown_steps(live)
        if kept == live.steps:
            return
        frames = [(step, live.read_frame(step)) for step in kept]
        delete_layout(self._series.path, LIVE)
        self._past = None
        self._appender = self._make_appender()
        _copy_frames(live, frames, self._appender)

    def _add(self, step: int, snapshot: CheckedSnapshot) -> AddedLayout:
        appender = self._appender = self._appender or self._open_appender()
        config = self._request.config
        past = self._past or self._read_past(appender)
        affinities = self._affinities(step, snapshot)
        lay_out = partial(lay_out_next, past) if past else lay_out_first
        added = lay_out(snapshot, affinities, config, labels=self._labels)
        appender.append(step, added.positions, added.per_point, added.quality, snapshot_time=self._times.get(step))
        self._past = LaidOutStep(snapshot, affinities, added.positions)
        return added

    def _read_past(self, appender: LayoutAppender) -> LaidOutStep | None:
        if not appender.steps:
            return None
        step = appender.steps[-1]
        snapshot = self._read_snapshot(step)
        return LaidOutStep(snapshot, self._affinities(step, snapshot), appender.read_frame(step).positions)

    def _read_snapshot(self, step: int) -> CheckedSnapshot:
        return CheckedSnapshots(LazySnapshots(self._series, [step]), self._request.config.metric).read(0)

    def _open_appender(self) -> LayoutAppender:
        appender = self._make_appender()
        joint = self._open(self._request.name)
        if not appender.steps and joint and joint.n_dims == self._request.config.n_dims:
            _copy_frames(joint, [(step, joint.read_frame(step)) for step in self._shown_steps(joint)], appender)
        return appender

    def _make_appender(self) -> LayoutAppender:
        config = self._request.config
        parameters = {
            "perplexity": effective_perplexity(config.perplexity, self._series.n_points),
            "metric": config.metric,
            "distortion_budget": config.distortion_budget,
            "n_iterations": config.n_iterations or N_ITERATIONS,
            "seed": config.seed,
        }
        return LayoutAppender(self._series.path, LIVE, method="tsne", n_dims=config.n_dims, parameters=parameters)

    def _affinities(self, step: int, snapshot: CheckedSnapshot) -> Affinities:
        return self._cache.of_step(step, lambda: affinities_of_present(snapshot, self._request.config.perplexity))

    def _open(self, name: str) -> StoredLayout | None:
        try:
            return self._series.open_layout(name)
        except (KeyError, FileNotFoundError):
            return None


class Watch:
    """Follows every series there is, also those that come later, until all have ended."""

    def __init__(
        self,
        find: Callable[[], Iterable[SeriesLocation]],
        request: LayoutRequest,
        patience: Patience,
        *,
        is_quiet: bool = False,
    ) -> None:
        """Takes what `find` gives, asked anew at every look."""
        self._find = find
        self._request = request
        self._patience = patience
        self._is_quiet = is_quiet
        self._followed: dict[str, LiveSeries] = {}
        self._failed: set[str] = set()
        self._awaited: set[str] = set()
        self._has_laid_out = False
        self._notice = ""

    def run(self) -> int:
        """Returns how many series could not be followed to their end.

        What had ended and was laid out before the start does not count as an end: a training may be about to begin.
        """
        try:
            while True:
                self._discover()
                if self._advance():
                    continue
                if self._is_over():
                    return len(self._failed)
                self._say_what_is_awaited()
                time.sleep(self._patience.interval)
        finally:
            for series in self._followed.values():
                series.close()

    def _discover(self) -> None:
        for location in self._find():
            followed = self._followed.get(location.path)
            if followed and followed.is_replaced():
                self._followed.pop(location.path).close()
            if location.path not in self._followed and location.path not in self._failed:
                name = f"{location.run}  {location.tag}"
                with self._failing_alone(location.path, name), self._waiting_for_its_turn(location.path, name):
                    self._followed[location.path] = LiveSeries(location, self._request, self._patience, is_quiet=self._is_quiet)

    def _advance(self) -> bool:
        """Does some of what there is to do; returns whether there was anything."""
        # One step of each in turn, so that none waits for another's; joint layouts, which take long, come last.
        has_added = [self._add_next(path) for path in list(self._followed)]
        return any(has_added) or any(self._lay_out(path) for path in list(self._followed))

    def _add_next(self, path: str) -> bool:
        with self._failing_alone(path, self._followed[path].name):
            return self._followed[path].add_next()
        return True

    def _lay_out(self, path: str) -> bool:
        series = self._followed[path]
        with self._failing_alone(path, series.name):
            if not series.has_ended() or series.is_laid_out():
                return False
            series.lay_out()
            self._has_laid_out = True
        return True

    def _is_over(self) -> bool:
        have_ended = all(series.has_ended() for series in self._followed.values())
        return have_ended and (self._has_laid_out or bool(self._failed))

    @contextlib.contextmanager
    def _failing_alone(self, path: str, name: str) -> Iterator[None]:
        """What is wrong with one series is said, and the others are followed on."""
        try:
            yield
        except (StoreError, ValueError, OSError, KeyError) as error:
            complain(f"{name}  {error.args[0] if isinstance(error, KeyError) else error}")
            self._failed.add(path)
            failed = self._followed.pop(path, None)
            if failed:
                failed.close()

    @contextlib.contextmanager
    def _waiting_for_its_turn(self, path: str, name: str) -> Iterator[None]:
        """Who comes second waits, to take over where the first one dies."""
        try:
            yield
        except SeriesLockedError as error:
            if path not in self._awaited:
                complain(f"{name}  {error}")
            self._awaited.add(path)

    def _say_what_is_awaited(self) -> None:
        running = [series.name for series in self._followed.values() if not series.has_ended()]
        notice = f"Waiting for snapshots of {', '.join(running)}." if running else "Waiting for a training to write a series."
        if notice != self._notice:
            print(f"{notice} Ctrl-C stops.", flush=True)
            self._notice = notice


def complain(message: str) -> None:
    """Tells the user what is wrong."""
    print(message, file=sys.stderr, flush=True)


def _copy_frames(source: StoredLayout, frames: Iterable[tuple[int, StoredFrame]], target: LayoutAppender) -> None:
    """A training that is resumed goes on in the picture that there is."""
    for step, frame in frames:
        index = source.steps.index(step)
        quality = {name: values[index] for name, values in source.quality.items()}
        known = {name: value for name, value in quality.items() if value is not None}
        target.append(step, frame.positions, frame.per_point, known, snapshot_time=source.snapshot_times.get(step))


def _age_of_newest_snapshot(series: str) -> float:
    """Seconds since the last snapshot was written; 0 where there is none, or the clocks disagree."""
    times = [stat_snapshot(series, step).st_mtime for step in paths.list_steps(paths.snapshots_path(series))[-1:]]
    return max(0.0, time.time() - times[0]) if times else 0.0
