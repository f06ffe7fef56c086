"""Image data for the demos, as Keras has it: (x_train, y_train), (x_test, y_test), float32 in [0, 1] with channels."""

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray

Split = tuple[NDArray[np.float32], NDArray[np.int64]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds --dataset and --data."""
    parser.add_argument(
        "--dataset",
        choices=("digits", "mnist", "fashion_mnist"),
        default="digits",
        help="digits: 1,797 images that scikit-learn brings along; the others are downloaded by Keras (default: digits)",
    )
    parser.add_argument(
        "--data", metavar="FILE.npz", help="images of your own: x_train, y_train, x_test, y_test as Keras has them"
    )


def load(options: argparse.Namespace) -> tuple[str, Split, Split]:
    """Returns the data's name, the training set and the test set."""
    if options.data:
        with np.load(options.data) as arrays:
            missing = {"x_train", "y_train", "x_test", "y_test"} - set(arrays.files)
            if missing:
                raise SystemExit(f"{options.data} has no {', '.join(sorted(missing))}; it has {', '.join(arrays.files)}.")
            return "data", _split(arrays["x_train"], arrays["y_train"]), _split(arrays["x_test"], arrays["y_test"])
    if options.dataset == "digits":
        return "digits", *_load_digits()
    import keras

    (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, options.dataset).load_data()
    return options.dataset, _split(x_train, y_train), _split(x_test, y_test)


def flatten(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Images as rows of pixels, shape (n_points, n_pixels), for networks that want them so."""
    return images.reshape(len(images), -1)


def _load_digits() -> tuple[Split, Split]:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    images = digits.images / 16
    x_train, x_test, y_train, y_test = train_test_split(
        images, digits.target, test_size=1000, random_state=0, stratify=digits.target
    )
    return _split(x_train, y_train), _split(x_test, y_test)


def _split(x: NDArray[Any], y: NDArray[Any]) -> Split:
    images = x.astype(np.float32) / (255 if x.dtype == np.uint8 else 1)
    return (images if images.ndim == 4 else images[..., None]), np.asarray(y).reshape(-1).astype(np.int64)
