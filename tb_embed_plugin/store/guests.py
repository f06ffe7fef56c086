"""Guests: points that were not in the probe set, placed in a layout after it was made."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.store import filesystem
from tb_embed_plugin.store.errors import FormatError
from tb_embed_plugin.store.layouts import StoredLayout
from tb_embed_plugin.store.tensors import read_tensors, write_tensors

_FILE = "guests.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Guests:
    """Where the guests of a layout are.

    Attributes:
        version: Changes whenever others are placed.
        steps: The steps at which they have places, ascending.
        positions: float32, shape (n_steps, n_guests, n_dims); nan where one has no place.
    """

    version: str
    steps: list[int]
    positions: NDArray[np.float32]


def write_guests(layout: StoredLayout, positions: Mapping[int, NDArray[np.float32]]) -> None:
    """Puts guests in a layout, in the place of those that it has: step → positions (n_guests, n_dims)."""
    filesystem.require_local(layout.path)
    steps = sorted(positions)
    metadata = {"layout": layout.version, "version": uuid.uuid4().hex, "steps": ",".join(map(str, steps))}
    stacked = np.stack([positions[step] for step in steps]).astype(np.float32, copy=False)
    write_tensors(filesystem.join(layout.path, _FILE), {"positions": stacked}, metadata)


def read_guests(layout: StoredLayout) -> Guests | None:
    """Returns a layout's guests; None where it has none."""
    path = filesystem.join(layout.path, _FILE)
    if not filesystem.is_file(path):
        return None
    tensors, metadata = read_tensors(path)
    try:
        if metadata["layout"] != layout.version:
            return None
        steps = [int(step) for step in metadata["steps"].split(",")]
        positions = tensors["positions"].astype(np.float32, copy=False)
        if positions.ndim != 3 or positions.shape[::2] != (len(steps), layout.n_dims):
            raise ValueError(f"shape {positions.shape}")
        return Guests(version=metadata["version"], steps=steps, positions=positions)
    except (KeyError, ValueError) as error:
        raise FormatError(f"{path} is damaged ({error!r}). Place the guests anew.") from error
