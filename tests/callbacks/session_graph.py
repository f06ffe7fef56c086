"""A small convolutional network of the TensorFlow 1 kind, as older tutorials build it."""

from types import SimpleNamespace

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
BATCH_SIZE = 40


def make_network(*, batch_size: int | None = None, has_global_step: bool = True) -> SimpleNamespace:
    """Builds the network in the default graph: 8 x 8 gray images, ten classes."""
    v1.set_random_seed(0)
    x = v1.placeholder(tf.float32, [batch_size, 8, 8], name="x")
    y = v1.placeholder(tf.int64, [None], name="y")
    rate = v1.placeholder_with_default(0.0, [], name="rate")
    kernel = v1.get_variable("conv/kernel", [3, 3, 1, 4])
    conv = tf.nn.relu(tf.nn.conv2d(x[..., None], kernel, 1, "VALID"), name="conv/relu")
    dense = v1.get_variable("fc1/kernel", [144, 16])
    hidden = tf.nn.relu(tf.reshape(conv, [-1, 144]) @ dense, name="fc1/relu")
    dropped = tf.nn.dropout(hidden, rate=rate)
    logits = tf.identity(dropped @ v1.get_variable("classes/kernel", [16, 10]), name="logits")
    probabilities = tf.nn.softmax(logits, name="probabilities")
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits), name="loss")
    global_step = v1.train.get_or_create_global_step() if has_global_step else None
    train_op = v1.train.AdamOptimizer(0.01).minimize(loss, global_step=global_step)
    return SimpleNamespace(
        x=x,
        y=y,
        rate=rate,
        conv=conv,
        hidden=hidden,
        dense=dense,
        logits=logits,
        probabilities=probabilities,
        train_op=train_op,
    )


def batches(images: np.ndarray, labels: np.ndarray, n_steps: int):
    """Yields `n_steps` batches, over and over the same data."""
    for step in range(n_steps):
        rows = np.arange(step * BATCH_SIZE, (step + 1) * BATCH_SIZE) % len(images)
        yield images[rows], labels[rows]
