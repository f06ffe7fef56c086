"""Draws quality and honesty against coherence: one panel a series, one line a family, labels beside the points."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks import methods

Row = Mapping[str, Any]

_INK = "#444444"

STYLES = {
    methods.OURS: ("#0072B2", "o"),
    methods.SCIKIT_LEARN: ("#000000", "s"),
    methods.ALIGNED: ("#666666", "D"),
    methods.CHAIN: ("#D55E00", "^"),
    methods.SHRUNK_CHAIN: ("#A0522D", "v"),
    methods.UMAP: ("#007A5A", "P"),
    methods.DYNAMIC: ("#AA3377", "X"),
}
"""Color and marker of each family: Okabe & Ito 2008 and Tol 2021, darkened where text is set in them."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What is drawn: the key of a row, what is written beside it, and whether ratios matter rather than differences."""

    key: str
    title: str
    is_ratio: bool = False


def draw_fronts(rows: Sequence[Row], across: Axis, up: Axis, path: Path) -> Path:
    """Writes a picture with one panel for each series of the rows."""
    names = list(dict.fromkeys(row["series"] for row in rows))
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 120}):
        figure = Figure(figsize=(6.2 * len(names), 5), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, len(names), squeeze=False)[0]
        for axis, name in zip(axes, names, strict=True):
            _draw_panel(axis, [row for row in rows if row["series"] == name], across, up)
            axis.set_title(name, loc="left", fontweight="bold")
        figure.canvas.draw()
        for axis, name in zip(axes, names, strict=True):
            _label_panel(axis, [row for row in rows if row["series"] == name], across, up)
        path.parent.mkdir(exist_ok=True)
        figure.savefig(path)
    return path


def _draw_panel(axis: Any, rows: Sequence[Row], across: Axis, up: Axis) -> None:
    for family, members in itertools.groupby(rows, key=lambda row: row["family"]):
        color, marker = STYLES[family]
        points = [(row[across.key], row[up.key]) for row in members]
        axis.plot(*zip(*points, strict=True), color=color, marker=marker, markersize=6, linewidth=1.2, alpha=0.9)
    for row in rows:
        if row["family"] == methods.OURS and row["is_default"]:
            color = STYLES[methods.OURS][0]
            axis.plot(row[across.key], row[up.key], "o", markersize=13, markerfacecolor="none", markeredgecolor=color)
    if up.is_ratio:
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_formatter("{x:g}")
    axis.margins(0.12)
    axis.grid(color="#e5e5e5", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.set_xlabel(across.title)
    axis.set_ylabel(up.title)


def _label_panel(axis: Any, rows: Sequence[Row], across: Axis, up: Axis) -> None:
    """Names each family once and gives each strength its number, where they hide least."""
    anchors = axis.transData.transform([(row[across.key], row[up.key]) for row in rows])
    taken = [np.array([x - 9, y - 9, x + 9, y + 9]) for x, y in anchors]
    renderer = axis.figure.canvas.get_renderer()
    named: set[str] = set()
    # The longest first: they are the hardest to place.
    texts = []
    for row, anchor in zip(rows, anchors, strict=True):
        is_first = row["family"] not in named
        named.add(row["family"])
        strength = "" if row["strength"] is None else f"{row['strength']:g}"
        texts.append((f"{row['family']} {strength}".strip() if is_first else strength, anchor, STYLES[row["family"]][0]))
    for text, anchor, color in sorted(texts, key=lambda item: -len(item[0])):
        label = axis.annotate(text, (0, 0), xycoords="figure pixels", color=color, fontsize=8, annotation_clip=False)
        width, height = label.get_window_extent(renderer).size
        box = min(_candidates(anchor, width, height), key=lambda box: _cost(box, taken, axis.bbox.extents))
        label.set_position(box[:2])
        label.xyann = tuple(box[:2])
        taken.append(box)


def _candidates(anchor: np.ndarray, width: float, height: float) -> list[np.ndarray]:
    corners = []
    for gap in (11, 20, 34, 50):
        for x, y in itertools.product((gap, -width / 2, -gap - width), (-height / 2, gap, -gap - height)):
            if (x, y) != (-width / 2, -height / 2):
                left, bottom = anchor + np.array([x, y])
                corners.append(np.array([left, bottom, left + width, bottom + height]))
    return corners


def _cost(box: np.ndarray, taken: Sequence[np.ndarray], frame: np.ndarray) -> float:
    """Area of what is hidden, and of what sticks out of the frame."""
    hidden = sum(_overlap(box, other) for other in taken)
    size = (box[2] - box[0]) * (box[3] - box[1])
    return hidden + 2 * (size - _overlap(box, frame))


def _overlap(left: np.ndarray, right: np.ndarray) -> float:
    width, height = np.minimum(left[2:], right[2:]) - np.maximum(left[:2], right[:2])
    return float(max(0, width) * max(0, height))
