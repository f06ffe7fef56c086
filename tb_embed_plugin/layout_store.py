"""Between the store and the layout: snapshots that load when they are looked at, and layouts put where the tab finds them."""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.store import LayoutWriter, Series, clear_failure, clear_progress, write_failure, write_progress

if TYPE_CHECKING:
    from tb_embed_plugin.layout import LayoutConfig, LayoutSequence
    from tb_embed_plugin.layout.descents import Progress

_TELL_EVERY = 1.0
"""Seconds between two words to the store about how far a layout is."""

LIVE = "live"
"""Name of the layout that grows while training runs; removed once a joint layout has taken its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutRequest:
    """What is to be laid out as what.

    Attributes:
        method: One of `layout.methods.METHODS`.
        name: Of the layout; one of the same name is replaced.
        config: How.
        keeps_cache: Whether affinities are kept after the layout is made, for another with the same perplexity.
    """

    method: str
    name: str
    config: "LayoutConfig"
    keeps_cache: bool = False


class LazySnapshots(Sequence[NDArray[np.floating]]):
    """The activations of some steps of a series, one array in memory at a time unless the reader keeps them."""

    def __init__(self, series: Series, steps: Sequence[int]) -> None:
        self._series = series
        self._steps = steps

    def __len__(self) -> int:
        return len(self._steps)

    @overload
    def __getitem__(self, index: int) -> NDArray[np.floating]: ...
    @overload
    def __getitem__(self, index: slice) -> "LazySnapshots": ...
    def __getitem__(self, index: int | slice) -> "NDArray[np.floating] | LazySnapshots":
        if isinstance(index, slice):
            return LazySnapshots(self._series, self._steps[index])
        return self._series.read_snapshot(self._steps[index]).activations

    def __iter__(self) -> Iterator[NDArray[np.floating]]:
        return (self[index] for index in range(len(self)))


def lay_out_series(series: Series, steps: Sequence[int], request: LayoutRequest, progress: "Progress") -> "LayoutSequence":
    """Lays these steps of a series out together and stores the layout.

    Meanwhile files beside the layout say how far it is, and afterwards why it failed, if it did.
    """
    with _reporting(series.path, request.name, progress) as report:
        return _lay_out(series, steps, request, report)


def _lay_out(series: Series, steps: Sequence[int], request: LayoutRequest, progress: "Progress") -> "LayoutSequence":
    # Imported here: compiling numba's functions takes seconds that `inspect` and `--help` need not spend.
    from tb_embed_plugin.affinity_cache import AffinityCache
    from tb_embed_plugin.layout.methods import lay_out

    cache = AffinityCache(series.path, request.config)
    times = {step: series.read_facts(step).wall_time for step in steps}
    sequence = lay_out(
        LazySnapshots(series, steps),
        request.method,
        request.config,
        progress=progress,
        affinity_cache=lambda index, compute, points: cache.of_step(steps[index], compute, points),
        labels=read_labels(series),
    )
    save_layout(series, request.name, request.method, times, sequence)
    if request.method == "tsne" and not request.keeps_cache:
        cache.clear()
    return sequence


def read_labels(series: Series) -> NDArray[np.int64] | None:
    """The class of each point, shape (n_points,), negative where it has none; None for a probe set without labels."""
    names, codes = np.unique(series.label_names(), return_inverse=True)
    codes = np.where(names[codes] == "", -1, codes)
    return codes if (codes >= 0).any() else None


@contextlib.contextmanager
def _reporting(series: str, name: str, progress: "Progress") -> Iterator["Progress"]:
    """Yields a progress that also tells the store, at most once a second."""
    last_told = -_TELL_EVERY

    def report(stage: str, done: int, total: int) -> None:
        nonlocal last_told
        progress(stage, done, total)
        if time.monotonic() - last_told >= _TELL_EVERY:
            last_told = time.monotonic()
            write_progress(series, name, stage, done, total)

    try:
        yield report
    except Exception as error:
        write_failure(series, name, str(error) or type(error).__name__)
        raise
    else:
        clear_failure(series, name)
    finally:
        clear_progress(series, name)


def save_layout(series: Series, name: str, method: str, times: Mapping[int, float], sequence: "LayoutSequence") -> None:
    """Puts a layout in the place of the one of that name, if any, in one go; `times`: step → `wall_time` of its snapshot."""
    quality = sequence.quality
    with LayoutWriter(series.path, name) as writer:
        for index, step in enumerate(times):
            per_point = {measure: values[index] for measure, values in quality.per_point.items()}
            writer.write_frame(step, sequence.positions[index], per_point)
        if sequence.point_map is not None:
            writer.write_file(sequence.point_map.file_name, sequence.point_map.to_bytes())
        writer.commit(
            method=method,
            n_dims=sequence.positions.shape[2],
            parameters={**sequence.parameters, "temporal_coherence": quality.temporal_coherence},
            quality={measure: values.tolist() for measure, values in quality.per_step.items()},
            snapshot_times=times,
        )
