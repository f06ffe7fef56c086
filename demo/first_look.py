"""Trains a small convolutional network, and shows how its last two hidden layers learn to tell the classes apart."""

from collections.abc import Sequence

import datasets
import keras
import logdir
from tb_embed_callbacks import TrainingEvolution


def make_model(image_shape: tuple[int, ...], n_classes: int) -> keras.Model:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(image_shape),
            layers.Conv2D(16, 3, padding="same", activation="relu", name="conv1"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv2"),
            layers.Flatten(),
            layers.Dense(64, activation="relu", name="fc1"),
            layers.Dropout(0.3),
            layers.Dense(n_classes, activation="softmax", name="classes"),
        ],
        name="first_look",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = logdir.make_parser(__file__, __doc__)
    datasets.add_arguments(parser)
    parser.add_argument("--points", type=int, default=1000, help="test images to watch (default: 1000)")
    parser.add_argument("--epochs", type=int, default=12)
    options = parser.parse_args(arguments)
    keras.utils.set_random_seed(0)
    name, (x_train, y_train), (x_test, y_test) = datasets.load(options)
    x_probe, y_probe = x_test[: options.points], y_test[: options.points]
    run = logdir.next_run(options, name)

    logdir.say(f"Training on {len(x_train)} images of {name}; capturing {len(x_probe)} test images into {run}")
    model = make_model(x_train.shape[1:], int(y_train.max()) + 1)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    evolution = TrainingEvolution(
        run, x_probe, labels=y_probe, images=x_probe, layers=["conv2", "fc1"], every="log", max_snapshots=16, pooling="average"
    )
    board = keras.callbacks.TensorBoard(str(run))
    model.fit(
        x_train,
        y_train,
        batch_size=32,
        epochs=options.epochs,
        validation_data=(x_test, y_test),
        callbacks=[evolution, board],
        verbose=2,
    )
    logdir.lay_out(run)
    logdir.serve(options)


if __name__ == "__main__":
    main()
