"""Draws how the time of a layout grows with points and with steps."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

_COLORS = {"ours": "#0072B2", "openTSNE": "#D55E00"}

Curve = Sequence[tuple[int, float]]


def draw_scaling(curves: Mapping[str, Mapping[str, Curve]], n_points: int, path: Path) -> Path:
    """Writes a picture: seconds against points of one step, and against steps of `n_points`; both axes logarithmic."""
    titles = {"points": "one step, by points", "steps": f"{n_points:,} points, by steps"}
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(10, 4.2), layout="constrained", dpi=120)
        for axis, (along, members) in zip(figure.subplots(1, len(curves)), curves.items(), strict=True):
            for name, curve in members.items():
                axis.loglog(*zip(*curve, strict=True), color=_COLORS[name], marker="o", linewidth=1.4)
                axis.annotate(name, curve[-1], xytext=(7, 0), textcoords="offset points", color=_COLORS[name], va="center")
            axis.set_title(titles[along], loc="left", fontweight="bold")
            axis.set_xlabel(along)
            axis.set_ylabel("seconds")
            sizes = sorted({size for curve in members.values() for size, _ in curve})
            axis.set_xticks(sizes, [f"{size:,}" for size in sizes])
            axis.set_xticks([], minor=True)
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter("{x:g}")
            axis.yaxis.set_minor_locator(NullLocator())
            axis.margins(x=0.18)
            axis.grid(color="#eeeeee", linewidth=0.6)
        path.parent.mkdir(exist_ok=True)
        figure.savefig(path)
    return path
