"""The series that are measured: two published ones, and activations of three networks trained here.

    sorts           98 steps x 80 points x 100: Vernier et al. 2020
    minigaussians   10 steps x 200 points x 20: the same
    lenet           14 steps x 2,000 points x 10: logits of the classic tutorial's convolutional network on MNIST test
                    images, from before the first batch to the 400th
    dense           20 steps x 10,000 points x 200: the hidden layer of 784-200-10 on MNIST test images, from before training on
    digits          10 steps x 1,000 points x 64: the last hidden layer of a small convolutional network on scikit-learn's
                    digits

The first four need the files of `--data`; the last three are trained for real, by Keras, and kept in benchmarks/cache
under a digest of the recipe and of the images.

examples:
  python -m benchmarks.series                 train what is missing, list all
  python -m benchmarks.series --series lenet digits
                                              only these
"""

import argparse
import functools
import inspect
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import cache
from benchmarks.report import Column, log, print_table

DATA = Path(__file__).parents[2] / "shared" / "data"
_QUICK_POINTS, _QUICK_STEPS = 300, 5


class SeriesUnavailableError(Exception):
    """A series cannot be had here; says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BenchmarkSeries:
    """Activations of one probe set.

    Attributes:
        name: One of `NAMES`.
        activations: float32, shape (n_steps, n_points, n_features).
        labels: Integers, shape (n_points,).
    """

    name: str
    activations: NDArray[np.float32]
    labels: NDArray[np.int64]

    def shortened(self) -> "BenchmarkSeries":
        """A few steps of a few points, to see whether a benchmark runs."""
        n_steps, n_points, _ = self.activations.shape
        steps = np.unique(np.linspace(0, n_steps - 1, _QUICK_STEPS).round().astype(int))
        points = np.unique(np.linspace(0, n_points - 1, _QUICK_POINTS).round().astype(int))
        activations = np.ascontiguousarray(self.activations[steps][:, points])
        return BenchmarkSeries(name=self.name, activations=activations, labels=self.labels[points])


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a network is trained and watched.

    Attributes:
        load: Returns x_train, y_train, x_probe, y_probe.
        build: Makes the network; its output are logits.
        layer: Whose output is captured.
        steps: Numbers of batches after which it is captured.
    """

    load: Callable[[Path], tuple[NDArray[Any], ...]]
    build: Callable[[], Any]
    layer: str
    steps: tuple[int, ...]
    batch_size: int
    learning_rate: float
    seed: int = 0

    def digest(self, images: tuple[NDArray[Any], ...]) -> str:
        """Changes when anything that decides the activations does."""
        numbers = (self.layer, self.steps, self.batch_size, self.learning_rate, self.seed)
        sources = map(inspect.getsource, (self.build, _watch_training, _draw_batches))
        return cache.digest(*numbers, *sources, *images)


def load_series(name: str, data: Path = DATA) -> BenchmarkSeries:
    """Returns a series; trains its network where that has not been done.

    Raises:
        SeriesUnavailableError: A file or TensorFlow is missing.
    """
    if name in _RECIPES:
        recipe = _RECIPES[name]
        images = recipe.load(data)
        arrays = cache.keep(f"series/{name}-{recipe.digest(images)}", lambda: _train(name, recipe, images))
    else:
        arrays = _read(data / f"{name}.npz")
    labels = np.unique(arrays["labels"], return_inverse=True)[1]
    activations = np.ascontiguousarray(arrays["activations"], dtype=np.float32)
    return BenchmarkSeries(name=name, activations=activations, labels=labels)


def load_mnist(data: Path = DATA) -> tuple[NDArray[np.float32], ...]:
    """Returns x_train, y_train, x_test, y_test; images (10000, 28, 28, 1) in [0, 1]."""
    arrays = _read(data / "mnist_10k.npz")
    images = [(arrays[f"x_{part}"] / 255).astype(np.float32)[..., None] for part in ("train", "test")]
    return images[0], arrays["y_train"], images[1], arrays["y_test"]


def _read(path: Path) -> cache.Arrays:
    if not path.exists():
        raise SeriesUnavailableError(f"{path} is missing; name the folder that holds {path.name} with --data.")
    with np.load(path) as arrays:
        return dict(arrays)


def _load_lenet_images(data: Path) -> tuple[NDArray[Any], ...]:
    x_train, y_train, x_test, y_test = load_mnist(data)
    return x_train, y_train, x_test[:2000], y_test[:2000]


