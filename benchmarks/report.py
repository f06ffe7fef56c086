"""How results are told: a table for people, JSON for programs, and where and with what they were measured."""

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results"

_PACKAGES = ("numpy", "scipy", "numba", "scikit-learn", "openTSNE", "umap-learn", "tensorflow")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: which value, how it is written, under what title."""

    key: str
    form: str = ""
    title: str | None = None

    def write(self, row: Mapping[str, Any]) -> str:
        value = row.get(self.key)
        # nan: measured, and undefined. None: not measured.
        return "-" if value is None else format(value, self.form)


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> None:
    """Prints a table; numbers are set flush right."""
    cells = [[column.title or column.key for column in columns], *([column.write(row) for column in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = [
            cell.rjust(width) if column.form else cell.ljust(width)
            for cell, width, column in zip(line, widths, columns, strict=True)
        ]
        print("  ".join(padded).rstrip())
    print(flush=True)


def write_json(name: str, **content: Any) -> Path:
    """Writes results, and where they were measured, to benchmarks/results/<name>.json."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    document = {"environment": describe_environment(), **content}
    path.write_text(json.dumps(document, indent=1, default=_as_json_value) + "\n", encoding="utf-8")
    return path


def describe_environment() -> dict[str, Any]:
    """Machine, versions, commit and load, as JSON values."""
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "command": _describe_command(),
        "machine": platform.platform(),
        "cores": len(os.sched_getaffinity(0)),
        "load_average": os.getloadavg(),
        "python": platform.python_version(),
        "packages": {name: package_version(name) for name in _PACKAGES},
        "commit": _describe_commit(),
    }


def package_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def log(message: str) -> None:
    """Tells a person who waits what is being done."""
    print(f"{time.strftime('%H:%M:%S')}  {message}", file=sys.stderr, flush=True)


def _describe_command() -> str:
    """Without the folders of one machine."""
    root = f"{RESULTS.parent.parent}{os.sep}"
    return " ".join(argument.removeprefix(root) for argument in sys.argv)


def _describe_commit() -> str | None:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    result = subprocess.run(command, cwd=RESULTS.parent, capture_output=True, text=True, check=False)
    return result.stdout.strip() or None


def _as_json_value(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{value!r} has no form in JSON.")
