"""The command line: `tb-embed layout LOGDIR`, `tb-embed inspect LOGDIR`."""

import argparse
import fnmatch
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tb_embed_plugin.inspection import describe_quality, describe_series
from tb_embed_plugin.layout_store import LIVE, LayoutRequest, lay_out_series
from tb_embed_plugin.metadata import VERSION
from tb_embed_plugin.progress import show_progress
from tb_embed_plugin.store import Series, SeriesLocation, StoreError, delete_layout, find_series, is_finished

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tb_embed_plugin.layout import LayoutConfig

_EXAMPLES = """examples:
  tb-embed layout logs                       lay out every series below logs
  tb-embed layout logs --run run1 --tag fc1  only that one
  tb-embed layout logs --watch               follow a training, also one that has not begun; see below
  tb-embed layout logs --method pca          another method's layout, beside the default one
  tb-embed layout logs --name calm --distortion-budget 0.2
                                             a stiller layout, beside the default one
  tb-embed layout logs --method parametric --place new.npy
                                             put other inputs' activations, (n_guests, n_features), into that layout
  tb-embed inspect logs                      what there is, and how far each layout can be believed
then: tensorboard --logdir logs              tab "Training Evolution"
"""

_WATCHING = """
--watch adds each new snapshot to a layout named "live", in which nothing that is there ever moves. When a training has
ended (its callback said so, or nothing has come for --idle seconds), all of its steps are laid out together under the usual
name, and "live" is removed. Ctrl-C stops at once and keeps "live"; started again, it goes on from there.
"""

_METHOD_OPTIONS = {
    "tsne": {"perplexity", "distortion_budget", "iterations", "seed"},
    "pca": set(),
    "random-projection": {"seed"},
    "umap": {"perplexity", "seed"},
    "parametric": {"perplexity", "iterations", "seed"},
}
"""What each of layout.methods.METHODS can be told."""


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
        epilog=_EXAMPLES + _WATCHING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_selection(layout)
    layout.add_argument(
        "--method",
        default="tsne",
        choices=tuple(_METHOD_OPTIONS),
        help="how (default: tsne, all steps coupled within a distortion budget; umap and parametric "
        "need the extras umap and tensorflow)",
    )
    layout.add_argument("--name", help="name of the layout; one of the same name is replaced (default: the method's)")
    layout.add_argument("--dims", type=int, default=2, choices=(2, 3), help="dimensions (default: 2)")
    layout.add_argument(
        "--perplexity",
        type=float,
        help="size of the neighborhoods kept; tsne, parametric (default: 30, less for few points), umap (15)",
    )
    layout.add_argument(
        "--metric",
        choices=("euclidean", "cosine"),
        default="euclidean",
        help="how far apart activations are; cosine where only direction counts (default: euclidean)",
    )
    layout.add_argument(
        "--distortion-budget",
        type=float,
        metavar="SHARE",
        help="how much worse a step may be shown for the sake of stillness: 0 couples nothing; tsne (default: 0.05)",
    )
    layout.add_argument(
        "--iterations",
        type=int,
        help="gradient steps after early exaggeration; tsne, parametric (default: 400, from 5,000 points on 220)",
    )
    layout.add_argument("--seed", type=int, help="same seed, same positions (default: 0)")
    layout.add_argument("--keep-cache", action="store_true", help="keep affinities for a further layout of this perplexity")
    layout.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="of a Dask cluster whose workers see the log directory under the same path, e.g. tcp://10.0.0.1:8786: affinities "
        "and steps are spread over it; needs the extra dask (default: this machine)",
    )
    layout.add_argument("--quiet", action="store_true", help="no progress bars")
    layout.add_argument(
        "--place",
        metavar="FILE.npy",
        help="activations of other inputs, (n_guests, n_features) or (n_steps, n_guests, n_features): place them as guests "
        "in the layout, which is made first where there is none; parametric, pca, random-projection",
    )
    layout.add_argument("--step", type=int, help="the step that the guests' activations are of (default: the last)")
    _add_watch_options(layout)
    layout.set_defaults(command=_lay_out)


def _add_watch_options(layout: argparse.ArgumentParser) -> None:
    layout.add_argument("--watch", action="store_true", help="follow training, then lay out")
    layout.add_argument(
        "--interval", type=float, default=5.0, metavar="SECONDS", help="between looks for new snapshots (default: 5)"
    )
    layout.add_argument(
        "--idle",
        type=float,
        default=600.0,
        metavar="SECONDS",
        help="without a snapshot, until a training that did not say that it ended is taken to have (default: 600)",
    )


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("logdir", help="the log directory, as TensorBoard's --logdir")
    parser.add_argument("--run", default="*", help="only runs that match, e.g. 'resnet*'")
    parser.add_argument("--tag", default="*", help="only tags that match")


def _find(options: argparse.Namespace) -> list[SeriesLocation]:
    """The series that match, sorted by run and tag."""
    # Workers elsewhere have another working directory.
    is_relative = vars(options).get("scheduler") is not None and "://" not in options.logdir
    chosen = [
        location
        for location in find_series(os.path.abspath(options.logdir) if is_relative else options.logdir)
        if fnmatch.fnmatchcase(location.run, options.run) and fnmatch.fnmatchcase(location.tag, options.tag)
    ]
    return sorted(chosen, key=lambda location: (location.run, location.tag))


