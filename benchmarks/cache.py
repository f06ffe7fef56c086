"""What is costly and does not change between runs: trained networks' activations, and the peers' layouts."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "cache"
"""Delete it, or a part of it, to have everything made anew."""

Arrays = dict[str, NDArray[Any]]


def digest(*parts: Any) -> str:
    """Twelve hexadecimal digits that stand for arrays and for all that has a faithful repr."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            total.update(f"{part.dtype}{part.shape}".encode())
            total.update(np.ascontiguousarray(part))
        else:
            total.update(repr(part).encode())
        total.update(b"\0")
    return total.hexdigest()[:12]


def keep(name: str, make: Callable[[], Arrays]) -> Arrays:
    """Returns the arrays kept under `name`; makes and keeps them where there are none."""
    path = FOLDER / f"{name}.npz"
    if not path.exists():
        arrays = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{os.getpid()}-{path.name}")
        np.savez(partial, **arrays)
        partial.rename(path)
    with np.load(path) as stored:
        return dict(stored)
