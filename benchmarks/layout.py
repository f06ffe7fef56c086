"""How fast layouts are made and how much memory they take, beside the peers, in one run on the same cores.

sequence   A whole series, `dense`: 20 steps x 10,000 points x 200 features. Ours is `tb-embed layout` end to end: a process
           that starts, reads a log directory, lays out, measures quality and writes, with numba's cache warm; its first
           run, which compiles, is told apart. Peers lay out steps in this process, already imported and compiled, at the
           same perplexity (AlignedUMAP at its own default of 15 neighbors, which is faster). They are timed on a few of the
           steps and scaled to all; recall@10 is compared on those steps.
step       One step of 70,000 points x 50: MNIST resampled with noise, 50 principal components. openTSNE's positions are
           looked at every 50 iterations; it is timed to where its recall@10 reaches ours, or to its end.
scaling    One step of 5,000 to 100,000 points, beside openTSNE; and 1 to 40 steps of 2,000 points.
memory     Peak resident memory of `tb-embed layout` on 20 steps x 100,000 points x 128 features.

In sequence and step the contenders take turns, round after round; medians are told, and the least and greatest of each. Ratios
are the peer's median over ours. Results go to results/layout-<part>.json.

examples:
  python -m benchmarks.layout                        everything, on 2 cores: hours
  python -m benchmarks.layout --parts sequence --rounds 5
  python -m benchmarks.layout --parts sequence --no-peers
  python -m benchmarks.layout --parts memory --limit 7200
  python -m benchmarks.layout --quick                small sizes: does it run?
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import peers
from benchmarks.measures import recall_at_10
from benchmarks.processes import Usage, run_measured
from benchmarks.report import RESULTS, Column, log, package_version, print_table, write_json
from benchmarks.series import add_data_option, load_series
from benchmarks.workloads import drifting_clusters, interpolate_steps, read_layout, resample_mnist, write_log_dir
from tb_embed_plugin.layout import LayoutConfig, lay_out_sequence
from tb_embed_plugin.layout.affinity import effective_perplexity

_ROOT = Path(__file__).parent.parent
_TIMED_STEPS = 3
_PINNED = "TB_EMBED_BENCHMARK_CORES"

_COLUMNS = [
    Column("contender"),
    Column("seconds", ".1f"),
    Column("least", ".1f"),
    Column("greatest", ".1f"),
    Column("recall_at_10", ".3f", "recall@10"),
    Column("ratio", ".1f"),
    Column("target", ".0f"),
    Column("note"),
]


@dataclass(slots=True, kw_only=True)
class Contender:
    """One way of doing a part's work.

    Attributes:
        name: As it is told.
        run: Does it once; returns the seconds for all of it, and the recall@10 of the result.
        target: Times ours that the project has promised this to take; None: nothing.
        note: What the reader must know.
        seconds: Of each round.
    """

    name: str
    run: Callable[[], tuple[float, float]]
    target: float | None = None
    note: str = ""
    seconds: list[float] = field(default_factory=list)
    recalls: list[float] = field(default_factory=list)

    def take_turn(self) -> None:
        seconds, recall = self.run()
        self.seconds.append(seconds)
        self.recalls.append(recall)
        log(f"{self.name}: {seconds:.1f} s, recall@10 {recall:.3f}")


def main() -> None:
    options = parse_options()
    pin_cores(options.cores)
    for part in options.parts:
        print(f"\n{part}, {options.cores} cores" + (", --quick: sizes that say nothing" if options.quick else ""), flush=True)
        results = PARTS[part](options)
        print("Written:", write_json(f"layout-{part}" + ("-quick" if options.quick else ""), **results))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.layout", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, help="how often each contender runs (default: 3)")
    parser.add_argument("--cores", type=int, default=2, help="how many cores all of them get (default: 2)")
    parser.add_argument("--no-peers", action="store_true", help="only ours")
    parser.add_argument(
        "--limit", type=float, default=3600, help="scaling, memory: stop after this many seconds, and say so (default: 3600)"
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, one round: does it run?")
    add_data_option(parser)
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 3)
    return options


def pin_cores(n_cores: int) -> None:
    """Starts this program anew on so many cores, with as many threads in every library."""
    if os.environ.get(_PINNED) == str(n_cores):
        return
    available = sorted(os.sched_getaffinity(0))
    if len(available) < n_cores:
        raise SystemExit(f"There are {len(available)} cores; --cores {n_cores} asks for more.")
    os.sched_setaffinity(0, available[:n_cores])
    threads = {f"{library}_NUM_THREADS": str(n_cores) for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    os.environ.update({_PINNED: str(n_cores), **threads})
    os.execv(sys.executable, sys.orig_argv)


def measure_sequence(options: argparse.Namespace) -> dict[str, Any]:
    activations = load_series("dense", options.data).activations
    if options.quick:
        activations = np.ascontiguousarray(activations[:6, :600])
    n_steps, n_points, _ = activations.shape
    timed = np.unique(np.linspace(0, n_steps - 1, _TIMED_STEPS).round().astype(int))
    perplexity = effective_perplexity(None, n_points)
    with tempfile.TemporaryDirectory() as folder:
        log_dir = write_log_dir(Path(folder) / "logs", n_points, activations)
        numba_cache = {"NUMBA_CACHE_DIR": str(Path(folder) / "numba")}
        cold = lay_out_by_command(log_dir, numba_cache)
        log(f"tb-embed layout, cold: {cold.seconds:.1f} s")
        usages: list[Usage] = []

        def run_ours() -> tuple[float, float]:
            usages.append(lay_out_by_command(log_dir, numba_cache))
            return usages[-1].seconds, mean_recall(activations, read_layout(log_dir), timed)

        contenders = [Contender(name="tb-embed layout", run=run_ours, note="a whole process, all steps")]
        if not options.no_peers:
            contenders += list_sequence_peers(activations, timed, perplexity)
        rows = compete(contenders, options.rounds)
    print(f"{n_steps} steps x {n_points:,} points x {activations.shape[2]}; peers timed on {len(timed)} steps, scaled to all")
    print_table(rows, _COLUMNS)
    print(f"tb-embed layout, cold (compiling): {cold.seconds:.1f} s. Peak memory: {usages[-1].peak_bytes / 1e9:.2f} GB\n")
    return {
        "shape": activations.shape,
        "timed_steps": timed,
        "rows": rows,
        "cold_seconds": cold.seconds,
        "peak_bytes": usages[-1].peak_bytes,
    }


def lay_out_by_command(log_dir: Path, environment: Mapping[str, str], *, limit: float | None = None) -> Usage:
    """Runs `tb-embed layout` on a log directory."""
    command = [sys.executable, "-m", "tb_embed_plugin.cli", "layout", str(log_dir), "--quiet"]
    path = os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    return run_measured(command, environment={**environment, "PYTHONPATH": path}, limit=limit)


def mean_recall(activations: NDArray[np.float32], layouts: Sequence[NDArray[np.float32]], timed: Sequence[int]) -> float:
    """Recall@10 over the timed steps; `layouts` are of all steps, or of those."""
    shown = layouts if len(layouts) == len(timed) else [layouts[step] for step in timed]
    return float(np.mean([recall_at_10(activations[step], layout) for step, layout in zip(timed, shown, strict=True)]))


def list_sequence_peers(activations: NDArray[np.float32], timed: NDArray[np.int64], perplexity: float) -> list[Contender]:
    """The peers that are installed, compiled and ready."""
    scale = len(activations) / len(timed)

    def per_step(lay_out: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> Callable[[], tuple[float, float]]:
        return lambda: time_steps(lambda steps: [lay_out(step) for step in steps])

    def time_steps(lay_out: Callable[[list[NDArray[np.float32]]], Sequence[NDArray[np.float32]]]) -> tuple[float, float]:
        start = time.perf_counter()
        layouts = lay_out([activations[step] for step in timed])
        seconds = (time.perf_counter() - start) * scale
        return seconds, mean_recall(activations, layouts, timed)

    def aligned_umap() -> tuple[float, float]:
        return time_steps(lambda steps: peers.lay_out_with_aligned_umap(steps, seed=None))

    # Compiles, and loads what is loaded at first use.
    warm_up = [step[:300] for step in activations[:2]]
    found = []
    if package_version("scikit-learn"):
        lay_out = per_step(lambda step: peers.lay_out_with_scikit_learn(step, perplexity, None))
        found.append(Contender(name="scikit-learn TSNE, each step", run=lay_out, target=25))
    if package_version("openTSNE"):
        for gradient in ("fft", "bh"):
            lay_out = per_step(lambda step, gradient=gradient: peers.lay_out_with_opentsne(step, perplexity, gradient=gradient))
            note = "the target is the faster of both"
            found.append(Contender(name=f"openTSNE {gradient}, each step", run=lay_out, target=15, note=note))
    if package_version("umap-learn"):
        log("compiling AlignedUMAP")
        peers.lay_out_with_aligned_umap(warm_up, seed=None, n_epochs=5)
        found.append(Contender(name="AlignedUMAP", run=aligned_umap, target=3))
    return found


def compete(contenders: Sequence[Contender], rounds: int) -> list[dict[str, Any]]:
    """Lets all take turns; returns a row for each, the first being ours."""
    for _ in range(rounds):
        for contender in contenders:
            contender.take_turn()
    own = float(np.median(contenders[0].seconds))
    return [
        {
            "contender": contender.name,
            "seconds": float(np.median(contender.seconds)),
            "least": min(contender.seconds),
            "greatest": max(contender.seconds),
            "recall_at_10": float(np.median(contender.recalls)),
            "ratio": None if contender is contenders[0] else float(np.median(contender.seconds)) / own,
            "target": contender.target,
            "note": contender.note,
            "rounds": contender.seconds,
        }
        for contender in contenders
    ]


def measure_step(options: argparse.Namespace) -> dict[str, Any]:
    snapshot = resample_mnist(2_000 if options.quick else 70_000, options.data)
    perplexity = effective_perplexity(None, len(snapshot))
    reached: list[float] = []

    def run_ours() -> tuple[float, float]:
        seconds, layout = time_own_layout(snapshot[None])
        reached.append(recall_at_10(snapshot, layout[0]))
        return seconds, reached[-1]

    def run_opentsne() -> tuple[float, float]:
        curve = trace_opentsne(snapshot, perplexity)
        curves.append(curve)
        return time_to_recall(curve, reached[-1])

    curves: list[list[tuple[float, float]]] = []
    time_own_layout(snapshot[None, :500])
    contenders = [Contender(name="ours", run=run_ours)]
    if not options.no_peers and package_version("openTSNE"):
        contenders.append(Contender(name="openTSNE, to our recall", run=run_opentsne, target=3))
    rows = compete(contenders, options.rounds)
    if len(rows) > 1 and rows[1]["recall_at_10"] < rows[0]["recall_at_10"]:
        rows[1]["note"] = "does not reach our recall; its whole run is told"
    print(f"1 step x {len(snapshot):,} points x {snapshot.shape[1]}")
    print_table(rows, _COLUMNS)
    return {"shape": snapshot.shape, "rows": rows, "opentsne_seconds_and_recall": curves}


def time_own_layout(activations: NDArray[np.float32]) -> tuple[float, NDArray[np.float32]]:
    start = time.perf_counter()
    positions = lay_out_sequence(activations, LayoutConfig()).positions
    return time.perf_counter() - start, positions


def trace_opentsne(snapshot: NDArray[np.float32], perplexity: float) -> list[tuple[float, float]]:
    """Returns seconds and recall@10 at every 50th iteration, and at the end."""
    seen: list[tuple[float, NDArray[np.float32]]] = []
    start = time.perf_counter()
    layout = peers.lay_out_with_opentsne(
        snapshot,
        perplexity,
        after_some_iterations=lambda positions: seen.append((time.perf_counter() - start, np.array(positions, np.float32))),
    )
    seen.append((time.perf_counter() - start, layout))
    return [(seconds, recall_at_10(snapshot, positions)) for seconds, positions in seen]


def time_to_recall(curve: Sequence[tuple[float, float]], wanted: float) -> tuple[float, float]:
    """The first time, between two looks in proportion, at which a curve of (seconds, recall) has what is wanted; or its end."""
    before = curve[0]
    for seconds, recall in curve:
        if recall >= wanted:
            share = 1.0 if recall == before[1] else (wanted - before[1]) / (recall - before[1])
            return before[0] + max(0.0, share) * (seconds - before[0]), wanted
        before = seconds, recall
    return curve[-1]


def measure_scaling(options: argparse.Namespace) -> dict[str, Any]:
    sizes = (500, 1_000, 2_000) if options.quick else (5_000, 10_000, 20_000, 50_000, 100_000)
    counts = (1, 2, 4) if options.quick else (1, 2, 5, 10, 20, 40)
    snapshot = resample_mnist(sizes[-1], options.data)
    dense = load_series("dense", options.data).activations[:, : 200 if options.quick else 2_000]
    time_own_layout(dense[:2, :200])
    curves = {"points": {"ours": time_growing(sizes, lambda n: time_own_layout(snapshot[None, :n]), options)}}
    if not options.no_peers and package_version("openTSNE"):
        curves["points"]["openTSNE"] = time_growing(sizes, lambda n: trace_opentsne(snapshot[:n], 30.0)[-1], options)
    curves["steps"] = {"ours": time_growing(counts, lambda n: time_own_layout(interpolate_steps(dense, n)), options)}
    rows = [
        {"curve": f"{along}, {name}", along: size, "seconds": seconds, "size": size}
        for along, members in curves.items()
        for name, curve in members.items()
        for size, seconds in curve
    ]
    print_table(rows, [Column("curve"), Column("size", ",d"), Column("seconds", ".1f")])
    for along, members in curves.items():
        for name, curve in members.items():
            if len(curve) > 1:
                exponent = np.polyfit(*np.log(np.array(curve)).T, 1)[0]
                print(f"{along}, {name}: seconds grow with the power {exponent:.2f}")
    try:
        from benchmarks.scaling_plot import draw_scaling
    except ImportError:
        print("No picture: matplotlib is not installed (the extra `benchmark` has it).")
    else:
        suffix = "-quick" if options.quick else ""
        print("Written:", draw_scaling(curves, dense.shape[1], RESULTS / f"layout-scaling{suffix}.png"))
    return {"curves": curves, "shape_of_steps": dense.shape}


def time_growing(
    sizes: Sequence[int], measure: Callable[[int], tuple[float, Any]], options: argparse.Namespace
) -> list[tuple[int, float]]:
    """Times one size after the other; stops where one alone took longer than the limit."""
    curve: list[tuple[int, float]] = []
    for size in sizes:
        seconds = float(np.median([measure(size)[0] for _ in range(options.rounds)]))
        log(f"size {size:,}: {seconds:.1f} s")
        curve.append((size, seconds))
        if seconds > options.limit and size != sizes[-1]:
            print(f"Stopped after size {size:,}, which took {seconds:.0f} s; --limit is {options.limit:.0f}.")
            break
    return curve


def measure_memory(options: argparse.Namespace) -> dict[str, Any]:
    shape = (3, 2_000, 16) if options.quick else (20, 100_000, 128)
    with tempfile.TemporaryDirectory() as folder:
        log("writing the log directory")
        log_dir = write_log_dir(Path(folder), shape[1], drifting_clusters(*shape))
        log("laying it out")
        usage = lay_out_by_command(log_dir, {}, limit=options.limit)
    row = {
        "work": f"{shape[0]} steps x {shape[1]:,} points x {shape[2]}",
        "peak": usage.peak_bytes / 1e9,
        "target": None if options.quick else 8.0,
        "seconds": usage.seconds,
        "note": "" if usage.is_complete else f"stopped at --limit {options.limit:.0f}: the peak so far",
    }
    columns = [
        Column("work"),
        Column("peak", ".2f", "peak GB"),
        Column("target", ".0f"),
        Column("seconds", ".0f"),
        Column("note"),
    ]
    print_table([row], columns)
    return {"shape": shape, "peak_bytes": usage.peak_bytes, "seconds": usage.seconds, "is_complete": usage.is_complete}


PARTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "sequence": measure_sequence,
    "step": measure_step,
    "scaling": measure_scaling,
    "memory": measure_memory,
}


if __name__ == "__main__":
    main()
