"""What the project has promised of its layouts, held against what was measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import methods
from benchmarks.report import Column, print_table

Row = Mapping[str, Any]

_COLUMNS = [Column("series"), Column("target"), Column("limit", ".3f"), Column("measured", ".3f"), Column("verdict")]


def check_targets(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Holds the default's rows against the targets of their series; a target whose reference is missing stays open."""
    ours = {row["series"]: row for row in rows if row["family"] == methods.OURS and row["is_default"]}
    peers = {(row["series"], row["family"]): row for row in rows}

    def peer(series: str, family: str, measure: str) -> float | None:
        row = peers.get((series, family))
        return None if row is None else row[measure]

    def share(part: float | None, whole: float | None) -> float | None:
        return None if part is None or not whole else part / whole

    def own(series: str, measure: str) -> float | None:
        return ours.get(series, {}).get(measure)

    def against(series: str, measure: str, family: str) -> float | None:
        return share(own(series, measure), peer(series, family, measure))

    lenet_preservation = against("lenet", "preservation", methods.SCIKIT_LEARN)
    dense_movement = against("dense", "movement", methods.CHAIN)
    promises = [
        ("sorts", "NP at least", 0.585, own("sorts", "preservation")),
        ("sorts", "S at least", 0.66, own("sorts", "coherence")),
        ("minigaussians", "NP at least", 0.640, own("minigaussians", "preservation")),
        ("minigaussians", "S at least", 0.65, own("minigaussians", "coherence")),
        ("lenet", "NP over scikit-learn's at least", 0.99, lenet_preservation),
        ("lenet", "Sj at least", 0.55, own("lenet", "jaccard_coherence")),
        ("lenet", "KL excess of the worst step at most", 0.10, own("lenet", "worst_excess")),
        ("lenet", "KL excess, mean, at most", 0.05, own("lenet", "mean_excess")),
        ("lenet", "label excess at most", 0.02, own("lenet", "label_excess")),
        ("dense", "recall@10 over scikit-learn's at least", 0.985, against("dense", "recall_at_10", methods.SCIKIT_LEARN)),
        ("dense", "KL over scikit-learn's at most", 1.01, against("dense", "mean_divergence", methods.SCIKIT_LEARN)),
        ("dense", "S at least", 0.35, own("dense", "coherence")),
        ("dense", "movement over the openTSNE chain's at most", 0.1, dense_movement),
    ]
    return [
        {"series": series, "target": target, "limit": limit, "measured": measured, "verdict": _judge(target, limit, measured)}
        for series, target, limit, measured in promises
        if series in ours
    ]


def print_targets(checked: Sequence[Row]) -> None:
    print_table(checked, _COLUMNS)


def _judge(target: str, limit: float, measured: float | None) -> str:
    if measured is None:
        return "open: no reference"
    return "pass" if (measured >= limit if target.endswith("least") else measured <= limit) else "FAIL"
