"""Captures scikit-learn's MLPClassifier between calls of partial_fit: no framework is needed, only activations as an array."""

from collections.abc import Sequence

import datasets
import logdir
import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier

from tb_embed_plugin import ProbeSet, SeriesWriter


def hidden_activations(network: MLPClassifier, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the last hidden layer makes of inputs, shape (n_points, n_features); its activation has to be the default, relu."""
    for weights, offsets in zip(network.coefs_[:-1], network.intercepts_[:-1], strict=True):
        x = np.maximum(x @ weights + offsets, 0)
    return x


def describe(network: MLPClassifier, x: NDArray[np.float32], y: NDArray[np.int64]) -> dict[str, NDArray[np.generic]]:
    """Prediction, confidence and cross-entropy of each point."""
    probabilities = network.predict_proba(x)
    own = probabilities[np.arange(len(y)), np.searchsorted(network.classes_, y)]
    return {
        "prediction": network.classes_[probabilities.argmax(axis=1)].astype(np.int32),
        "confidence": probabilities.max(axis=1).astype(np.float32),
        "loss": -np.log(np.maximum(own, 1e-7)).astype(np.float32),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = logdir.make_parser(__file__, __doc__)
    datasets.add_arguments(parser)
    parser.add_argument("--points", type=int, default=1000, help="test images to watch (default: 1000)")
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args(arguments)
    name, (x, y), (images, labels) = datasets.load(options)
    images, labels = images[: options.points], labels[: options.points]
    x, x_probe = datasets.flatten(x), datasets.flatten(images)
    classes, rng = np.unique(y), np.random.default_rng(0)
    network = MLPClassifier((64,), learning_rate_init=0.005, random_state=0)

    run = logdir.next_run(options, f"sklearn-{name}")
    logdir.say(f"Training on {len(x)} images of {name}; capturing {len(x_probe)} test images into {run}")
    with SeriesWriter(run, "hidden", ProbeSet(n_points=len(x_probe), labels=labels, images=images)) as writer:
        step = 0
        for epoch in range(options.epochs):
            for rows in np.array_split(rng.permutation(len(x)), max(1, len(x) // 50)):
                network.partial_fit(x[rows], y[rows], classes=classes)
                step += 1
            writer.write_snapshot(
                step,
                hidden_activations(network, x_probe),
                scalars={"loss": network.loss_, "probe_accuracy": network.score(x_probe, labels)},
                per_point=describe(network, x_probe, labels),
            )
            print(f"epoch {epoch + 1}, step {step}: loss {network.loss_:.3f}")

    logdir.lay_out(run)
    logdir.serve(options)


if __name__ == "__main__":
    main()
