"""Trains the LeNet of the classic TensorFlow tutorial in a bare session, and watches its last layer learn.

conv 5×5×32, pool, conv 5×5×64, pool, dense 1024, dropout, dense 10; Adam at 1e-4, batches of 50. A `SessionRecorder` in the
loop captures the last layer's activations of the test images every 100 iterations. When training has ended, the weights of
the last layer are laid out too: 1,024 points, each hidden unit's ten weights, labelled by the class it speaks for most.
"""

from collections.abc import Sequence
from pathlib import Path

import datasets
import logdir
import numpy as np
import tensorflow.compat.v1 as tf
from tb_embed_callbacks import SessionRecorder

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series

BATCH_SIZE = 50
KEPT = 0.5
"""Share of the hidden units that dropout leaves on in training."""


def add_weights(name: str, shape: list[int]) -> tuple[tf.Variable, tf.Variable]:
    """Weights and biases as the tutorial has them: small noise, and a bias slightly above zero against dead units."""
    with tf.variable_scope(name):
        weights = tf.get_variable("weights", shape, initializer=tf.truncated_normal_initializer(stddev=0.1, seed=0))
        return weights, tf.get_variable("biases", shape[-1:], initializer=tf.constant_initializer(0.1))


def add_convolution(x: tf.Tensor, name: str, width: int) -> tf.Tensor:
    """5×5 convolution, ReLU, and the maximum over 2×2: half the height and width."""
    weights, biases = add_weights(name, [5, 5, int(x.shape[3]), width])
    active = tf.nn.relu(tf.nn.conv2d(x, weights, strides=1, padding="SAME") + biases)
    return tf.nn.max_pool2d(active, 2, 2, padding="SAME")


def draw_steps(run: Path, tag: str) -> list[Path]:
    """Draws each step of the layout as an image, every point as the name of its class."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    series = open_series(str(run), tag)
    layout = series.open_layout("tsne")
    names, codes = next(column for column in series.columns if column.name == "label").categories()
    (left, bottom), (right, top) = layout.extent
    paths = []
    for step in layout.steps:
        figure = Figure(figsize=(8, 8), layout="constrained")
        axes = figure.subplots()
        axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xticks=[], yticks=[], title=f"{tag}, step {step}")
        for (x, y), code in zip(layout.read_frame(step).positions, codes, strict=True):
            axes.text(x, y, names[code], color=colormaps["tab10"](code % 10), size=6, ha="center", va="center")
        paths.append(run / f"{tag}_{step:06}.png")
        figure.savefig(paths[-1], dpi=100)
    return paths


def main(arguments: Sequence[str] | None = None) -> None:
    parser = logdir.make_parser(__file__, __doc__)
    datasets.add_arguments(parser)
    parser.add_argument("--points", type=int, default=2000, help="test images to watch (default: 2000)")
    parser.add_argument("--iterations", type=int, default=500)
    parser.add_argument("--every", type=int, default=100, help="iterations between captures (default: 100)")
    parser.add_argument("--units", type=int, default=1024, help="width of the dense layer (default: 1024)")
    parser.add_argument("--png", action="store_true", help="draw each step as a labelled image, too")
    options = parser.parse_args(arguments)
    name, (x_train, y_train), (x_test, y_test) = datasets.load(options)
    n_classes = int(y_train.max()) + 1
    run = logdir.next_run(options, f"cnn_session-{name}")
    probe = {"x": x_test[: options.points], "y": y_test[: options.points]}

    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(0)
        x = tf.placeholder(tf.float32, [None, *x_train.shape[1:]], name="x")
        y = tf.placeholder(tf.int64, [None], name="y")
        kept = tf.placeholder_with_default(1.0, [], name="kept")
        pooled = add_convolution(add_convolution(x, "conv1", 32), "conv2", 64)
        flat = tf.reshape(pooled, [-1, int(np.prod(pooled.shape[1:]))])
        weights, biases = add_weights("dense", [int(flat.shape[1]), options.units])
        dense = tf.nn.relu(tf.matmul(flat, weights) + biases)
        weights, biases = add_weights("logits", [options.units, n_classes])
        logits = tf.matmul(tf.nn.dropout(dense, rate=1 - kept), weights) + biases
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
        accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), y), tf.float32))
        train = tf.train.AdamOptimizer(1e-4).minimize(loss)

        logdir.say(f"Training on {len(x_train)} images of {name}; capturing {len(probe['x'])} test images into {run}")
        rng = np.random.default_rng(0)
        session.run(tf.global_variables_initializer())
        watched = {x: probe["x"], y: probe["y"]}
        # Logits are class scores, too: with them the tab knows each point's prediction at every step.
        with SessionRecorder(
            run, {"logits": logits}, {x: probe["x"]}, labels=probe["y"], images=probe["x"], predictions=logits
        ) as recorder:
            for iteration in range(options.iterations + 1):
                if iteration % options.every == 0:
                    figures = session.run({"accuracy": accuracy, "loss": loss}, watched)
                    print(f"iteration {iteration:4}   accuracy on them {figures['accuracy']:.3f}   loss {figures['loss']:.3f}")
                    recorder.record(session, iteration, scalars=figures)
                rows = rng.choice(len(x_train), BATCH_SIZE, replace=False)
                session.run(train, {x: x_train[rows], y: y_train[rows], kept: KEPT})
        print(f"test accuracy {session.run(accuracy, {x: x_test, y: y_test}):.4f}")
        last_weights = session.run(weights)

    votes = last_weights.argmax(axis=1)
    probe_set = ProbeSet(n_points=len(votes), labels=votes, metadata={"largest weight": last_weights.max(axis=1)})
    with SeriesWriter(run, "final weights", probe_set) as writer:
        writer.write_snapshot(options.iterations, last_weights)
    logdir.lay_out(run)
    if options.png:
        print("\n".join(map(str, draw_steps(run, "logits"))))
    logdir.serve(options)


if __name__ == "__main__":
    main()
