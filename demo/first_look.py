"""Trains a small convolutional network, and shows how its last two hidden layers learn to tell the classes apart."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import datasets
import keras
from tb_embed_callbacks import TrainingEvolution


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo/run", description=__doc__)
    datasets.add_arguments(parser)
    parser.add_argument(
        "--logdir", default="logs", help="where runs are written; each gets a folder of its own (default: logs)"
    )
    parser.add_argument("--points", type=int, default=1000, help="test images to watch (default: 1000)")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--no-serve", action="store_true", help="stop before starting TensorBoard")
    parser.add_argument("--port", type=int, default=6006, help="TensorBoard's port (default: 6006)")
    return parser.parse_args()


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


def next_run(logdir: str, name: str) -> Path:
    """A folder that no earlier run has used: digits-1, digits-2 and so on."""
    number = 1
    while (Path(logdir) / f"{name}-{number}").exists():
        number += 1
    return Path(logdir) / f"{name}-{number}"


def main() -> None:
    options = parse_options()
    keras.utils.set_random_seed(0)
    name, (x_train, y_train), (x_test, y_test) = datasets.load(options)
    x_probe, y_probe = x_test[: options.points], y_test[: options.points]
    run = next_run(options.logdir, name)

    print(f"\n== Training on {len(x_train)} images of {name}; capturing {len(x_probe)} test images into {run}", flush=True)
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

    print("\n== Laying all steps out together", flush=True)
    here = Path(sys.executable).parent
    subprocess.run([here / "tb-embed", "layout", options.logdir, "--run", run.name], check=True)

    command = [str(here / "tensorboard"), "--logdir", options.logdir, "--port", str(options.port)]
    if options.no_serve:
        print(f"\n== Done. To look at it: {' '.join(command)}")
        return
    print(f"\n== Open http://localhost:{options.port}/#training_evolution and press play (Ctrl-C ends)", flush=True)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
