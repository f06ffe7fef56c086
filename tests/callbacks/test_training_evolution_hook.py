import time

import numpy as np
import pytest
import tensorflow as tf
from tb_embed_callbacks import TrainingEvolutionHook

from tb_embed_plugin import open_series
from tb_embed_plugin.store import is_finished
from tests.callbacks.session_graph import batches, make_network, v1


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def train(network, hook, digits, n_steps, **arguments):
    seen = []
    with v1.train.MonitoredTrainingSession(hooks=[hook], **arguments) as session:
        for images, labels in batches(*digits, n_steps):
            session.run(network.train_op, {network.x: images, network.y: labels})
            seen.append(session.run(network.hidden, {network.x: digits[0]}))
    return seen


def test_snapshots_bear_the_step_that_made_them(tmp_path, digits):
    network = make_network()
    hook = TrainingEvolutionHook(network.hidden, {network.x: digits[0]}, log_dir=tmp_path, every_n_steps=5, labels=digits[1])
    seen = train(network, hook, digits, 12)
    series = open_series(str(tmp_path))
    assert series.steps() == [0, 5, 10, 12]
    assert is_finished(series.path)
    for step in (5, 10, 12):
        # What the network made of the probe set right after that update.
        np.testing.assert_allclose(series.read_snapshot(step).activations, seen[step - 1], atol=1e-5)


def test_steps_can_be_spaced_in_a_geometric_series(tmp_path, digits):
    network = make_network()
    hook = TrainingEvolutionHook(network.hidden, {network.x: digits[0]}, log_dir=tmp_path, every_n_steps="log")
    train(network, hook, digits, 9)
    assert open_series(str(tmp_path)).steps() == [0, 1, 2, 3, 4, 5, 7, 9]


def test_a_training_restored_from_a_checkpoint_continues_its_series(tmp_path, digits):
    for n_steps in (10, 6):
        with tf.Graph().as_default():
            network = make_network()
            hook = TrainingEvolutionHook(network.hidden, {network.x: digits[0]}, log_dir=tmp_path / "run", every_n_steps=5)
            train(network, hook, digits, n_steps, checkpoint_dir=str(tmp_path / "checkpoints"))
    assert open_series(str(tmp_path / "run")).steps() == [0, 5, 10, 15, 16]


def test_a_training_that_fails_keeps_what_was_captured_and_may_be_resumed(tmp_path, digits):
    network = make_network()
    hook = TrainingEvolutionHook(network.hidden, {network.x: digits[0]}, log_dir=tmp_path, every_n_steps=2)
    with pytest.raises(tf.errors.InvalidArgumentError):
        # Five good batches, then one that does not fit.
        train(network, hook, (np.concatenate([digits[0], np.zeros((40, 8, 8))]), np.append(digits[1], [99] * 40)), 6)
    series = open_series(str(tmp_path))
    wait_until(lambda: series.steps() == [0, 2, 4])
    assert not is_finished(series.path)


def wait_until(condition, seconds=120):
    # A thread writes, and nobody waits for it where a training has failed.
    for _ in range(10 * seconds):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("It did not come to pass.")


def test_a_wrong_tensor_is_said_before_there_is_a_session(tmp_path, digits):
    network = make_network()
    hook = TrainingEvolutionHook("fc2", {network.x: digits[0]}, log_dir=tmp_path)
    with pytest.raises(ValueError, match="no tensor 'fc2'"), v1.train.MonitoredTrainingSession(hooks=[hook]):
        pytest.fail("a session was made")
