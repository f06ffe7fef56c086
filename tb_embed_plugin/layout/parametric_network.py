"""The network of parametric t-SNE: what it is made of, how it imitates a layout, how it descends the divergence.

The last layer but one chooses softly among anchors, which are places of the layout that is imitated; the last returns the
mean of the chosen places. A linear last layer puts a point that it is unsure of half-way between two groups, where nothing
belongs; this one is made to choose. Everything is said to Keras in words that each of its backends knows.
"""

import importlib
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PREDICTED_AT_ONCE = 2048
_LARGEST_SEED = 2**31

_RANK_OF_WIDTH = 3
"""The anchor whose distance from an anchor says, on the median, how blurred the choice is that is to be imitated."""


def import_keras() -> Any:
    """Returns the module; raises `ImportError` that names the extra where there is none."""
    try:
        return importlib.import_module("keras")
    except ImportError as error:
        raise ImportError(
            f"Parametric t-SNE needs Keras, which cannot be imported ({error}): pip install 'tb-embed-plugin[tensorflow]'."
        ) from error


def choose_anchors(positions: NDArray[np.float32], n_anchors: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draws anchors among positions (n_points, n_dims): all of them where there are no more than `n_anchors`."""
    if len(positions) <= n_anchors:
        return positions.copy()
    return positions[rng.choice(len(positions), n_anchors, replace=False)]


def build_network(
    inputs: NDArray[np.float32], anchors: NDArray[np.float32], hidden: Sequence[int], rng: np.random.Generator
) -> Any:
    """Returns an untrained network from (n, n_features) to positions (n, n_dims).

    Args:
        inputs: Their mean and their one standard deviation are taken off first, shape (n_points, n_features).
        anchors: What it chooses among, shape (n_anchors, n_dims).
        hidden: Units of each hidden layer.
        rng: For the weights.
    """
    keras = import_keras()

    def dense(n_units: int, name: str, kind: str, activation: str | None) -> Any:
        # Initializers with seeds of their own: the global ones are the user's.
        initializer = getattr(keras.initializers, kind)(seed=int(rng.integers(_LARGEST_SEED)))
        return keras.layers.Dense(n_units, activation=activation, kernel_initializer=initializer, name=name)

    # One scale for all features, so that distances keep their proportions.
    mean = inputs.mean(axis=0)
    variance = float(np.square(inputs - mean).mean()) or 1.0
    source = keras.Input(mean.shape)
    value = keras.layers.Normalization(mean=mean.tolist(), variance=[variance] * len(mean), name="scaling")(source)
    for index, n_units in enumerate(hidden):
        value = dense(n_units, f"hidden_{index}", "HeUniform", "relu")(value)
    value = dense(len(anchors), "preference", "GlorotUniform", None)(value)
    value = keras.layers.Softmax(name="choice")(value)
    positions = keras.layers.Dense(anchors.shape[1], use_bias=False, name="positions")
    network = keras.Model(source, positions(value))
    positions.set_weights([anchors])
    return network


def imitate(
    network: Any,
    inputs: NDArray[np.float32],
    positions: NDArray[np.float32],
    *,
    n_updates: int,
    batch_size: int,
    learning_rate: float,
    sharpness: float,
    rng: np.random.Generator,
    report: Callable[[int], None],
) -> None:
    """Teaches a network to choose, for each input, the anchors around its position; then sharpens its choice.

    Args:
        network: As `build_network` returns it; trained in place.
        inputs: Shape (n_points, n_features).
        positions: Where they belong, shape (n_points, n_dims).
        n_updates: Batches.
        batch_size: Inputs in each.
        learning_rate: Of Adam, at the start; it falls to 0 along a half cosine (Loshchilov & Hutter 2017).
        sharpness: Factor on the preferences afterwards.
        rng: For the order of the inputs.
        report: Is told how many batches are done.
    """
    keras = import_keras()
    anchors = network.get_layer("positions").get_weights()[0]
    width = _median_spacing(anchors)
    pupil = keras.Model(network.input, network.get_layer("choice").output)
    pupil.compile(optimizer=keras.optimizers.Adam(learning_rate), loss="categorical_crossentropy")
    for index, rows in enumerate(_batches(len(inputs), n_updates, batch_size, rng)):
        pupil.optimizer.learning_rate = _cooled(learning_rate, index, n_updates)
        pupil.train_on_batch(inputs[rows], _soft_choice(positions[rows], anchors, width))
        report(index + 1)
    preference = network.get_layer("preference")
    preference.set_weights([sharpness * weights for weights in preference.get_weights()])


def descend(
    network: Any,
    inputs: NDArray[np.float32],
    gradient: Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]],
    *,
    n_updates: int,
    batch_size: int,
    learning_rate: float,
    rng: np.random.Generator,
    report: Callable[[int], None],
) -> None:
    """Trains a network by the gradient of a function of its outputs.

    A loss that is linear in the outputs, with that gradient for its factors, has the same gradient in the weights: no
    backend needs to know the function.

    Args:
        network: Trained in place.
        inputs: Shape (n_points, n_features).
        gradient: Called with a batch of inputs and their positions; returns that of the positions, of their shape.
        n_updates: Batches.
        batch_size: Inputs in each.
        learning_rate: Of Adam, at the start; it falls to 0 along a half cosine.
        rng: For the order of the inputs.
        report: Is told how many batches are done.
    """
    keras = import_keras()

    def linear(factors: Any, positions: Any) -> Any:
        return keras.ops.sum(factors * positions, axis=-1)

    # Around the same layers: the network itself stays without a loss, which would be saved with it.
    trainee = keras.Model(network.input, network.output)
    trainee.compile(optimizer=keras.optimizers.Adam(learning_rate), loss=linear)
    for index, rows in enumerate(_batches(len(inputs), n_updates, batch_size, rng)):
        trainee.optimizer.learning_rate = _cooled(learning_rate, index, n_updates)
        batch = inputs[rows]
        # Keras' loss is a mean over the batch, the divergence a sum.
        trainee.train_on_batch(batch, gradient(batch, predict(trainee, batch)) * np.float32(len(batch)))
        report(index + 1)


def predict(network: Any, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns the network's outputs, float32, shape (n_points, n_dims)."""
    keras = import_keras()
    # Called, not `predict`ed, which would compile a function for each number of points.
    parts = [
        keras.ops.convert_to_numpy(network(inputs[first : first + _PREDICTED_AT_ONCE], training=False))
        for first in range(0, len(inputs), _PREDICTED_AT_ONCE)
    ]
    return np.concatenate(parts).astype(np.float32, copy=False)


def network_to_bytes(network: Any) -> bytes:
    """Returns what Keras saves, as the bytes of a `.keras` file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "network.keras")
        with warnings.catch_warnings():
            # Keras reads its own variables in a way that NumPy is about to give up.
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            network.save(path)
        return Path(path).read_bytes()


def network_from_bytes(content: bytes) -> Any:
    """Returns the network again. No code that the file may carry is run (Keras' safe mode)."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "network.keras")
        Path(path).write_bytes(content)
        return import_keras().saving.load_model(path, compile=False, safe_mode=True)


def _batches(n_points: int, n_batches: int, batch_size: int, rng: np.random.Generator) -> Any:
    """Yields rows of batches, each point once before any comes again; none is smaller than the others."""
    batch_size = min(batch_size, n_points)
    order, used = rng.permutation(n_points), 0
    for _ in range(n_batches):
        if used + batch_size > n_points:
            order, used = rng.permutation(n_points), 0
        yield order[used : used + batch_size]
        used += batch_size


def _cooled(learning_rate: float, index: int, n_updates: int) -> float:
    return float(learning_rate * 0.5 * (1 + np.cos(np.pi * index / n_updates)))


def _median_spacing(anchors: NDArray[np.float32]) -> float:
    from tb_embed_plugin.quality.neighbors import nearest_neighbors

    rank = min(_RANK_OF_WIDTH, len(anchors) - 1)
    if rank < 1:
        return 1.0
    _, distances = nearest_neighbors(anchors, rank)
    return float(np.median(distances[:, -1])) or 1.0


def _soft_choice(positions: NDArray[np.float32], anchors: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    """Returns how much each anchor is chosen, float32, shape (n_points, n_anchors), rows summing to 1."""
    squared = np.square(positions[:, None, :] - anchors[None]).sum(axis=2)
    weights = np.exp((squared.min(axis=1, keepdims=True) - squared) / (2 * width**2))
    choice: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return choice
