"""Reading and writing safetensors files through the file-system seam."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from tb_embed_plugin.store import filesystem
from tb_embed_plugin.store.errors import FormatError


def write_tensors(path: str, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> None:
    """Writes arrays and string metadata as one safetensors file, atomically."""
    contiguous = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    filesystem.write_atomically(path, safetensors.numpy.save(contiguous, dict(metadata)))


def read_tensors(path: str) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Reads all arrays and the string metadata of a safetensors file.

    Raises:
        FileNotFoundError: There is no such file.
        FormatError: The file is not a whole safetensors file.
    """
    try:
        with filesystem.local_copy(path) as local, safetensors.safe_open(local, framework="numpy") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except safetensors.SafetensorError as error:
        raise FormatError(f"{path} is damaged ({error}). Delete it, then capture or lay out that step again.") from error