def _load_digits(_: Path) -> tuple[NDArray[Any], ...]:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    images = (digits.images / 16).astype(np.float32)[..., None]
    x_train, x_test, y_train, y_test = train_test_split(
        images, digits.target, test_size=1000, random_state=0, stratify=digits.target
    )
    return x_train, y_train, x_test, y_test


def _build_lenet() -> Any:
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, name="logits"),
        ]
    )


def _build_dense() -> Any:
    import keras

    layers = keras.layers
    return keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(200, activation="relu", name="hidden"), layers.Dense(10)]
    )


def _build_digits_network() -> Any:
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu", name="hidden"),
            layers.Dropout(0.3),
            layers.Dense(10),
        ]
    )


_RECIPES = {
    "lenet": Recipe(
        load=_load_lenet_images,
        build=_build_lenet,
        layer="logits",
        steps=(0, 5, 10, 20, 30, 40, 60, 80, 100, 150, 200, 250, 300, 400),
        batch_size=50,
        learning_rate=1e-4,
    ),
    "dense": Recipe(
        load=load_mnist,
        build=_build_dense,
        layer="hidden",
        # 10,000 images: an epoch is 100 batches.
        steps=tuple(range(0, 2000, 100)),
        batch_size=100,
        learning_rate=1e-3,
    ),
    "digits": Recipe(
        load=_load_digits,
        build=_build_digits_network,
        layer="hidden",
        steps=(0, 5, 10, 20, 40, 60, 80, 120, 200, 300),
        batch_size=32,
        learning_rate=1e-3,
    ),
}

NAMES = ("sorts", "minigaussians", *_RECIPES)


def _train(name: str, recipe: Recipe, images: tuple[NDArray[Any], ...]) -> cache.Arrays:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import tensorflow  # noqa: F401
    except ImportError as error:
        raise SeriesUnavailableError(
            f"{name} is not trained yet, and TensorFlow is missing. Run `python -m benchmarks.series --series {name}` with "
            "a Python that has it; what it makes is kept for all."
        ) from error
    log(f"training {name}")
    return _watch_training(recipe, images)


def _watch_training(recipe: Recipe, images: tuple[NDArray[Any], ...]) -> cache.Arrays:
    import keras

    x_train, y_train, x_probe, y_probe = images
    keras.utils.set_random_seed(recipe.seed)
    model = recipe.build()
    model.compile(keras.optimizers.Adam(recipe.learning_rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    watched = keras.Model(model.inputs, model.get_layer(recipe.layer).output)
    batches = _draw_batches(len(x_train), recipe.batch_size, np.random.default_rng(recipe.seed))
    snapshots = []
    for step in range(recipe.steps[-1] + 1):
        if step in recipe.steps:
            snapshots.append(watched.predict(x_probe, batch_size=500, verbose=0))
        batch = next(batches)
        model.train_on_batch(x_train[batch], y_train[batch])
    return {"activations": np.array(snapshots, dtype=np.float32), "labels": y_probe.astype(np.int64)}


def _draw_batches(n_images: int, batch_size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    while True:
        order = rng.permutation(n_images)
        for first in range(0, n_images - batch_size + 1, batch_size):
            yield order[first : first + batch_size]


def add_series_options(parser: argparse.ArgumentParser) -> None:
    """Adds --series and --data."""
    parser.add_argument("--series", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=f"of {', '.join(NAMES)}")
    add_data_option(parser)


def add_data_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, default=DATA, help=f"folder of mnist_10k.npz, sorts.npz, minigaussians.npz (default: {DATA})"
    )


def load_available(names: list[str], data: Path, *, is_quick: bool = False) -> list[BenchmarkSeries]:
    """Loads what can be had, and says what cannot."""
    found = []
    for name in names:
        try:
            series = load_series(name, data)
        except SeriesUnavailableError as error:
            print(f"{name} is left out: {error}", flush=True)
            continue
        found.append(series.shortened() if is_quick else series)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.series", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_series_options(parser)
    options = parser.parse_args()
    rows = []
    for name in options.series:
        start = time.perf_counter()
        for series in load_available([name], options.data):
            n_steps, n_points, n_features = series.activations.shape
            rows.append(
                {
                    "series": name,
                    "steps": n_steps,
                    "points": n_points,
                    "features": n_features,
                    "classes": len(np.unique(series.labels)),
                    "digest": cache.digest(series.activations),
                    "seconds": time.perf_counter() - start,
                }
            )
    count = functools.partial(Column, form=",d")
    columns = [
        Column("series"),
        *map(count, ("steps", "points", "features", "classes")),
        Column("digest"),
        Column("seconds", form=".1f"),
    ]
    print_table(rows, columns)


if __name__ == "__main__":
    main()
