import re
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
    return make_model()


@pytest.fixture(scope="module")
def untrained():
    return make_model()


def make_model():
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


def value(variable):
    return keras.ops.convert_to_numpy(keras.ops.copy(variable))


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
        ([2, 25], 200, [0, 2, 25, 30]),
        (lambda step: step % 13 == 0, 200, [0, 13, 26, 30]),
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
    with pytest.raises(ValueError, match=r"no layer 'fc2'; it has .*'conv', 'flatten.*', 'fc1', 'dropout.*', 'classes'"):
        fit(model, data, TrainingEvolution(tmp_path, data[0], layers=["fc2"]))


def test_a_subclassed_model_is_captured_by_layers_names_and_functions_of_it(tmp_path, data):
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(10, activation="softmax")

        def call(self, x):
            return self.dense(keras.ops.reshape(x, (-1, 64)))

    network = Subclassed()
    network.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"no graph of layers.*it has 'dense.*'.*lambda model, x: model.encoder"):
        fit(network, data, TrainingEvolution(tmp_path, data[0]))
    wanted = {"by name": network.dense.name, "by function": lambda model, x: model.dense(keras.ops.reshape(x, (-1, 64)))}
    fit(network, data, TrainingEvolution(tmp_path, data[0], labels=data[1], layers=wanted))
    by_name, by_function = (open_series(str(tmp_path), name).read_snapshot(30) for name in wanted)
    np.testing.assert_allclose(by_name.activations, network.predict(data[0], verbose=0), atol=1e-5)
    np.testing.assert_array_equal(by_name.activations, by_function.activations)
    np.testing.assert_array_equal(by_name.per_point["prediction"], by_name.activations.argmax(axis=1))


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
                callback._recorder.flush()
                snapshots = next(tmp_path.rglob("snapshots"))
                snapshots.rename(tmp_path / "moved")

    with pytest.warns(RuntimeWarning, match="pauses capturing at step 20: FileNotFoundError") as warned:
        history = fit(model, data, callback, callbacks=[Sabotage(), callback])
    assert len(warned) == 1
    assert len(history.history["loss"]) == 3
    assert sorted(path.name for path in (tmp_path / "moved").iterdir()) == ["000000000.safetensors", "000000010.safetensors"]


