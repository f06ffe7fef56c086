import subprocess
import sys

import keras
import numpy as np
import pytest
from tb_embed_callbacks import TrainingEvolution
from tb_embed_callbacks._cadence import Cadence

from tb_embed_plugin import open_series
from tb_embed_plugin.store.series import list_tags


@pytest.fixture
def data(digits):
    images, labels = digits
    return images[..., None].astype(np.float32), labels


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.Flatten(),
            layers.Dense(16, activation="relu", name="fc1"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax", name="classes"),
        ]
    )
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return network


def fit(model, data, callback, **arguments):
    # 200 images in batches of 20: ten steps an epoch.
    return model.fit(*data, **{"batch_size": 20, "epochs": 3, "verbose": 0, "callbacks": [callback], **arguments})


def test_each_epoch_of_the_last_hidden_layer_is_captured_by_default(tmp_path, model, data):
    history = fit(model, data, TrainingEvolution(tmp_path, data[0], labels=data[1], images=data[0]))
    assert list_tags(str(tmp_path)) == ["fc1"]
    series = open_series(str(tmp_path))
    assert series.steps() == [0, 10, 20, 30]
    assert series.provenance["layer"] == "fc1"
    assert series.columns[0].values == tuple(map(str, data[1]))
    assert series.sprites.thumbnail_size == (8, 8)
    assert series.read_snapshot(20).scalars["loss"] == pytest.approx(history.history["loss"][1], rel=1e-5)


def test_snapshots_are_the_networks_activations_at_inference(tmp_path, model, data):
    before = keras.Model(model.inputs, model.get_layer("fc1").output).predict(data[0], verbose=0)
    fit(model, data, TrainingEvolution(tmp_path, data[0], batch_size=33))
    after = keras.Model(model.inputs, model.get_layer("fc1").output).predict(data[0], verbose=0)
    series = open_series(str(tmp_path))
    np.testing.assert_allclose(series.read_snapshot(0).activations, before, atol=1e-5)
    np.testing.assert_allclose(series.read_snapshot(30).activations, after, atol=1e-5)
    assert not np.allclose(before, after, atol=1e-2)


@pytest.mark.parametrize(
    ("pooling", "n_features", "pool"),
    [
        ("flatten", 144, lambda output: output.reshape(200, -1)),
        ("average", 4, lambda output: output.mean(axis=(1, 2))),
        ("max", 4, lambda output: output.max(axis=(1, 2))),
    ],
)
def test_convolutional_outputs_are_flattened_or_pooled(tmp_path, model, data, pooling, n_features, pool):
    fit(model, data, TrainingEvolution(tmp_path, data[0], layers=["conv", "fc1"], pooling=pooling, tag="net"))
    assert list_tags(str(tmp_path)) == ["net/conv", "net/fc1"]
    activations = open_series(str(tmp_path), "net/conv").read_snapshot(30).activations
    assert activations.shape == (200, n_features)
    output = keras.Model(model.inputs, model.get_layer("conv").output).predict(data[0], verbose=0)
    np.testing.assert_allclose(activations, pool(output), atol=1e-5)


@pytest.mark.parametrize(
    ("every", "max_snapshots", "expected"),
    [
        ("epoch", 3, [0, 30]),
        (4, 200, [0, 4, 8, 12, 16, 20, 24, 28, 30]),
        (4, 6, [0, 8, 16, 24, 30]),
        ("log", 200, [0, 1, 2, 3, 4, 5, 7, 9, 12, 15, 19, 24, 30]),
        ("log", 6, [0, 1, 3, 8, 19, 30]),
    ],
)
def test_cadence_covers_the_whole_run_within_max_snapshots(tmp_path, model, data, every, max_snapshots, expected):
    fit(model, data, TrainingEvolution(tmp_path, data[0], every=every, max_snapshots=max_snapshots))
    assert open_series(str(tmp_path)).steps() == expected


def test_steps_are_counted_when_several_run_at_once(tmp_path, model, data):
    model.compile("adam", "sparse_categorical_crossentropy", steps_per_execution=5)
    fit(model, data, TrainingEvolution(tmp_path, data[0], every=5))
    assert open_series(str(tmp_path)).steps() == [0, 5, 10, 15, 20, 25, 30]


