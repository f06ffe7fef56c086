"""Arrays as the tab gets them: safetensors, two bytes a number, with what turns the numbers back."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.store import encode_tensors

MISSING = 65535
"""Quantized number that stands for none."""


def quantize(values: NDArray[np.floating], least: float | NDArray[np.floating], scale: float) -> NDArray[np.uint16]:
    """Returns `(values - least) / scale` as uint16 of the same shape; what is not finite becomes `MISSING`."""
    counted = np.rint((values - least) / scale)
    counted[~np.isfinite(counted)] = MISSING
    return np.asarray(np.clip(counted, 0, MISSING), dtype=np.uint16)


def scale_of(width: float) -> float:
    """The size of a quantum that divides `width` into all there are: an error of at most 1/131,068 of it."""
    return width / (MISSING - 1) or 1.0


def encode(name: str, tensor: NDArray[np.uint16], metadata: Mapping[str, str]) -> bytes:
    """Returns one array as a safetensors file."""
    return b"".join(encode_tensors({name: tensor}, metadata))


def join_numbers(numbers: NDArray[np.float64]) -> str:
    return ",".join(repr(float(number)) for number in numbers)
