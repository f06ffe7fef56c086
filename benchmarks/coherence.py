"""Quality, coherence and honesty of layouts, beside the peers'.

Every method lays every series out from several seeds; each layout is measured by benchmarks/measures.py, and the means over
the seeds are printed, written to results/coherence-<series>.json with each seed's own, and drawn: NP and KL against S and Sj.

With --add, what the file has of other methods and seeds stays: the means are then over all seeds that were measured of a
method. Without, the file holds what this run measured.

KL is given relative to that of independent t-SNE, step by step: to scikit-learn's, at the same perplexity, its mean over the
seeds; where scikit-learn is left out, to our own uncoupled layout, which is then said. "worst" is the greatest excess of any
step and any seed; label excess, too, is that of the worst step and seed.

Peers' layouts are kept in benchmarks/cache; ours are always made anew.

examples:
  python -m benchmarks.coherence                            everything: hours
  python -m benchmarks.coherence --series sorts minigaussians
  python -m benchmarks.coherence --series lenet --methods ours scikit-learn --seeds 0
  python -m benchmarks.coherence --series lenet --defaults  one strength of each method
  python -m benchmarks.coherence --series dense --methods "openTSNE chain" --seeds 1 --add
  python -m benchmarks.coherence --quick                    few points, few steps: does it run?
"""

import argparse
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import methods
from benchmarks.measures import Yardstick, excess_divergence
from benchmarks.methods import Method
from benchmarks.report import RESULTS, Column, log, package_version, print_table, write_json
from benchmarks.series import BenchmarkSeries, add_series_options, load_available
from benchmarks.targets import check_targets, print_targets

_COLUMNS = [
    Column("method"),
    Column("n_seeds", "d", "seeds"),
    Column("preservation", ".3f", "NP"),
    Column("recall_at_10", ".3f", "recall@10"),
    Column("coherence", ".2f", "S"),
    Column("jaccard_coherence", ".2f", "Sj"),
    Column("mean_divergence", ".3f", "KL"),
    Column("mean_excess", "+.1%", "KL excess"),
    Column("worst_excess", "+.1%", "worst"),
    Column("label_excess", "+.3f", "label excess"),
    Column("movement", ".4f"),
]

Measured = dict[tuple[str, float | None], dict[int, dict[str, Any]]]
"""`Method.key` → seed → `Scores` as a dict, with the seed."""

_REFERENCES: dict[str, tuple[str, float | None]] = {
    methods.SCIKIT_LEARN: (methods.SCIKIT_LEARN, None),
    f"{methods.OURS} 0": (methods.OURS, 0.0),
}

_NOT_AVERAGED = {"seed", "divergence"}


def main() -> None:
    options = parse_options()
    rows: list[dict[str, Any]] = []
    for series in load_available(options.series, options.data, is_quick=options.quick):
        known = read_scores(result_name(series.name, options)) if options.add else {}
        rows += measure_series(series, select_methods(series, options), options.seeds, known)
    if not rows:
        raise SystemExit("Nothing was measured.")
    report(rows, options)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.coherence", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_series_options(parser)
    parser.add_argument(
        "--methods",
        nargs="+",
        choices=methods.FAMILIES,
        default=methods.FAMILIES,
        metavar="METHOD",
        help=f"of {'; '.join(methods.FAMILIES)} (default: all that are installed)",
    )
    parser.add_argument("--defaults", action="store_true", help="of each method only its default strength of coupling")
    parser.add_argument("--seeds", nargs="+", type=int, metavar="SEED", help="default: 0 1 2")
    parser.add_argument("--add", action="store_true", help="keep what was measured of other methods and seeds")
    parser.add_argument(
        "--quick", action="store_true", help="at most 300 points, 5 steps, few strengths, one seed: does it run?"
    )
    options = parser.parse_args()
    options.seeds = options.seeds or ([0] if options.quick else [0, 1, 2])
    return options


def select_methods(series: BenchmarkSeries, options: argparse.Namespace) -> list[Method]:
    chosen = []
    for method in methods.list_methods(series.activations.shape[1], is_quick=options.quick):
        if method.family not in options.methods or (options.defaults and not method.is_default):
            continue
        if method.package is not None and package_version(method.package) is None:
            print(f"{method.name} is left out: {method.package} is not installed (the extra `benchmark` has it).")
            continue
        chosen.append(method)
    return chosen


def result_name(series: str, options: argparse.Namespace) -> str:
    return f"coherence-{series}" + ("-quick" if options.quick else "")


