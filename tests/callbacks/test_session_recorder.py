import numpy as np
import pytest
import tensorflow as tf
from tb_embed_callbacks import SessionRecorder
from tensorboard.plugins.projector import ProjectorConfig, visualize_embeddings

from tb_embed_plugin import open_series
from tb_embed_plugin.store.series import list_tags
from tests.callbacks.session_graph import batches, make_network, v1
from tests.store.test_projector import Projector


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def train(session, network, digits, n_steps=1):
    for images, labels in batches(*digits, n_steps):
        session.run(network.train_op, {network.x: images, network.y: labels, network.rate: 0.5})


def start(**arguments):
    network = make_network(**arguments)
    session = v1.Session()
    session.run(v1.global_variables_initializer())
    return network, session


def test_a_bare_loop_captures_what_the_network_makes_of_the_probe_set(tmp_path, digits):
    images, labels = digits
    network, session = start()
    recorder = SessionRecorder(
        tmp_path, {"fc1": network.hidden, "conv": network.conv}, labels=labels, images=images, batch_size=64, pooling="average"
    )
    for step in range(0, 31, 10):
        recorder.record(session, step, feed_dict={network.x: images, network.rate: 0.0}, scalars={"loss": step})
        train(session, network, digits, 10)
    recorder.close()
    assert list_tags(str(tmp_path)) == ["conv", "fc1"]
    series = open_series(str(tmp_path), "fc1")
    assert series.steps() == [0, 10, 20, 30]
    assert series.read_snapshot(20).scalars == {"loss": 20}
    assert series.provenance["tensor"] == "fc1/relu:0"
    first = series.read_snapshot(0).activations
    assert first.shape == (200, 16)
    assert np.abs(series.read_snapshot(30).activations - first).max() > 0.1
    assert open_series(str(tmp_path), "conv").read_snapshot(0).activations.shape == (200, 4)


def test_batches_and_a_dropout_rate_change_nothing(tmp_path, digits):
    network, session = start()
    whole = session.run(network.hidden, {network.x: digits[0]})
    recorder = SessionRecorder(tmp_path, "fc1/relu", {"x": digits[0], "rate": 0.0}, batch_size=33)
    recorder.record(session, 0)
    recorder.close()
    np.testing.assert_allclose(open_series(str(tmp_path), "fc1/relu").read_snapshot(0).activations, whole, atol=1e-5)


def test_a_placeholder_of_one_batch_size_is_fed_with_that(tmp_path, digits):
    network, session = start(batch_size=64)
    recorder = SessionRecorder(tmp_path, network.hidden, {network.x: digits[0]}, labels=digits[1])
    recorder.record(session, 0)
    recorder.close()
    activations = open_series(str(tmp_path)).read_snapshot(0).activations
    np.testing.assert_allclose(activations[:64], session.run(network.hidden, {network.x: digits[0][:64]}), atol=1e-5)
    np.testing.assert_allclose(activations[-64:], session.run(network.hidden, {network.x: digits[0][-64:]}), atol=1e-5)


def test_the_global_step_is_read_where_none_is_told(tmp_path, digits):
    network, session = start()
    recorder = SessionRecorder(tmp_path, network.hidden, {network.x: digits[0]}, every=5)
    for _ in range(12):
        recorder.record(session)
        train(session, network, digits)
    recorder.record(session, is_last=True)
    recorder.close()
    assert open_series(str(tmp_path)).steps() == [0, 5, 10, 12]


def test_a_finalized_graph_can_be_captured(tmp_path, digits, graph):
    network, session = start()
    graph.finalize()
    with SessionRecorder(tmp_path, [network.hidden, network.dense.name], {network.x: digits[0][:144]}) as recorder:
        recorder.record(session)
    assert list_tags(str(tmp_path)) == ["fc1/kernel", "fc1/relu"]


def test_rows_of_a_variable_are_points_with_a_vocabulary(tmp_path):
    words = np.array([f"word{i}" for i in range(30)])
    table = v1.get_variable("embedding", [30, 5])
    ids = v1.placeholder(tf.int32, [None])
    loss = tf.reduce_sum(tf.nn.embedding_lookup(table, ids) ** 2)
    train_op = v1.train.GradientDescentOptimizer(0.1).minimize(loss)
    with v1.Session() as session, SessionRecorder(tmp_path, table, metadata={"word": words}) as recorder:
        session.run(v1.global_variables_initializer())
        for step in range(3):
            recorder.record(session, step)
            session.run(train_op, {ids: [1, 2]})
        expected = session.run(table)
        recorder.record(session, 3)
    series = open_series(str(tmp_path))
    assert series.tag == "embedding"
    assert series.columns[0].values == tuple(words)
    np.testing.assert_array_equal(series.read_snapshot(3).activations, expected)
    moved = np.abs(series.read_snapshot(3).activations - series.read_snapshot(0).activations).max(axis=1) > 0
    assert moved.nonzero()[0].tolist() == [1, 2]


