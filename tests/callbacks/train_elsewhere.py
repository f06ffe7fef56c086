"""Trains and captures on the back end that KERAS_BACKEND names, or on two virtual devices; checks what was captured.

Run as a script, by test_elsewhere: a process has one back end, and devices are divided before the first of them is used.
"""

import contextlib
import itertools
import sys

import keras
import numpy as np
from sklearn.datasets import load_digits
from tb_embed_callbacks import TrainingEvolution

from tb_embed_plugin import open_series


def make_strategy():
    import tensorflow as tf

    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    assert strategy.num_replicas_in_sync == 2
    return strategy.scope()


def make_model():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    encoder = keras.Sequential([keras.Input((64,)), layers.Dense(8, activation="relu", name="code")], name="encoder")
    hidden = [layers.Flatten(), encoder, layers.BatchNormalization(), layers.Dropout(0.2)]
    model = keras.Sequential([keras.Input((8, 8)), *hidden, layers.Dense(10, activation="softmax", name="classes")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def predict_elsewhere(model, x):
    """By the weights as they would be saved: replicas themselves predict by moving averages of their own."""
    copy = make_model()
    copy.set_weights(model.get_weights())
    return copy.predict(x, verbose=0)


def main(log_dir, kind):
    images, labels = load_digits(return_X_y=True)
    x, y = images[:200].reshape(-1, 8, 8).astype("float32") / 16, labels[:200]
    with make_strategy() if kind == "mirrored" else contextlib.nullcontext():
        model = make_model()
    layers = ["encoder/code", "classes", model.inputs[0]]
    evolution = TrainingEvolution(log_dir, x, labels=y, layers=layers, weights=["classes"], every=3, batch_size=128)
    first = predict_elsewhere(model, x)
    model.fit(x, y, batch_size=20, epochs=2, verbose=0, callbacks=[evolution])
    last = predict_elsewhere(model, x)
    series = open_series(log_dir, "classes")
    assert series.steps() == [0, 3, 6, 9, 12, 15, 18, 20], series.steps()
    snapshots = [series.read_snapshot(step) for step in series.steps()]
    np.testing.assert_allclose(snapshots[0].activations, first, atol=1e-5)
    np.testing.assert_allclose(snapshots[-1].activations, last, atol=1e-5)
    # Also in the middle of an epoch, the weights are those of that step.
    for before, after in itertools.pairwise(snapshots):
        assert np.abs(after.activations - before.activations).max() > 1e-4
    predictions = snapshots[-1].activations.argmax(axis=1)
    np.testing.assert_array_equal(snapshots[-1].per_point["prediction"], predictions)
    code = open_series(log_dir, "encoder/code").read_snapshot(20).activations
    assert code.shape == (200, 8)
    assert code.min() == 0 < code.max()
    kernel = open_series(log_dir, "classes/kernel").read_snapshot(20).activations
    np.testing.assert_array_equal(kernel, keras.ops.convert_to_numpy(model.get_layer("classes").kernel))
    print(keras.backend.backend(), kind, "captured")


if __name__ == "__main__":
    main(*sys.argv[1:])
