"""Trains 784-200-10 in a TensorFlow 1 session, and shows the hidden layer of all test images, here and in the Projector.

The way of the older tutorials: placeholders, a graph, a loop of session.run, summaries through a FileWriter. One
`SessionRecorder` beside them captures the hidden layer after every epoch, and writes what TensorBoard's own Projector needs:
the newest activations, metadata.tsv, a sprite of thumbnails and projector_config.pbtxt.
"""

from collections.abc import Iterator, Sequence

import datasets
import logdir
import numpy as np
import tensorflow.compat.v1 as tf
from numpy.typing import NDArray
from tb_embed_callbacks import SessionRecorder

HIDDEN = 200
BATCH_SIZE = 100


def add_layer(x: tf.Tensor, width: int, name: str) -> tf.Tensor:
    """Returns x @ weights + biases, shape (n, width)."""
    n_inputs = int(x.shape[1])
    with tf.variable_scope(name):
        weights = tf.get_variable("weights", [n_inputs, width], initializer=tf.glorot_uniform_initializer(seed=0))
        biases = tf.get_variable("biases", [width], initializer=tf.zeros_initializer())
        return tf.matmul(x, weights) + biases


def batches(rng: np.random.Generator, n_images: int) -> Iterator[NDArray[np.int64]]:
    """Yields the indices of an epoch's batches."""
    order = rng.permutation(n_images)
    for first in range(0, n_images, BATCH_SIZE):
        yield order[first : first + BATCH_SIZE]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = logdir.make_parser(__file__, __doc__)
    datasets.add_arguments(parser)
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args(arguments)
    name, (train_images, y_train), (test_images, y_test) = datasets.load(options)
    x_train, x_test = datasets.flatten(train_images), datasets.flatten(test_images)
    n_classes = int(y_train.max()) + 1
    run = logdir.next_run(options, f"dense_activations-{name}")

    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, x_train.shape[1]], name="x")
        y = tf.placeholder(tf.int64, [None], name="y")
        hidden = tf.nn.relu(add_layer(x, HIDDEN, "hidden"), name="activations")
        logits = add_layer(hidden, n_classes, "logits")
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
        accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), y), tf.float32))
        global_step = tf.train.get_or_create_global_step()
        train = tf.train.AdamOptimizer().minimize(loss, global_step=global_step)
        summaries = tf.summary.merge([tf.summary.scalar("loss", loss), tf.summary.scalar("accuracy", accuracy)])
        training = tf.summary.FileWriter(str(run / "train"), session.graph)
        validation = tf.summary.FileWriter(str(run / "validation"))

        logdir.say(f"Training on {len(x_train)} images of {name}; capturing {HIDDEN} units on {len(x_test)} images into {run}")
        rng = np.random.default_rng(0)
        session.run(tf.global_variables_initializer())
        everything = {x: x_test, y: y_test}
        with SessionRecorder(
            run, {"hidden": hidden}, {x: x_test}, labels=y_test, images=test_images, predictions=logits
        ) as recorder:
            recorder.record(session)
            for epoch in range(options.epochs):
                for rows in batches(rng, len(x_train)):
                    _, summary, step = session.run([train, summaries, global_step], {x: x_train[rows], y: y_train[rows]})
                    training.add_summary(summary, step)
                figures, summary = session.run([{"loss": loss, "accuracy": accuracy}, summaries], everything)
                validation.add_summary(summary, step)
                # Its step is the graph's global step.
                recorder.record(session, scalars=figures)
                print(f"epoch {epoch + 1:2}   validation accuracy {figures['accuracy']:.4f}   loss {figures['loss']:.4f}")
        training.close()
        validation.close()

    logdir.lay_out(run)
    logdir.say("What the Projector reads")
    print((run / "projector_config.pbtxt").read_text())
    logdir.serve(options)


if __name__ == "__main__":
    main()
