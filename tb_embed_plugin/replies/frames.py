"""Positions of a layout, quantized over its one extent."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.replies.tensors import MISSING, encode, join_numbers, quantize, scale_of
from tb_embed_plugin.store import StoredLayout


def encode_frames(layout: StoredLayout, steps: Sequence[int]) -> bytes:
    """Returns the positions at these steps as a safetensors file; see http_api.md."""
    frames = [_quantize_positions(layout.read_positions(step), layout.extent) for step in steps]
    positions = np.stack(frames) if frames else np.zeros((0, 0, layout.n_dims), dtype=np.uint16)
    metadata = {
        "version": layout.version,
        "steps": ",".join(map(str, steps)),
        "offset": join_numbers(layout.extent[0]),
        "extent": join_numbers(layout.extent[1] - layout.extent[0]),
        "scale": repr(_scale(layout.extent)),
    }
    return encode("positions", positions, metadata)


def _quantize_positions(positions: NDArray[np.floating], extent: NDArray[np.float64]) -> NDArray[np.uint16]:
    # One scale for all axes, so that the aspect stays true.
    quantized = quantize(positions, extent[0], _scale(extent))
    quantized[~np.isfinite(positions).all(axis=1)] = MISSING
    return quantized


def _scale(extent: NDArray[np.float64]) -> float:
    return scale_of(float((extent[1] - extent[0]).max()))
