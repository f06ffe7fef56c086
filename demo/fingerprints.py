"""Trains 784-300-10, and shows what each hidden unit is for, and what each class looks like to the network.

In the tab, open Fingerprints: a heat map of hidden units × points, sorted by class. A unit that speaks for one class is dark in
one block; as training goes on, there are more of them. Beside the class means stand the ideal inputs: the image that makes the
network surest of each class, found by gradient ascent on the input with a penalty on its size.
"""

from collections.abc import Sequence

import datasets
import keras
import logdir
import numpy as np
from numpy.typing import NDArray
from tb_embed_callbacks import IdealInputs, TrainingEvolution

from tb_embed_plugin import open_series
from tb_embed_plugin.store.ideal_inputs import read_ideal_inputs

HIDDEN = "hidden"


def make_model(n_pixels: int, n_hidden: int, n_classes: int) -> keras.Model:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((n_pixels,)),
            layers.Dense(n_hidden, activation="relu", name=HIDDEN),
            layers.Dense(n_classes, activation="softmax", name="classes"),
        ],
        name="fingerprints",
    )


def class_selectivity(activations: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """How much each unit keeps to one class: 0 where all excite it alike, 1 where one alone does, shape (n_units,).

    (best - rest) / (best + rest) of its mean activations by class (Morcos et al. 2018).

    Args:
        activations: Not negative, shape (n_points, n_units).
        labels: shape (n_points,).
    """
    means = np.sort([activations[labels == label].mean(axis=0) for label in np.unique(labels)], axis=0)
    best, rest = means[-1], means[:-1].mean(axis=0)
    return (best - rest) / np.maximum(best + rest, 1e-9)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = logdir.make_parser(__file__, __doc__)
    datasets.add_arguments(parser)
    parser.add_argument("--points", type=int, default=1000, help="test images to watch (default: 1000)")
    parser.add_argument("--units", type=int, default=300, help="hidden units (default: 300)")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--l2", type=float, default=0.25, help="weight of the penalty on Σx² (default: 0.25)")
    parser.add_argument("--l1", type=float, default=0.0, help="weight of the penalty on Σ|x| (default: 0)")
    options = parser.parse_args(arguments)
    keras.utils.set_random_seed(0)
    name, (train_images, y_train), (test_images, y_test) = datasets.load(options)
    x_train, x_test = datasets.flatten(train_images), datasets.flatten(test_images)
    labels = y_test[: options.points]
    run = logdir.next_run(options, f"fingerprints-{name}")

    logdir.say(f"Training on {len(x_train)} images of {name}; capturing {options.units} units on {len(labels)} into {run}")
    model = make_model(x_train.shape[1], options.units, int(y_train.max()) + 1)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    evolution = TrainingEvolution(
        run, x_test[: options.points], labels=labels, images=test_images[: options.points], layers=[HIDDEN], every="epoch"
    )
    ideal = IdealInputs(run, HIDDEN, l2=options.l2, l1=options.l1, image_shape=test_images.shape[1:], every="epoch")
    # Loss and accuracy of training and test per epoch: the tab draws them under the timeline.
    board = keras.callbacks.TensorBoard(str(run))
    model.fit(
        x_train,
        y_train,
        batch_size=100,
        epochs=options.epochs,
        validation_data=(x_test, y_test),
        callbacks=[evolution, ideal, board],
        verbose=2,
    )
    logdir.lay_out(run)

    series = open_series(str(run), HIDDEN)
    first, last = (series.read_snapshot(step).activations for step in (series.steps()[0], series.steps()[-1]))
    ideal_images = read_ideal_inputs(series.path, series.steps()[-1]).images
    taken_for = model.predict(datasets.flatten(ideal_images), verbose=0).argmax(axis=1)
    logdir.say("What the hidden layer has become")
    print(f"test accuracy {model.evaluate(x_test, y_test, verbose=0)[1]:.4f}")
    for what, activations in (("before", first), ("after", last)):
        print(f"mean class selectivity {what:6} training {class_selectivity(activations, labels).mean():.3f}")
    print(f"{np.sum(taken_for == np.arange(len(taken_for)))} of {len(taken_for)} ideal inputs are taken for their class")
    logdir.serve(options)


if __name__ == "__main__":
    main()
