import keras
import numpy as np
import pytest
from tb_embed_callbacks import IdealInputs

from tb_embed_plugin.store import ProbeSet, SeriesWriter, paths
from tb_embed_plugin.store.ideal_inputs import list_ideal_inputs, read_ideal_inputs

QUICK = {"n_iterations": 3}


@pytest.fixture(scope="module")
def data(digits):
    images, labels = digits
    return images.reshape(200, 64).astype(np.float32), labels


def make_model():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    hidden = layers.Dense(16, activation="relu", name="fc1")
    network = keras.Sequential([keras.Input((64,)), hidden, layers.Dropout(0.5), layers.Dense(10, activation="softmax")])
    network.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return network


def fit(model, data, callback, **arguments):
    model.fit(*data, **{"batch_size": 50, "epochs": 2, "verbose": 0, "callbacks": [callback], **arguments})


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """A network, and the folder of the series in which its ideal inputs were recorded while it trained."""
    run_dir = tmp_path_factory.mktemp("run")
    model = make_model()
    names = [f"digit {i}" for i in range(10)]
    fit(model, data, IdealInputs(run_dir, "fc1", names=names, every=150, on_error="raise"), epochs=30, batch_size=20)
    return model, paths.series_path(str(run_dir), "fc1")


def test_each_classs_ideal_input_is_taken_for_that_class(trained):
    model, series = trained
    steps = list_ideal_inputs(series)
    assert steps == [0, 150, 300]
    ideal = read_ideal_inputs(series, 300)
    assert ideal.images.shape == (10, 8, 8, 1)
    assert ideal.names[3] == "digit 3"
    probabilities = model.predict(ideal.images.reshape(10, 64), verbose=0)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), np.arange(10))
    np.testing.assert_allclose(ideal.scores, probabilities.max(axis=1), atol=1e-3)
    # The images follow the network, and start from next to nothing.
    assert (ideal.scores > read_ideal_inputs(series, 0).scores).all()


def test_training_is_the_same_with_the_callback_and_without(data, tmp_path):
    plain, watched = make_model(), make_model()
    keras.utils.set_random_seed(1)
    fit(plain, data, keras.callbacks.Callback(), epochs=1)
    keras.utils.set_random_seed(1)
    fit(watched, data, IdealInputs(tmp_path, "fc1", on_error="raise", **QUICK), epochs=1)
    assert all(layer.trainable for layer in watched.layers)
    for expected, found in zip(plain.get_weights(), watched.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_larger_penalty_makes_a_fainter_input(data, tmp_path):
    sizes = {}
    for name, penalty in {"little": {"l2": 0.01}, "much": {"l2": 2.0}, "l1": {"l2": 0.0, "l1": 0.5}}.items():
        callback = IdealInputs(tmp_path / name, "fc1", n_iterations=60, every=1000, on_error="raise", **penalty)
        fit(make_model(), data, callback, epochs=1)
        sizes[name] = np.abs(read_ideal_inputs(paths.series_path(str(tmp_path / name), "fc1"), 4).images)
    assert sizes["much"].sum() < sizes["little"].sum()
    # L1 leaves most of the input at zero, but for the last step's width.
    assert np.median(sizes["l1"]) < 0.5 * np.median(sizes["little"])


def test_channels_of_a_convolution_have_ideal_inputs(digits, tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 3, name="conv"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    callback = IdealInputs(tmp_path, "conv", layer="conv", units=[1, 3], on_error="raise", n_iterations=20)
    fit(model, (digits[0][..., None].astype(np.float32), digits[1]), callback, epochs=1)
    ideal = read_ideal_inputs(paths.series_path(str(tmp_path), "conv"), 4)
    assert (ideal.images.shape, ideal.names) == ((2, 8, 8, 1), ("1", "3"))
    assert (ideal.scores > 0).all()


def test_a_training_that_starts_over_drops_what_it_will_make_again(data, tmp_path):
    fit(make_model(), data, IdealInputs(tmp_path, "fc1", **QUICK))
    series = paths.series_path(str(tmp_path), "fc1")
    assert list_ideal_inputs(series) == [0, 4, 8]
    fit(make_model(), data, IdealInputs(tmp_path, "fc1", **QUICK), epochs=1)
    assert list_ideal_inputs(series) == [0, 4]
    # They are no series by themselves, and do not keep one from being made.
    SeriesWriter(tmp_path, "fc1", ProbeSet(n_points=3)).write_snapshot(0, np.zeros((3, 2)))
    assert list_ideal_inputs(series) == [0, 4]


def test_a_failure_warns_once_and_lets_training_go_on(data, tmp_path):
    (tmp_path / "plugins").write_text("in the way")
    with pytest.warns(RuntimeWarning, match="NotADirectoryError") as warned:
        fit(make_model(), data, IdealInputs(tmp_path, "fc1", **QUICK))
    assert len(warned) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"l2": -1}, "l2 is -1"),
        ({"n_iterations": 0}, "n_iterations is 0"),
        ({"units": [1, 2], "names": ["a"]}, "1 names for 2 units"),
        ({"max_snapshots": 1}, "max_snapshots is 1"),
        ({"on_error": "ignore"}, "on_error is 'ignore'"),
        ({"units": [10]}, "units lists 10, but layer .* has units 0 to 9"),
        ({"names": ["a"]}, "1 names for 10 units"),
        ({"layer": "fc7"}, "No such layer: fc7"),
        ({"image_shape": (3, 3)}, r"image_shape is \(3, 3\)"),
    ],
)
def test_wrong_arguments_are_refused_before_training(data, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        fit(make_model(), data, IdealInputs(tmp_path, "fc1", **arguments))
