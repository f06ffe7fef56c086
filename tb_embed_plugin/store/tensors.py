"""Reading and writing safetensors files through the file-system seam."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray

from tb_embed_plugin.store import filesystem
from tb_embed_plugin.store.errors import FormatError

_KINDS = {"b": "BOOL", "f": "F", "i": "I", "u": "U"}


def write_tensors(path: str, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> None:
    """Writes arrays and string metadata as one safetensors file, atomically."""
    filesystem.write_atomically(path, *encode_tensors(tensors, metadata))


def encode_tensors(tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> list[bytes | memoryview]:
    """Returns the parts of a safetensors file; the same arrays and metadata give the same bytes.

    The arrays' own memory is among them: safetensors' writers copy all of it first, and training has no room to give away.
    """
    # Those of the widest numbers come first, so that every one begins at a multiple of its own width.
    ordered = sorted(tensors.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    arrays = {name: np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")) for name, array in ordered}
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    end = 0
    for name, array in arrays.items():
        # ascontiguousarray makes a scalar one-dimensional.
        shape, begin, end = list(tensors[name].shape), end, end + array.nbytes
        header[name] = {"dtype": _dtype_name(array.dtype), "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    # numpy's own buffers know shapes and dtypes that files do not take: as bytes.
    buffers = [array.reshape(-1).view(np.uint8).data for array in arrays.values()]
    return [len(text).to_bytes(8, "little"), text, *buffers]


def read_tensors(
    path: str, is_wanted: Callable[[str], bool] = lambda _: True
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Reads the arrays whose names are wanted, and the string metadata, of a safetensors file; the rest stays on disk.

    Raises:
        FileNotFoundError: There is no such file.
        FormatError: The file is not a whole safetensors file.
    """
    with _open(path) as file:
        return {name: file.get_tensor(name) for name in filter(is_wanted, file.keys())}, dict(file.metadata() or {})


def list_tensors(path: str) -> list[str]:
    """The names of a safetensors file's arrays, sorted; raises as `read_tensors` does."""
    with _open(path) as file:
        return sorted(file.keys())


@contextlib.contextmanager
def _open(path: str) -> Iterator[Any]:
    try:
        with filesystem.local_copy(path) as local, safetensors.safe_open(local, framework="numpy") as file:
            yield file
    except safetensors.SafetensorError as error:
        raise FormatError(f"{path} is damaged ({error}). Delete it, then capture or lay out that step again.") from error


def _dtype_name(dtype: np.dtype[Any]) -> str:
    name = _KINDS.get(dtype.kind)
    if name is None:
        raise TypeError(f"dtype {dtype} has no form in a safetensors file; convert to real numbers.")
    return name if name == "BOOL" else f"{name}{8 * dtype.itemsize}"
