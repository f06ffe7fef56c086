"""Maps from activations to positions that a layout leaves behind, so that points it has not seen can be placed in it."""

import zipfile
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray


class PointMap(Protocol):
    """Places the activations of any points, centered as those of the layout were.

    Attributes:
        file_name: Of the file that `to_bytes` fills; it tells `map_from_bytes` the kind.
        n_features: How many activations a point has.
    """

    file_name: ClassVar[str]
    n_features: int

    def place(self, centered: NDArray[np.floating]) -> NDArray[np.float32]:
        """Returns positions, float32, shape (n_points, n_dims)."""
        ...

    def to_bytes(self) -> bytes: ...


class LinearMap:
    """A projection onto a basis, float64, shape (n_features, n_dims)."""

    file_name: ClassVar[str] = "map.safetensors"

    def __init__(self, basis: NDArray[np.float64]) -> None:
        self._basis = basis
        self.n_features = len(basis)

    def place(self, centered: NDArray[np.floating]) -> NDArray[np.float32]:
        return np.asarray(centered @ self._basis, dtype=np.float32)

    def to_bytes(self) -> bytes:
        return bytes(safetensors.numpy.save({"basis": np.ascontiguousarray(self._basis)}))

    @classmethod
    def from_bytes(cls, content: bytes) -> "LinearMap":
        return cls(safetensors.numpy.load(content)["basis"])


class NetworkMap:
    """A Keras network."""

    file_name: ClassVar[str] = "map.keras"

    def __init__(self, network: Any) -> None:
        self._network = network
        self.n_features = int(network.input_shape[1])

    def place(self, centered: NDArray[np.floating]) -> NDArray[np.float32]:
        from tb_embed_plugin.layout.parametric_network import predict

        return predict(self._network, np.asarray(centered, dtype=np.float32))

    def to_bytes(self) -> bytes:
        from tb_embed_plugin.layout.parametric_network import network_to_bytes

        return network_to_bytes(self._network)

    @classmethod
    def from_bytes(cls, content: bytes) -> "NetworkMap":
        from tb_embed_plugin.layout.parametric_network import network_from_bytes

        return cls(network_from_bytes(content))


MAP_FILES: dict[str, Callable[[bytes], PointMap]] = {
    LinearMap.file_name: LinearMap.from_bytes,
    NetworkMap.file_name: NetworkMap.from_bytes,
}
"""What may lie in a layout's folder, and what reads it."""


def map_from_bytes(file_name: str, content: bytes) -> PointMap:
    """Returns the map that `to_bytes` wrote.

    Raises:
        ValueError: It is damaged.
        ImportError: It is a network, and there is no Keras.
    """
    try:
        return MAP_FILES[file_name](content)
    except (KeyError, OSError, ValueError, zipfile.BadZipFile, safetensors.SafetensorError) as error:
        raise ValueError(f"The layout's {file_name} is damaged ({error!r}). Lay the series out anew.") from error