def test_a_second_fit_goes_on_counting(tmp_path, model, data):
    callback = TrainingEvolution(tmp_path, data[0])
    fit(model, data, callback, epochs=1)
    fit(model, data, callback, epochs=2, initial_epoch=1)
    assert open_series(str(tmp_path)).steps() == [0, 10, 20]


def test_a_second_run_in_the_same_directory_is_refused_before_it_trains(tmp_path, model, data):
    fit(model, data, TrainingEvolution(tmp_path, data[0]))
    fresh = keras.models.clone_model(model)
    fresh.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="up to step 30 already, and this training starts at step 0"):
        fit(fresh, data, TrainingEvolution(tmp_path, data[0]))
    assert int(fresh.optimizer.iterations) == 0
    assert open_series(str(tmp_path)).steps() == [0, 10, 20, 30]


def test_a_wrong_layer_name_lists_the_names_there_are(tmp_path, model, data):
    with pytest.raises(ValueError, match=r"no layer 'fc2'; it has 'conv', 'flatten.*', 'fc1', 'dropout.*', 'classes'"):
        fit(model, data, TrainingEvolution(tmp_path, data[0], layers=["fc2"]))


def test_a_model_without_a_graph_says_so(tmp_path, data):
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(10, activation="softmax")

        def call(self, x):
            return self.dense(keras.ops.reshape(x, (-1, 64)))

    network = Subclassed()
    network.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="no graph of layers"):
        fit(network, data, TrainingEvolution(tmp_path, data[0]))


def test_several_inputs_are_captured_together(tmp_path, data):
    left, right = keras.Input((64,), name="left"), keras.Input((64,), name="right")
    hidden = keras.layers.Dense(8, name="hidden")(keras.layers.Concatenate()([left, right]))
    network = keras.Model([left, right], keras.layers.Dense(10, activation="softmax")(hidden))
    network.compile("adam", "sparse_categorical_crossentropy")
    flat = data[0].reshape(200, 64)
    x = {"left": flat, "right": 1 - flat}
    fit(network, (x, data[1]), TrainingEvolution(tmp_path, x))
    assert open_series(str(tmp_path), "hidden").read_snapshot(30).activations.shape == (200, 8)


def test_a_failing_capture_warns_once_and_lets_training_go_on(tmp_path, model, data):
    callback = TrainingEvolution(tmp_path, data[0])

    class Sabotage(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                snapshots = next(tmp_path.rglob("snapshots"))
                snapshots.rename(tmp_path / "moved")

    with pytest.warns(RuntimeWarning, match="stops capturing at step 20: FileNotFoundError") as warned:
        history = fit(model, data, callback, callbacks=[Sabotage(), callback])
    assert len(warned) == 1
    assert len(history.history["loss"]) == 3
    assert sorted(path.name for path in (tmp_path / "moved").iterdir()) == ["000000000.safetensors", "000000010.safetensors"]


def test_on_error_raise_raises(tmp_path, model, data):
    callback = TrainingEvolution(tmp_path, data[0][:, :4], on_error="raise")
    with pytest.raises(ValueError, match="expected shape"):
        fit(model, data, callback)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every": 0}, "every is 0"),
        ({"every": "batch"}, "every is 'batch'"),
        ({"max_snapshots": 1}, "max_snapshots is 1"),
        ({"pooling": "mean"}, "pooling is 'mean'"),
        ({"labels": [1, 2]}, r"column 'label' has shape \(2,\)"),
        ({"on_error": "ignore"}, "on_error is 'ignore'"),
        ({"batch_size": 0}, "batch_size is 0"),
    ],
)
def test_wrong_arguments_are_refused_at_once(tmp_path, data, arguments, message):
    with pytest.raises(ValueError, match=message):
        TrainingEvolution(tmp_path, data[0], **arguments)


def test_a_run_of_unknown_length_stops_capturing_at_the_limit_but_keeps_room_for_its_end():
    cadence = Cadence(1, 4)
    cadence.plan(0, None, None)
    assert [cadence.has_room(n, is_last=False) for n in range(4)] == [True, True, True, False]
    assert cadence.has_room(3, is_last=True)


def test_importing_the_package_imports_neither_keras_nor_tensorflow():
    script = "import sys, tb_embed_callbacks; sys.exit(bool({'keras', 'tensorflow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": "callbacks"}, check=False).returncode == 0
