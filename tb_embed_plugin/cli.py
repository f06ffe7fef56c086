"""The command line: `tb-embed layout LOGDIR`, `tb-embed inspect LOGDIR`."""

import argparse
import fnmatch
import sys
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tb_embed_plugin.metadata import VERSION
from tb_embed_plugin.store import LayoutWriter, Series, SeriesLocation, StoreError, find_series

if TYPE_CHECKING:
    from tb_embed_plugin.layout import LayoutSequence

_EXAMPLES = """examples:
  tb-embed layout logs                       lay out every series below logs
  tb-embed layout logs --run run1 --tag fc1  only that one
  tb-embed layout logs --name calm --distortion-budget 0.2
                                             a stiller layout, beside the default one
  tb-embed inspect logs                      what there is
then: tensorboard --logdir logs              tab "Training Evolution"
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit status: 0, or 1 where something could not be done."""
    options = _make_parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except KeyboardInterrupt:
        print("Stopped. Nothing half done is left behind.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tb-embed",
        description="Lays out captured activations for TensorBoard's tab 'Training Evolution'.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_layout_command(commands)
    inspect = commands.add_parser("inspect", help="list the series, their steps and layouts")
    _add_selection(inspect)
    inspect.set_defaults(command=_inspect)
    return parser


def _add_layout_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    layout = commands.add_parser(
        "layout",
        help="lay out all steps of each series together",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_selection(layout)
    layout.add_argument("--name", default="tsne", help="name of the layout; one of the same name is replaced (default: tsne)")
    layout.add_argument("--dims", type=int, default=2, choices=(2, 3), help="dimensions (default: 2)")
    layout.add_argument("--perplexity", type=float, help="size of the neighborhoods kept (default: 30, less for few points)")
    layout.add_argument(
        "--distortion-budget",
        type=float,
        default=0.05,
        metavar="SHARE",
        help="how much worse a step may be shown for the sake of stillness: 0 couples nothing (default: 0.05)",
    )
    layout.add_argument("--iterations", type=int, default=250, help="gradient steps after early exaggeration (default: 250)")
    layout.add_argument("--seed", type=int, default=0, help="same seed, same positions (default: 0)")
    layout.add_argument("--quiet", action="store_true", help="no progress bars")
    layout.set_defaults(command=_lay_out)


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("logdir", help="the log directory, as TensorBoard's --logdir")
    parser.add_argument("--run", default="*", help="only runs that match, e.g. 'resnet*'")
    parser.add_argument("--tag", default="*", help="only tags that match")


def _select(options: argparse.Namespace) -> list[SeriesLocation]:
    everything = list(find_series(options.logdir))
    chosen = [
        location
        for location in everything
        if fnmatch.fnmatchcase(location.run, options.run) and fnmatch.fnmatchcase(location.tag, options.tag)
    ]
    if not chosen:
        names = ", ".join(f"{location.run}:{location.tag}" for location in everything) or "none"
        print(
            f"No series matches run {options.run!r} and tag {options.tag!r} below {options.logdir!r}; there are: {names}. "
            "Series are captured with tb_embed_callbacks.TrainingEvolution or tb_embed_plugin.SeriesWriter.",
            file=sys.stderr,
        )
    return sorted(chosen, key=lambda location: (location.run, location.tag))


def _inspect(options: argparse.Namespace) -> int:
    locations = _select(options)
    for location in locations:
        try:
            series = Series(location.path)
            steps = series.steps()
            span = f"{len(steps)} steps, {steps[0]} to {steps[-1]}" if steps else "no steps"
            print(f"{location.run}  {location.tag}  {series.n_points} points  {span}")
            for name in series.layout_names():
                layout = series.open_layout(name)
                print(f"    layout {name}: {layout.method}, {layout.n_dims}-D, {len(layout.steps)} steps")
        except StoreError as error:
            print(f"{location.run}  {location.tag}  {error}")
    return 0 if locations else 1


def _lay_out(options: argparse.Namespace) -> int:
    locations = _select(options)
    failures = 0
    for location in locations:
        print(f"{location.run}  {location.tag}")
        try:
            _lay_out_series(Series(location.path), options)
        except (StoreError, ValueError, OSError) as error:
            failures += 1
            print(f"  {error}", file=sys.stderr)
    return 1 if failures or not locations else 0


def _lay_out_series(series: Series, options: argparse.Namespace) -> None:
    # Imported here: compiling numba's functions takes seconds that `inspect` and `--help` need not spend.
    from tb_embed_plugin.layout import LayoutConfig, lay_out_sequence
    from tb_embed_plugin.progress import ProgressBars

    config = LayoutConfig(
        n_dims=options.dims,
        perplexity=options.perplexity,
        distortion_budget=options.distortion_budget,
        n_iterations=options.iterations,
        seed=options.seed,
    )
    steps = series.steps()
    snapshots = [series.read_snapshot(step).activations for step in steps]
    with ProgressBars(is_quiet=options.quiet) as bars, warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: bars.write(f"  {message}")
        sequence = lay_out_sequence(snapshots, config, progress=bars.update)
    _save_layout(series, options.name, steps, sequence)
    quality = sequence.quality
    print(
        f"  {len(steps)} steps laid out as {options.name!r}: "
        f"neighborhood preservation {quality.per_step['neighborhood_preservation'].mean():.2f}, "
        f"trustworthiness {quality.per_step['trustworthiness'].mean():.2f}, "
        f"coherence {quality.temporal_coherence:.2f}, distortion spent {quality.per_step['distortion'].mean():+.1%}"
    )


def _save_layout(series: Series, name: str, steps: Sequence[int], sequence: "LayoutSequence") -> None:
    quality = sequence.quality
    with LayoutWriter(series.path, name) as writer:
        for index, step in enumerate(steps):
            per_point = {measure: values[index] for measure, values in quality.per_point.items()}
            writer.write_frame(step, sequence.positions[index], per_point)
        writer.commit(
            method="tsne",
            n_dims=sequence.positions.shape[2],
            parameters={**sequence.parameters, "temporal_coherence": quality.temporal_coherence},
            quality={measure: values.tolist() for measure, values in quality.per_step.items()},
        )


if __name__ == "__main__":
    sys.exit(main())