def read_scores(name: str) -> Measured:
    """What an earlier run has measured."""
    path = RESULTS / f"{name}.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    return {(row["family"], row["strength"]): {score["seed"]: score for score in row["seeds"]} for row in rows}


def measure_series(
    series: BenchmarkSeries, chosen: Sequence[Method], seeds: Sequence[int], known: Measured
) -> list[dict[str, Any]]:
    """Returns one row per method: the means over the seeds, and under "seeds" each one's scores, with those that are known."""
    yardstick = Yardstick(series.activations, series.labels)
    measured = {key: dict(scores) for key, scores in known.items()}
    for method, seed in itertools.product(chosen, seeds):
        start = time.perf_counter()
        positions = method.lay_out(yardstick, seed)
        log(f"{series.name}: {method.name}, seed {seed}: laid out in {time.perf_counter() - start:.1f} s")
        scores = asdict(yardstick.measure(positions))
        measured.setdefault(method.key, {})[seed] = {"seed": seed, **scores}
    reference_name, reference = find_reference(measured)
    rows = [
        summarize(method, [scores for _, scores in sorted(measured[method.key].items())], reference)
        for method in methods.list_methods(yardstick.n_points)
        if method.key in measured
    ]
    common = {"series": series.name, "shape": series.activations.shape, "reference": reference_name}
    return [{**common, **row} for row in rows]


def find_reference(measured: Measured) -> tuple[str | None, NDArray[np.float64] | None]:
    """Which method's KL the others' are held against, and its mean over the seeds, by step; None where neither was run."""
    for name, key in _REFERENCES.items():
        if key in measured:
            return name, np.mean([scores["divergence"] for scores in measured[key].values()], axis=0)
    return None, None


def summarize(method: Method, per_seed: Sequence[dict[str, Any]], reference: NDArray[np.float64] | None) -> dict[str, Any]:
    means = {name: float(np.mean([scores[name] for scores in per_seed])) for name in per_seed[0] if name not in _NOT_AVERAGED}
    divergence = np.array([scores["divergence"] for scores in per_seed])
    excess = None if reference is None else excess_divergence(divergence, reference)
    return {
        "method": method.name + (" (default)" if method.strength is not None and method.is_default else ""),
        "family": method.family,
        "strength": method.strength,
        "is_default": method.is_default,
        "n_seeds": len(per_seed),
        **means,
        "label_excess": max(scores["label_excess"] for scores in per_seed),
        "mean_divergence": float(divergence.mean()),
        "mean_excess": None if excess is None else float(excess.mean()),
        "worst_excess": None if excess is None else float(excess.max()),
        "divergence_ratio": None if excess is None else float(1 + excess.mean()),
        "seeds": list(per_seed),
    }


def report(rows: Sequence[dict[str, Any]], options: argparse.Namespace) -> None:
    written: list[Any] = []
    for name in dict.fromkeys(row["series"] for row in rows):
        written += report_series(name, [row for row in rows if row["series"] == name], options)
    print("Written:", *written, sep="\n  ")


def report_series(name: str, rows: Sequence[dict[str, Any]], options: argparse.Namespace) -> list[Any]:
    """Prints what was measured of a series, and returns the files that hold it."""
    n_steps, n_points, n_features = rows[0]["shape"]
    reference = rows[0]["reference"] or "nothing: neither scikit-learn nor ours 0 was run"
    print(f"\n{name}: {n_steps} steps x {n_points:,} points x {n_features} features; KL excess over {reference}")
    print_table(rows, _COLUMNS)
    checked = check_targets(rows)
    if checked:
        print("Targets" + (" (--quick: they are meant for the whole series, so this says nothing)" if options.quick else ""))
        print_targets(checked)
    file = result_name(name, options)
    written: list[Any] = [write_json(file, rows=rows, targets=checked)]
    try:
        from benchmarks.fronts import Axis, draw_fronts
    except ImportError:
        print("No pictures: matplotlib is not installed (the extra `benchmark` has it).")
        return written
    qualities = {"np": Axis("preservation", "NP: neighbors kept →")}
    if all(row["divergence_ratio"] is not None for row in rows):
        qualities["kl"] = Axis("divergence_ratio", "← KL over that of the reference", is_ratio=True)
    coherences = {
        "s": Axis("coherence", "S: movement follows displacement →"),
        "sj": Axis("jaccard_coherence", "Sj: movement follows change of neighbors →"),
    }
    for (up_name, up), (across_name, across) in itertools.product(qualities.items(), coherences.items()):
        written.append(draw_fronts(rows, across, up, RESULTS / f"{file}-{up_name}-{across_name}.png"))
    return written


if __name__ == "__main__":
    main()
