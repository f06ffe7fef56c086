"""Gradient ascent on a network's input."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

_FIRST_SPREAD = 0.01
"""Standard deviation of the start: enough for units to differ, too little to be seen."""


class InputAscent:
    """Finds the inputs that maximize some units of a model, each less a penalty on the input.

    The input is made the only weight of a model around a frozen twin of the network: so Keras' own training climbs, on any
    of its backends, and the network that is being trained is not touched.
    """

    def __init__(
        self,
        model: keras.Model,
        layer: keras.Layer,
        units: Sequence[int] | None,
        *,
        l1: float,
        l2: float,
        learning_rate: float,
        seed: int,
    ) -> None:
        """Builds the twin.

        Args:
            model: A Sequential or functional model with one input.
            layer: Whose units; of a convolution, the mean over places of each channel.
            units: Which; None: all.
            l1: Weight of Σ|x|.
            l2: Weight of Σx².
            learning_rate: Of Adam.
            seed: Of the start.
        """
        self._part = keras.Model(model.inputs[0], layer.output)
        self._twin = keras.models.clone_model(self._part)
        self._twin.trainable = False
        n_units = int(self._part.output_shape[-1])
        self.units = list(range(n_units)) if units is None else list(units)
        wrong = [unit for unit in self.units if not 0 <= unit < n_units]
        if wrong:
            raise ValueError(f"units lists {wrong[0]}, but layer {layer.name!r} has units 0 to {n_units - 1}.")
        self.input_shape = tuple(int(size) for size in self._part.input_shape[1:])
        self.gives_probabilities = _gives_probabilities(layer)
        self._rows = np.arange(len(self.units), dtype=np.int32)[:, None]
        # Keras' loss is a mean over the batch, the penalty a sum: so that no unit's input depends on how many there are.
        self._wanted = np.eye(n_units, dtype=np.float32)[self.units] * len(self.units)
        start = np.random.default_rng(seed).normal(scale=_FIRST_SPREAD, size=(1, int(np.prod(self.input_shape))))
        self._start = np.repeat(start.astype(np.float32), len(self.units), axis=0)
        self._climber = self._build_climber(l1, l2, learning_rate)
        self._fresh = [state.numpy() for state in self._climber.optimizer.variables]

    def climb(self, n_iterations: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Climbs from the start, in the network as it is now.

        Returns:
            The inputs, float32, shape (n_units, *input_shape), and the units' outputs for them, float32, shape (n_units,).
        """
        self._twin.set_weights(self._part.get_weights())
        inputs = self._climber.get_layer("ideal_inputs")
        inputs.set_weights([self._start])
        for state, fresh in zip(self._climber.optimizer.variables, self._fresh, strict=True):
            state.assign(fresh)
        for _ in range(n_iterations):
            self._climber.train_on_batch(self._rows, self._wanted)
        outputs = keras.ops.convert_to_numpy(self._climber(self._rows, training=False))
        found = inputs.get_weights()[0].reshape(-1, *self.input_shape)
        return found, _mean_over_places(outputs)[np.arange(len(self.units)), self.units].astype(np.float32)

    def _build_climber(self, l1: float, l2: float, learning_rate: float) -> keras.Model:
        source = keras.Input((1,), dtype="int32")
        n_values = self._start.shape[1]
        penalty = keras.regularizers.L1L2(l1=l1, l2=l2)
        value = keras.layers.Embedding(len(self.units), n_values, embeddings_regularizer=penalty, name="ideal_inputs")(source)
        # Without dropout, and with the batch normalization that inference has.
        outputs = self._twin(keras.layers.Reshape(self.input_shape)(value), training=False)
        climber = keras.Model(source, outputs)
        takes_logarithm = self.gives_probabilities

        def height(wanted: Any, outputs: Any) -> Any:
            n_units = outputs.shape[-1]
            scores = keras.ops.mean(keras.ops.reshape(outputs, (keras.ops.shape(outputs)[0], -1, n_units)), axis=1)
            if takes_logarithm:
                # The same summit, but a slope where the probability is next to nothing.
                scores = keras.ops.log(scores + 1e-7)
            return -keras.ops.sum(wanted * scores, axis=-1)

        climber.compile(optimizer=keras.optimizers.Adam(learning_rate), loss=height)
        climber.optimizer.build(climber.trainable_variables)
        return climber


def _mean_over_places(outputs: NDArray[Any]) -> NDArray[Any]:
    mean: NDArray[Any] = outputs.reshape(len(outputs), -1, outputs.shape[-1]).mean(axis=1)
    return mean


def _gives_probabilities(layer: keras.Layer) -> bool:
    activation = getattr(layer, "activation", None)
    return isinstance(layer, keras.layers.Softmax) or activation in (keras.activations.softmax, keras.activations.sigmoid)