def test_a_network_that_diverges_trains_on_and_is_told_of_once(tmp_path, model, data):
    model.compile(keras.optimizers.SGD(1e30), "sparse_categorical_crossentropy")
    with pytest.warns(RuntimeWarning) as warned:
        history = fit(model, data, TrainingEvolution(tmp_path, data[0], every=1))
    assert len(history.history["loss"]) == 3
    assert 0 in open_series(str(tmp_path)).steps()
    messages = [str(warning.message) for warning in warned]
    assert re.search(r"pauses capturing at step \d+: ValueError: No point of 'fc1' at step \d+ is finite", messages[-1])
    # Before, some points may have been the first to go.
    assert all("have values that are not finite" in message for message in messages[:-1])
    assert len(messages) <= 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every": 0}, "every is 0"),
        ({"every": "batch"}, "every is 'batch'"),
        ({"every": [1, 1]}, r"every is \[1, 1\].*a list of different steps"),
        ({"every": range(9), "max_snapshots": 8}, "every lists 9 steps and max_snapshots is 8"),
        ({"max_snapshots": 1}, "max_snapshots is 1"),
        ({"pooling": "mean"}, "pooling is 'mean'"),
        ({"labels": [1, 2]}, r"column 'label' has shape \(2,\)"),
        ({"on_error": "ignore"}, "on_error is 'ignore'"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"dtype": "float64"}, "dtype is 'float64'"),
        ({"class_scores": "softmax"}, "class_scores is 'softmax'; expected one of 'auto', 'probabilities', 'logits', None"),
        ({"x": None}, "There is no probe set: give x"),
        ({"x": None, "labels": [1]}, "labels tell of the inputs x, and x is missing"),
        ({"x": [np.ones(3), np.ones(4)]}, r"shapes \[\(3,\), \(4,\)\]; expected one number of rows"),
        ({"log_dir": "gs://bucket/run"}, "Cannot write to 'gs://bucket/run'"),
    ],
)
def test_wrong_arguments_are_refused_at_once(tmp_path, data, arguments, message):
    with pytest.raises(ValueError, match=message):
        TrainingEvolution(**{"log_dir": tmp_path, "x": data[0], **arguments})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": []}, "nothing to capture"),
        ({"layers": ["fc1", "fc1"]}, r"Captured twice under one name: \['fc1'\]"),
        ({"layers": [keras.layers.Dense(3, name="foreign")]}, "has no layer 'foreign'"),
        ({"layers": [7]}, "layers has 7; expected a name, a layer"),
        ({"layers": [keras.Input((3,))]}, "one is not in the graph of model"),
        ({"layers": [lambda model: model.layers[0]]}, "A function in layers has no name"),
        ({"layers": {"a": lambda: None}}, "takes 0 arguments"),
        ({"layers": {"a": lambda model: print}}, "returned <built-in function print>"),
        ({"layers": {"a": lambda model, x: x[:1]}}, "'a' gives 1 rows for 200 inputs"),
        ({"layers": {"a": lambda model, x: (x, x)}}, "'a' gives 2 tensors; choose one"),
        ({"x": np.ones((200, 4, 8, 1))}, r"cannot be run on the probe set, of shapes \[\(200, 4, 8, 1\)\]"),
        ({"weights": ["conv"]}, "Layer 'conv' has 0 variables of two axes.*kernel"),
        ({"weights": ["fc1"], "vocabulary": ["a"]}, "has 144 rows and vocabulary 1 words"),
        ({"weights": ["fc1"], "vocabulary": {200: "a"}}, r"has 144 rows; vocabulary chooses \[200\]"),
        ({"weights": ["fc1"], "vocabulary": {"fc2": ["a"]}}, r"vocabulary names \['fc2'\]; expected some of .*'fc1/kernel'"),
        ({"weights": ["fc1", "classes"], "vocabulary": ["a"]}, "and one vocabulary. Say whose it is"),
        ({"weights": [7]}, "weights has 7; expected the name of a layer"),
        ({"class_scores": "logits"}, "class_scores is 'logits', but there are no labels"),
        ({"class_scores": "logits", "labels": np.full(200, 10)}, "labels range from 10 to 10 and the model has 10 classes"),
    ],
)
def test_what_does_not_fit_the_model_is_said_before_it_trains(tmp_path, untrained, data, arguments, message):
    callback = TrainingEvolution(**{"log_dir": tmp_path / "logs", "x": data[0], **arguments})
    callback.set_model(untrained)
    with pytest.raises(ValueError, match=message):
        callback.on_train_begin()
    assert not (tmp_path / "logs").exists()


def test_a_run_of_unknown_length_stops_capturing_at_the_limit_but_keeps_room_for_its_end():
    cadence = Cadence(1, 4)
    cadence.plan(0, None, None)
    assert [cadence.has_room(n, is_last=False) for n in range(4)] == [True, True, True, False]
    assert cadence.has_room(3, is_last=True)


def test_importing_the_package_imports_neither_keras_nor_tensorflow():
    script = "import sys, tb_embed_callbacks; sys.exit(bool({'keras', 'tensorflow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": "callbacks"}, check=False).returncode == 0