@pytest.mark.parametrize("scores", ["logits", "probabilities"])
def test_each_points_prediction_confidence_and_loss_are_kept(tmp_path, digits, scores):
    images, labels = digits
    network, session = start()
    train(session, network, digits, 20)
    with SessionRecorder(tmp_path, network.hidden, {network.x: images}, labels=labels, predictions=scores) as recorder:
        recorder.record(session)
    probabilities = session.run(network.probabilities, {network.x: images})
    snapshot = open_series(str(tmp_path)).read_snapshot(20)
    np.testing.assert_array_equal(snapshot.per_point["prediction"], probabilities.argmax(axis=1))
    np.testing.assert_allclose(snapshot.per_point["confidence"], probabilities.max(axis=1), atol=1e-5)
    np.testing.assert_allclose(snapshot.per_point["loss"], -np.log(probabilities[np.arange(200), labels]), atol=1e-4)
    assert snapshot.scalars["probe_accuracy"] == pytest.approx((probabilities.argmax(axis=1) == labels).mean())


def test_a_restored_session_goes_on_and_makes_later_steps_anew(tmp_path, digits):
    network, session = start()
    saver = v1.train.Saver()
    recorder = SessionRecorder(tmp_path / "run", network.hidden, {network.x: digits[0]}, every=5)
    for step in range(16):
        recorder.record(session)
        if step == 10:
            saver.save(session, str(tmp_path / "model"))
        train(session, network, digits)
    recorder.close()
    saver.restore(session, str(tmp_path / "model"))
    resumed = SessionRecorder(tmp_path / "run", network.hidden, {network.x: digits[0]}, every=5)
    resumed.record(session)
    resumed.close()
    assert open_series(str(tmp_path / "run")).steps() == [0, 5, 10]


def test_the_projector_shows_it_beside_a_savers_variables(tmp_path, digits):
    network, session = start()
    writer = v1.summary.FileWriter(str(tmp_path / "run1"), session.graph)
    config = ProjectorConfig()
    config.embeddings.add(tensor_name=network.dense.name)
    visualize_embeddings(writer.get_logdir(), config)
    v1.train.Saver().save(session, str(tmp_path / "run1" / "model"), 0)
    writer.close()
    with SessionRecorder(tmp_path / "run1", {"fc1": network.hidden}, {network.x: digits[0]}, labels=digits[1]) as recorder:
        recorder.record(session)
    projector = Projector(tmp_path)
    # As for every checkpoint, the Projector adds its other variables of two axes.
    assert {"fc1/kernel", "fc1 (newest snapshot)"} <= set(projector.entries())
    np.testing.assert_array_equal(projector.tensor("fc1/kernel"), session.run(network.dense))
    shown = open_series(str(tmp_path / "run1")).read_snapshot(0).activations
    np.testing.assert_array_equal(projector.tensor("fc1 (newest snapshot)"), shown)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tensors": "fc2/relu"}, "no tensor 'fc2/relu'"),
        ({"feed_dict": {"x:0": np.zeros((3, 8, 8)), "y:0": [1, 2]}}, "expected one number of rows"),
        ({"feed_dict": None}, "not to be seen how many points"),
        ({"labels": [1, 2]}, r"column 'label' has shape \(2,\), but the probe set has 3 points"),
        ({"images": np.zeros((2, 8, 8))}, r"expected \(3, height, width\)"),
        ({"predictions": "logits"}, "labels are not class indices"),
        ({"predictions": "logits", "labels": [0, 1, 10]}, "labels range from 0 to 10, and predictions have 10 classes"),
    ],
)
def test_what_does_not_fit_is_said_before_training(tmp_path, arguments, message):
    _, session = start()
    recorder = SessionRecorder(tmp_path, **{"tensors": "fc1/relu", "feed_dict": {"x:0": np.zeros((3, 8, 8))}, **arguments})
    with pytest.raises(ValueError, match=message):
        recorder.record(session)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every": "epoch"}, "a session knows steps only"),
        ({"pooling": "mean"}, "pooling is 'mean'"),
        ({"class_scores": "softmax"}, "class_scores is 'softmax'"),
        ({"on_error": "ignore"}, "on_error is 'ignore'"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"max_snapshots": 1}, "max_snapshots is 1"),
    ],
)
def test_wrong_arguments_are_refused_at_once(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        SessionRecorder(tmp_path, "fc1/relu", **arguments)


def test_a_graph_without_a_global_step_says_so(tmp_path, digits):
    network, session = start(has_global_step=False)
    with pytest.raises(ValueError, match="no global step"):
        SessionRecorder(tmp_path, network.hidden, {network.x: digits[0]}).record(session)


def test_a_failing_capture_warns_and_lets_training_go_on(tmp_path, digits):
    network, session = start()
    scalar = tf.reduce_sum(network.hidden, name="scalar")
    recorder = SessionRecorder(tmp_path, scalar, {network.x: digits[0]})
    with pytest.warns(RuntimeWarning, match=r"pauses capturing at step 0: ValueError: 'scalar:0' has shape \(\)"):
        recorder.record(session, 0)
    train(session, network, digits)
    recorder.close()


def test_on_error_raise_raises(tmp_path, digits):
    network, session = start()
    recorder = SessionRecorder(tmp_path, tf.reduce_sum(network.hidden), {network.x: digits[0]}, on_error="raise")
    with pytest.raises(ValueError, match="expected one row per point"):
        recorder.record(session, 0)
