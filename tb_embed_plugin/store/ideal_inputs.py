"""Ideal inputs: what would excite units of a network most, at one step of its training.

They lie beside the snapshots, as `ideal_inputs/<step>.safetensors`, and may be of other steps.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.store import filesystem, paths
from tb_embed_plugin.store.errors import FormatError
from tb_embed_plugin.store.tensors import read_tensors, write_tensors


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IdealInputs:
    """The ideal inputs of one step.

    Attributes:
        step: Training step.
        images: float32, shape (n_units, height, width, channels), in the units of the network's input.
        names: Of the units, such as those of classes.
        scores: float32, shape (n_units,): the unit's output for its ideal input; a probability, where it is a class.
    """

    step: int
    images: NDArray[np.float32]
    names: tuple[str, ...]
    scores: NDArray[np.float32]


def write_ideal_inputs(
    series: str, step: int, images: NDArray[np.float32], names: Sequence[str], scores: NDArray[np.float32]
) -> None:
    """Writes the ideal inputs of one step; the rename is the commit. See `IdealInputs`."""
    filesystem.require_local(series)
    os.makedirs(_folder(series), exist_ok=True)
    metadata = {"step": str(step), "names": json.dumps(list(names))}
    write_tensors(os.path.join(_folder(series), paths.step_file(step)), {"images": images, "scores": scores}, metadata)


def discard_ideal_inputs(series: str, first_step: int) -> None:
    """Removes those of a step and of all later ones."""
    for step in list_ideal_inputs(series):
        if step >= first_step:
            os.unlink(os.path.join(_folder(series), paths.step_file(step)))


def list_ideal_inputs(series: str) -> list[int]:
    """The steps that have ideal inputs, ascending."""
    return paths.list_steps(_folder(series))


def read_ideal_inputs(series: str, step: int) -> IdealInputs:
    """Reads those of one step.

    Raises:
        KeyError: There are none at that step.
        FormatError: They are damaged.
    """
    if step not in list_ideal_inputs(series):
        raise KeyError(f"No ideal inputs at step {step}; there are {list_ideal_inputs(series)}.")
    path = filesystem.join(_folder(series), paths.step_file(step))
    tensors, metadata = read_tensors(path)
    try:
        images, scores = tensors["images"].astype(np.float32), tensors["scores"].astype(np.float32)
        names = tuple(str(name) for name in json.loads(metadata["names"]))
        if images.ndim != 4 or not len(images) == len(names) == len(scores):
            raise ValueError(f"images {images.shape}, scores {scores.shape}, {len(names)} names")
    except (KeyError, ValueError, TypeError) as error:
        raise FormatError(f"{path} is damaged ({error!r}). Delete it.") from error
    return IdealInputs(step=step, images=images, names=names, scores=scores)


def _folder(series: str) -> str:
    return filesystem.join(series, "ideal_inputs")
