"""Parametric t-SNE (van der Maaten 2009): a network that maps activations to positions, also those it has never seen.

Descending the divergence from random weights ends in tangles. So the network first imitates an ordinary t-SNE of a part of
the points, whose affinities see all of that part at once, and only then, if asked, descends the divergence batch by batch.
"""

import contextlib
import json
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted

from tb_embed_plugin.layout import parametric_network
from tb_embed_plugin.layout.affinity import compute_affinities, effective_perplexity
from tb_embed_plugin.layout.consensus import average_affinities
from tb_embed_plugin.layout.gradient import AffinityStack, compute_gradient
from tb_embed_plugin.layout.initialization import principal_components
from tb_embed_plugin.layout.optimizer import Descent, early_exaggeration
from tb_embed_plugin.layout.repulsion import compute_repulsion

_EXAGGERATED = 250

_LARGEST_SCALE = 256.0
"""Largest perplexity of several scales: beyond, three times as many neighbors are no longer few."""

_PARAMETERS_FILE = "parametric_tsne.json"
"""Where a saved map keeps the estimator's parameters, within Keras' archive."""

Progress = Callable[[str, int, int], None]


class ParametricTSNE(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Learns to place points in the plane, or in space, and then places any others.

    Example:
        tsne = ParametricTSNE(random_state=0).fit(x_train)
        positions = tsne.transform(x_test)
        tsne.save("map.keras")

    Attributes:
        network_: The Keras model, from (n, n_features) to (n, n_components).
        n_features_in_: Features that it has been fitted to.
        perplexity_: That of the layout that the network imitated; None with several scales.
        divergence_: Kullback-Leibler, in nats, of that layout.
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        hidden_layer_sizes: Sequence[int] = (500, 500, 2000),
        perplexity: float | None = None,
        multi_scale: bool = False,
        n_taught: int = 10_000,
        n_iterations: int = 500,
        n_anchors: int = 1000,
        n_imitation_updates: int = 500,
        n_divergence_updates: int = 0,
        batch_size: int = 250,
        divergence_batch_size: int = 1000,
        sharpness: float = 8.0,
        learning_rate: float = 1e-3,
        random_state: Any = None,
    ) -> None:
        """Keeps its arguments, as scikit-learn wants it; `fit` checks them.

        Args:
            n_components: 2 or 3.
            hidden_layer_sizes: Units of the hidden layers; van der Maaten's by default.
            perplexity: Size of the neighborhoods that are kept. None: 30, or a tenth of the points if there are few.
            multi_scale: Whether affinities are the mean of those of perplexities 2, 4, 8 … (Lee et al. 2015); then
                `perplexity` means nothing.
            n_taught: Points, at most, whose t-SNE is imitated; drawn at random where there are more.
            n_iterations: Gradient steps of that t-SNE after early exaggeration.
            n_anchors: Places, at most, that the network chooses among.
            n_imitation_updates: Batches of the imitation.
            n_divergence_updates: Batches of the divergence's descent afterwards. It draws the map's own points nearer to
                where they belong, and did not help points held out (benchmarks/parametric.py).
            batch_size: Points in a batch of the imitation.
            divergence_batch_size: Points in a batch of the descent; affinities are those among them.
            sharpness: Factor on the network's preferences among anchors, once learned: with 1 it hesitates.
            learning_rate: Of Adam; a tenth of it in the descent.
            random_state: A seed, a `RandomState` or None, as in scikit-learn.
        """
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.perplexity = perplexity
        self.multi_scale = multi_scale
        self.n_taught = n_taught
        self.n_iterations = n_iterations
        self.n_anchors = n_anchors
        self.n_imitation_updates = n_imitation_updates
        self.n_divergence_updates = n_divergence_updates
        self.batch_size = batch_size
        self.divergence_batch_size = divergence_batch_size
        self.sharpness = sharpness
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: Any = None, *, progress: Progress | None = None) -> Self:  # noqa: ARG002, N803
        """Learns the map.

        Args:
            X: Finite reals, shape (n_points, n_features).
            y: Not used.
            progress: Is told the stage, how much of it is done, and how much there is.

        Raises:
            ValueError: A parameter or `X` cannot be used.
            ImportError: There is no Keras.
        """
        self._check_parameters()
        # Before the t-SNE, which takes a while.
        parametric_network.import_keras()
        inputs: NDArray[np.float32] = check_array(X, dtype=np.float32, ensure_min_samples=2, estimator=self)
        report = progress or (lambda *_: None)
        rng = np.random.default_rng(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        taught = inputs
        if len(inputs) > self.n_taught:
            taught = inputs[np.sort(rng.choice(len(inputs), self.n_taught, replace=False))]
        positions = self._lay_out(taught, rng, report)
        anchors = parametric_network.choose_anchors(positions, self.n_anchors, rng)
        self.network_ = parametric_network.build_network(inputs, anchors, self.hidden_layer_sizes, rng)
        self.n_features_in_ = inputs.shape[1]
        parametric_network.imitate(
            self.network_,
            taught,
            positions,
            n_updates=self.n_imitation_updates,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            sharpness=self.sharpness,
            rng=rng,
            report=lambda done: report("imitation", done, self.n_imitation_updates),
        )
        parametric_network.descend(
            self.network_,
            inputs,
            self._gradient,
            n_updates=self.n_divergence_updates,
            batch_size=self.divergence_batch_size,
            learning_rate=self.learning_rate / 10,
            rng=rng,
            report=lambda done: report("divergence", done, self.n_divergence_updates),
        )
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float32]:  # noqa: N803
        """Places points.

        Args:
            X: Finite reals, shape (n_points, n_features).

        Returns:
            float32, shape (n_points, n_components).
        """
        check_is_fitted(self, "network_")
        inputs: NDArray[np.float32] = check_array(X, dtype=np.float32, estimator=self)
        if inputs.shape[1] != self.n_features_in_:
            raise ValueError(f"X has {inputs.shape[1]} features, but the map was fitted to {self.n_features_in_}.")
        return parametric_network.predict(self.network_, inputs)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the map as a file that Keras can load too; its name ends in `.keras`."""
        check_is_fitted(self, "network_")
        if not os.fspath(path).endswith(".keras"):
            raise ValueError(f"The path is {os.fspath(path)!r}; Keras wants one that ends in '.keras'.")
        Path(path).write_bytes(parametric_network.network_to_bytes(self.network_))
        # A `RandomState` cannot be kept as JSON; a fitted map has no more need of it.
        seed = self.random_state if isinstance(self.random_state, int) else None
        parameters = {**self.get_params(), "random_state": seed, "hidden_layer_sizes": list(self.hidden_layer_sizes)}
        kept = {"parameters": parameters, "perplexity": self.perplexity_, "divergence": self.divergence_}
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(_PARAMETERS_FILE, json.dumps(kept))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Reads a map that `save` wrote. No code that the file may carry is run (Keras' safe mode)."""
        with zipfile.ZipFile(path) as archive:
            kept = json.loads(archive.read(_PARAMETERS_FILE))
        estimator = cls(**kept["parameters"])
        estimator.network_ = parametric_network.network_from_bytes(Path(path).read_bytes())
        estimator.n_features_in_ = int(estimator.network_.input_shape[1])
        estimator.perplexity_ = kept["perplexity"]
        estimator.divergence_ = float(kept["divergence"])
        return estimator

    @property
    def _n_features_out(self) -> int:
        return self.n_components

    def _lay_out(self, inputs: NDArray[np.float32], rng: np.random.Generator, report: Progress) -> NDArray[np.float32]:
        """Returns an ordinary t-SNE of the points, float32, shape (n_points, n_components)."""
        self.perplexity_ = None if self.multi_scale else effective_perplexity(self.perplexity, len(inputs))
        report("affinities", 0, 1)
        stack = self._affinities(inputs)
        report("affinities", 1, 1)
        start = principal_components([inputs], self.n_components, rng)
        descent = Descent(np.ascontiguousarray(start.T[None]), stack)
        total = _EXAGGERATED + self.n_iterations
        descent.run(
            _EXAGGERATED,
            exaggeration=early_exaggeration(len(start)),
            after_iteration=lambda iteration: report("layout", iteration + 1, total),
        )
        descent.run(
            self.n_iterations,
            settles=True,
            after_iteration=lambda iteration: report("layout", _EXAGGERATED + iteration + 1, total),
        )
        self.divergence_ = float(descent.divergence()[0])
        return np.ascontiguousarray(descent.positions[0].T)

    def _affinities(self, inputs: NDArray[np.float32]) -> AffinityStack:
        if not self.multi_scale:
            return AffinityStack.of([compute_affinities(inputs, effective_perplexity(self.perplexity, len(inputs))).joint])
        largest = effective_perplexity(min(_LARGEST_SCALE, len(inputs) / 4), len(inputs))
        scales = 2.0 ** np.arange(1, max(1, int(np.log2(largest))) + 1)
        joints = [compute_affinities(inputs, effective_perplexity(scale, len(inputs))).joint for scale in scales]
        return average_affinities(AffinityStack.of(joints))

    def _gradient(self, batch: NDArray[np.float32], positions: NDArray[np.float32]) -> NDArray[np.float32]:
        points = np.ascontiguousarray(positions.T[None])
        gradient, _ = compute_gradient(points, self._affinities(batch), 1.0, compute_repulsion(points), with_divergence=False)
        return np.ascontiguousarray(gradient[0].T)

    def _check_parameters(self) -> None:
        if self.n_components not in (2, 3):
            raise ValueError(f"n_components is {self.n_components!r}; a layout has 2 or 3 dimensions.")
        if self.perplexity is not None and not self.perplexity >= 1:
            raise ValueError(f"perplexity is {self.perplexity!r}; it counts neighbors, so give 1 or more (30 is usual).")
        counts = ("n_taught", "n_iterations", "n_anchors", "n_imitation_updates", "batch_size", "divergence_batch_size")
        for name in counts:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)!r}; give 1 or more.")
        if self.n_divergence_updates < 0:
            raise ValueError(f"n_divergence_updates is {self.n_divergence_updates!r}; give 0 or more.")
        if not (self.sharpness > 0 and self.learning_rate > 0):
            raise ValueError(f"sharpness is {self.sharpness!r} and learning_rate {self.learning_rate!r}; give more than 0.")
        sizes = self.hidden_layer_sizes
        with contextlib.suppress(TypeError):
            if all(size >= 1 for size in sizes):
                return
        raise ValueError(f"hidden_layer_sizes is {sizes!r}; expected numbers of units, such as (500, 500, 2000).")
