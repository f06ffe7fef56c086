"""Trains an autoencoder without ever showing it a label, and watches its code of 64 numbers sort the classes all the same.

The code is captured while the network learns, and laid out twice: by the joint t-SNE, which keeps neighborhoods, and by
PCA, whose axes say how much of the code's variance they show.
"""

from collections.abc import Sequence

import datasets
import keras
import logdir
import numpy as np
from numpy.typing import NDArray
from tb_embed_callbacks import TrainingEvolution

from tb_embed_plugin import open_series

CODE = "code"


def make_model(n_pixels: int, code_width: int) -> keras.Model:
    """n_pixels-256-code_width-256-n_pixels: what goes through the narrow middle must be worth keeping."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((n_pixels,)),
            layers.Dense(256, activation="relu", name="encoder"),
            # Linear: a code may lie on either side of zero.
            layers.Dense(code_width, name=CODE),
            layers.Dense(256, activation="relu", name="decoder"),
            layers.Dense(n_pixels, activation="sigmoid", name="pixels"),
        ],
        name="autoencoder",
    )


def explained_variance(x: NDArray[np.float32], restored: NDArray[np.float32]) -> float:
    """The share of the inputs' variance that their restorations account for: 1 is perfect, 0 no better than the mean image.

    Args:
        x: float32, shape (n_points, n_pixels).
        restored: float32, the same shape.
    """
    return 1 - float(np.square(x - restored).sum() / np.square(x - x.mean(axis=0)).sum())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = logdir.make_parser(__file__, __doc__)
    datasets.add_arguments(parser)
    parser.add_argument("--points", type=int, default=1000, help="test images to watch (default: 1000)")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--code", type=int, default=64, help="width of the code (default: 64)")
    options = parser.parse_args(arguments)
    keras.utils.set_random_seed(0)
    name, (train_images, _), (test_images, test_labels) = datasets.load(options)
    x_train, x_test = datasets.flatten(train_images), datasets.flatten(test_images)
    n_points = min(options.points, len(x_test))

    run = logdir.next_run(options, f"autoencoder-{name}")
    model = make_model(x_train.shape[1], options.code)
    model.compile("adam", "binary_crossentropy")
    logdir.say(f"Training on {len(x_train)} images of {name}; capturing the codes of {n_points} test images into {run}")
    # The labels color the points; the network never sees them.
    evolution = TrainingEvolution(
        run,
        x_test[:n_points],
        labels=test_labels[:n_points],
        images=test_images[:n_points],
        layers=[CODE],
        every="log",
        max_snapshots=16,
    )
    model.fit(
        x_train,
        x_train,
        batch_size=64,
        epochs=options.epochs,
        validation_data=(x_test, x_test),
        callbacks=[evolution, keras.callbacks.TensorBoard(str(run))],
        verbose=2,
    )

    for method in ("tsne", "pca"):
        logdir.lay_out(run, "--method", method)

    restored = model.predict(x_test, batch_size=256, verbose=0)
    logdir.say("How much is kept")
    print(f"The code's {options.code} numbers restore {explained_variance(x_test, restored):.1%} of the test images' variance.")
    shares = open_series(str(run), CODE).open_layout("pca").parameters["explained_variance"]
    print("PCA's two axes show " + " and ".join(f"{share:.1%}" for share in shares) + " of the codes' variance.")
    logdir.serve(options)


if __name__ == "__main__":
    main()
