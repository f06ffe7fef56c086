"""Scalars of a run: TensorBoard's own, and those captured with the snapshots."""

from collections.abc import Iterable, Sequence
from typing import Any

from tb_embed_plugin.store import Series, SeriesLocation, without_non_finite

_PLUGIN = "scalars"

_MAX_POINTS = 1000
"""Points of a curve; more are sampled down, as TensorBoard does with its own charts."""


def read_run_scalars(provider: Any, context: Any, experiment: str, run: str, others: Iterable[str]) -> list[dict[str, Any]]:
    """Reads all scalar series of a run and of the runs nested in it, such as Keras' `run1/train`.

    Args:
        provider: TensorBoard's data provider, or None where this TensorBoard has none.
        context: Its request context.
        experiment: Its experiment's id.
        run: Name of the run.
        others: The runs that have a series of their own: what is nested in them is theirs.
    """
    if provider is None:
        return []
    listed = provider.list_scalars(context, experiment_id=experiment, plugin_name=_PLUGIN)
    runs = [name for name in listed if _owner(name, {run, *others}) == run]
    if not runs:
        return []
    read = provider.read_scalars(
        context,
        experiment_id=experiment,
        plugin_name=_PLUGIN,
        downsample=_MAX_POINTS,
        run_tag_filter=_make_filter(runs),
    )
    return [_describe_curve(name, tag, data) for name in sorted(read) for tag, data in sorted(read[name].items())]


def read_snapshot_scalars(locations: Iterable[SeriesLocation]) -> list[dict[str, Any]]:
    """Reads when the snapshots of each series were captured, and the scalars that came with them."""
    return [_describe_snapshots(Series(location.path)) for location in locations]


def _describe_snapshots(series: Series) -> dict[str, Any]:
    facts = [series.read_facts(step) for step in series.steps()]
    names = sorted({name for fact in facts for name in fact.scalars})
    return {
        "tag": series.tag,
        "steps": [fact.step for fact in facts],
        "wall_times": [fact.wall_time for fact in facts],
        "scalars": {name: [fact.scalars.get(name) for fact in facts] for name in names},
    }


def _describe_curve(run: str, tag: str, data: Sequence[Any]) -> dict[str, Any]:
    return {
        "run": run,
        "tag": tag,
        "steps": [int(datum.step) for datum in data],
        "values": without_non_finite([float(datum.value) for datum in data]),
        "wall_times": [float(datum.wall_time) for datum in data],
    }


def _owner(name: str, owners: set[str]) -> str | None:
    """The innermost of the owners that a run is, or is nested in; "." is the log directory itself."""
    parts = name.split("/")
    around = ["/".join(parts[:depth]) for depth in range(len(parts), 0, -1)]
    return next((candidate for candidate in [*around, "."] if candidate in owners), None)


def _make_filter(runs: Sequence[str]) -> Any:
    # Imported here: nothing else of this module needs TensorBoard.
    from tensorboard.data.provider import RunTagFilter

    return RunTagFilter(runs=runs)