@pytest.fixture
def nested():
    """Two nested models, an operation between layers, and a second input."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    inner = keras.Sequential([keras.Input((64,)), layers.Dense(12, activation="relu", name="dense_1")], name="inner")
    encoder_input = keras.Input((64,))
    encoder = keras.Model(encoder_input, layers.Dense(6, activation="tanh", name="code")(inner(encoder_input)), name="encoder")
    image, size = keras.Input((8, 8), name="image"), keras.Input((1,), name="size")
    hidden = encoder(layers.Flatten(name="flat")(image))
    joined = keras.ops.concatenate([hidden, size], axis=1)
    network = keras.Model({"image": image, "size": size}, layers.Dense(10, name="scores")(joined))
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return network


def test_one_pass_gives_inputs_outputs_and_what_is_in_nested_models_of_a_dataset(tmp_path, nested, data):
    import tensorflow as tf

    x = {"image": data[0][..., 0], "size": data[0].sum(axis=(1, 2))}
    dataset = tf.data.Dataset.from_tensor_slices((x, data[1])).batch(32)
    layers = {
        "by path": "encoder/inner/dense_1",
        "by layer": nested.get_layer("encoder").get_layer("code"),
        "model": "encoder",
        "input": "image",
        "output": nested.outputs[0],
        "between": nested.get_layer("scores").input,
        "of the model": lambda model: model.get_layer("flat"),
        "of a batch": lambda model, batch: model.get_layer("flat")(batch["image"]) + batch["size"],
    }
    callback = TrainingEvolution(
        tmp_path, dataset, layers=layers, weights=["encoder/inner/dense_1"], every=[30], dtype="float16"
    )
    nested.fit(x, data[1], batch_size=20, epochs=3, verbose=0, callbacks=[callback])
    found = {tag: open_series(str(tmp_path), tag).read_snapshot(30).activations for tag in list_tags(str(tmp_path))}
    encoder = nested.get_layer("encoder")
    flat = x["image"].reshape(200, 64)
    code = encoder.predict(flat, verbose=0)
    expected = {
        "by path": encoder.get_layer("inner").predict(flat, verbose=0),
        "by layer": code,
        "model": code,
        "input": flat,
        "output": nested.predict(x, verbose=0),
        "between": np.concatenate([code, x["size"]], axis=1),
        "of the model": flat,
        "of a batch": flat + x["size"],
        "encoder/inner/dense_1/kernel": value(encoder.get_layer("inner").get_layer("dense_1").kernel),
    }
    assert set(found) == set(expected)
    for tag, activations in expected.items():
        assert found[tag].dtype == np.float16
        np.testing.assert_allclose(found[tag], activations, rtol=2e-3, atol=2e-3)
    series = open_series(str(tmp_path), "by path")
    assert series.columns[0].values == tuple(map(str, data[1])), "the dataset's labels"
    per_point = series.read_per_point(30)
    logits = nested.predict(x, verbose=0)
    np.testing.assert_array_equal(per_point["prediction"], logits.argmax(axis=1))
    probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(logits))
    np.testing.assert_allclose(per_point["confidence"], probabilities.max(axis=1), atol=1e-5)
    losses = keras.losses.sparse_categorical_crossentropy(data[1], logits, from_logits=True)
    np.testing.assert_allclose(per_point["loss"], losses, atol=1e-4)
    scalars = series.read_snapshot(30).scalars
    assert scalars["probe_loss"] == pytest.approx(float(np.mean(losses)), abs=1e-4)
    assert scalars["probe_accuracy"] == pytest.approx(float((logits.argmax(axis=1) == data[1]).mean()))
    assert open_series(str(tmp_path), "encoder/inner/dense_1/kernel").read_per_point(30) == {}


def test_rows_of_an_embedding_are_points_that_its_vocabulary_names(tmp_path):
    keras.utils.set_random_seed(0)
    layers = keras.layers
    network = keras.Sequential(
        [keras.Input((4,), dtype="int32"), layers.Embedding(6, 3, name="words"), layers.Flatten(), layers.Dense(1)]
    )
    network.compile("adam", "mse")
    words = ["", "[UNK]", "the", "oil", "price", "crude"]
    callbacks = [
        TrainingEvolution(tmp_path / "all", weights=["words"], vocabulary=words),
        TrainingEvolution(tmp_path / "some", weights={"w": network.layers[0].embeddings}, vocabulary={5: "crude", 3: "oil"}),
    ]
    before = value(network.layers[0].embeddings)
    x = np.random.default_rng(0).integers(6, size=(40, 4))
    network.fit(x, x.sum(axis=1), batch_size=20, epochs=2, verbose=0, callbacks=callbacks)
    after = value(network.layers[0].embeddings)
    series = open_series(str(tmp_path / "all"))
    assert (series.tag, series.steps()) == ("words/embeddings", [0, 2, 4])
    assert [(column.name, column.values) for column in series.columns] == [("word", tuple(words))]
    np.testing.assert_array_equal(series.read_snapshot(0).activations, before)
    np.testing.assert_array_equal(series.read_snapshot(4).activations, after)
    some = open_series(str(tmp_path / "some"), "w")
    assert some.columns[0].values == ("crude", "oil")
    np.testing.assert_array_equal(some.read_snapshot(4).activations, after[[5, 3]])


def test_one_unit_tells_two_classes_apart(tmp_path, data):
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.Input((64,)), keras.layers.Dense(4, name="hidden"), keras.layers.Dense(1)])
    network.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    x, y = data[0].reshape(200, 64), data[1] % 2
    callback = TrainingEvolution(tmp_path, x, labels=y, class_names=["even", "odd"], batch_size=64)
    fit(network, (x, y), callback)
    series = open_series(str(tmp_path))
    assert series.class_names == ["even", "odd"]
    per_point = series.read_per_point(30)
    odds = 1 / (1 + np.exp(-network.predict(x, verbose=0)[:, 0]))
    np.testing.assert_array_equal(per_point["prediction"], odds > 0.5)
    np.testing.assert_allclose(per_point["confidence"], np.maximum(odds, 1 - odds), atol=1e-5)
    np.testing.assert_allclose(per_point["loss"], -np.log(np.where(y, odds, 1 - odds)), atol=1e-4)


@pytest.mark.parametrize(("policy", "jit_compile"), [("mixed_float16", False), ("mixed_bfloat16", True)])
def test_mixed_precision_and_compiled_models_are_captured(tmp_path, data, policy, jit_compile):
    keras.utils.set_random_seed(0)
    layers = keras.layers
    hidden = layers.Dense(8, activation="relu", name="hidden", dtype=policy)
    output = layers.Dense(10, activation="softmax", dtype="float32")
    network = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), hidden, output])
    network.compile("adam", "sparse_categorical_crossentropy", jit_compile=jit_compile)
    fit(network, data, TrainingEvolution(tmp_path, data[0], labels=data[1]))
    snapshot = open_series(str(tmp_path)).read_snapshot(30)
    assert snapshot.activations.dtype == (np.float16 if policy == "mixed_float16" else np.float32)
    expected = keras.Model(network.inputs, hidden.output).predict(data[0], verbose=0).astype(np.float32)
    np.testing.assert_allclose(snapshot.activations, expected, rtol=0.02, atol=0.02)
    assert set(snapshot.per_point) == {"prediction", "confidence", "loss"}


def test_training_is_the_same_with_and_without_capture(tmp_path, data):
    def train(*callbacks):
        keras.utils.set_random_seed(0)
        layers = keras.layers
        hidden = [layers.Dense(8, name="hidden"), layers.BatchNormalization(), layers.Dropout(0.5)]
        network = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), *hidden, layers.Dense(10, activation="softmax")])
        network.compile("adam", "sparse_categorical_crossentropy")
        network.fit(*data, batch_size=20, epochs=2, verbose=0, callbacks=list(callbacks))
        return [value(variable) for variable in network.weights]

    captured = train(TrainingEvolution(tmp_path, data[0], labels=data[1], every=3))
    for with_capture, without in zip(captured, train(), strict=True):
        np.testing.assert_array_equal(with_capture, without)


# Keras' own, where it saves a model.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_training_resumed_from_a_checkpoint_drops_what_it_trains_again(tmp_path, model, data):
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras")
    evolution = TrainingEvolution(tmp_path / "logs", data[0], every=4)
    fit(model, data, None, callbacks=[evolution, checkpoint], epochs=2)
    assert open_series(str(tmp_path / "logs")).steps() == [0, 4, 8, 12, 16, 20]
    resumed = keras.models.load_model(tmp_path / "1.keras")
    fit(resumed, data, TrainingEvolution(tmp_path / "logs", data[0], every=5), initial_epoch=1)
    series = open_series(str(tmp_path / "logs"))
    assert series.steps() == [0, 4, 8, 10, 15, 20, 25, 30]
    hidden = keras.Model(resumed.inputs, resumed.get_layer("fc1").output).predict(data[0], verbose=0)
    np.testing.assert_allclose(series.read_snapshot(30).activations, hidden, atol=1e-5)
    other = keras.models.load_model(tmp_path / "1.keras")
    with pytest.raises(ValueError, match=r"another probe set.*write to a new log_dir or tag"):
        fit(other, data, TrainingEvolution(tmp_path / "logs", data[0][:50]), initial_epoch=1)
    assert series.steps() == [0, 4, 8, 10, 15, 20, 25, 30]


def test_a_training_resumed_with_weights_alone_counts_on_by_its_initial_epoch(tmp_path, model, data):
    fit(model, data, TrainingEvolution(tmp_path, data[0]), epochs=1)
    model.compile("adam", "sparse_categorical_crossentropy")
    assert int(model.optimizer.iterations) == 0
    fit(model, data, TrainingEvolution(tmp_path, data[0]), initial_epoch=1, epochs=2)
    assert open_series(str(tmp_path)).steps() == [0, 10, 20]


def test_a_step_is_an_update_of_the_weights_where_gradients_accumulate(tmp_path, model, data):
    model.compile(keras.optimizers.Adam(gradient_accumulation_steps=5), "sparse_categorical_crossentropy")
    fit(model, data, TrainingEvolution(tmp_path, data[0], every=1))
    assert open_series(str(tmp_path)).steps() == [0, 1, 2, 3, 4, 5, 6]
    assert int(model.optimizer.iterations) == 6