def _select(options: argparse.Namespace) -> list[SeriesLocation]:
    """The same, and says what there is where none matches."""
    chosen = _find(options)
    if not chosen:
        names = ", ".join(f"{location.run}:{location.tag}" for location in find_series(options.logdir)) or "none"
        _complain(
            f"No series matches run {options.run!r} and tag {options.tag!r} below {options.logdir!r}; there are: {names}. "
            "Series are captured with tb_embed_callbacks.TrainingEvolution or tb_embed_plugin.SeriesWriter."
        )
    return chosen


def _inspect(options: argparse.Namespace) -> int:
    locations = _select(options)
    for location in locations:
        for line in describe_series(location):
            print(line)
    return 0 if locations else 1


def _lay_out(options: argparse.Namespace) -> int:
    try:
        request = _make_request(options)
        guests = _read_guests(options)
    except (ValueError, OSError) as error:
        _complain(str(error))
        return 2
    try:
        from tb_embed_plugin.layout.engine import connect

        with connect(options.scheduler):
            return _watch(options, request) if options.watch else _lay_out_all(options, request, guests)
    except (OSError, ValueError, ImportError) as error:
        _complain(str(error))
        return 1


def _lay_out_all(options: argparse.Namespace, request: LayoutRequest, guests: "NDArray[np.floating] | None") -> int:
    locations = _select(options)
    failures = 0
    for location in locations:
        print(f"{location.run}  {location.tag}", flush=True)
        try:
            series = Series(location.path)
            if guests is None or request.name not in series.layout_names():
                _lay_out_series(series, request, is_quiet=options.quiet)
            if guests is not None:
                _place(series, request.name, guests, options.step)
        except (StoreError, ValueError, OSError, ImportError, KeyError) as error:
            failures += 1
            _complain(f"  {error.args[0] if isinstance(error, KeyError) else error}")
    return 1 if failures or not locations else 0


def _make_request(options: argparse.Namespace) -> LayoutRequest:
    """Returns what is asked for; raises `ValueError` where it makes no sense."""
    name = options.name or options.method
    if name == LIVE:
        raise ValueError(f"--name {LIVE} is taken: --watch adds to the layout of that name. Choose another.")
    if options.watch and options.method != "tsne":
        raise ValueError(f"--watch follows with tsne only. For {options.method}, lay out again when training has ended.")
    return LayoutRequest(method=options.method, name=name, config=_make_config(options), keeps_cache=options.keep_cache)


def _make_config(options: argparse.Namespace) -> "LayoutConfig":
    from tb_embed_plugin.layout import LayoutConfig

    told: dict[str, Any] = {}
    for option in ("perplexity", "distortion_budget", "iterations", "seed"):
        value = getattr(options, option)
        if value is None:
            continue
        if option not in _METHOD_OPTIONS[options.method]:
            raise ValueError(f"--{option.replace('_', '-')} means nothing to {options.method}. Leave it out.")
        told["n_iterations" if option == "iterations" else option] = value
    return LayoutConfig(n_dims=options.dims, metric=options.metric, **told)


def _read_guests(options: argparse.Namespace) -> "NDArray[np.floating] | None":
    """Returns the activations to place; raises `ValueError` where they are none, or asked for in vain."""
    if options.place is None:
        if options.step is not None:
            raise ValueError("--step says when the guests of --place were seen. Leave it out, or give --place too.")
        return None
    if options.watch:
        raise ValueError("--place needs a layout that is finished. Leave --watch out.")
    from tb_embed_plugin.placing import read_activations

    return read_activations(options.place)


def _place(series: Series, name: str, guests: "NDArray[np.floating]", step: int | None) -> None:
    from tb_embed_plugin.placing import place_guests

    steps = place_guests(series, name, guests, step)
    at = f"step {steps[0]}" if len(steps) == 1 else f"all {len(steps)} steps"
    print(f"  {guests.shape[-2]} guests placed in {name!r} at {at}")


def _lay_out_series(series: Series, request: LayoutRequest, *, is_quiet: bool) -> None:
    steps = series.steps()
    with show_progress(is_quiet=is_quiet) as bars:
        sequence = lay_out_series(series, steps, request, bars.update)
    print(f"  {len(steps)} steps laid out as {request.name!r}: {describe_quality(sequence)}")
    # Where training goes on, somebody may be following it.
    if request.method == "tsne" and is_finished(series.path):
        delete_layout(series.path, LIVE)


def _watch(options: argparse.Namespace, request: LayoutRequest) -> int:
    from tb_embed_plugin.live import Patience, Watch

    try:
        patience = Patience(interval=options.interval, idle=options.idle)
    except ValueError as error:
        _complain(str(error))
        return 2
    try:
        return 1 if Watch(lambda: _find(options), request, patience, is_quiet=options.quiet).run() else 0
    except KeyboardInterrupt:
        _complain(
            f"Stopped. What was added to {LIVE!r} stays, and the same command goes on from there; "
            "without --watch it lays all steps out together."
        )
        return 130


def _complain(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
