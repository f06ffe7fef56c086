"""Scalars, read from real event files through TensorBoard's own data providers."""

import json
import time
import urllib.parse
import urllib.request

import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tb_embed_plugin.plugin import TrainingEvolutionPlugin
from tests.conftest import STEPS, write_series
from tests.wsgi import Site


def write_scalars(run_dir, tag, values):
    writer = EventFileWriter(str(run_dir))
    for step, value in enumerate(values):
        summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, simple_value=value)])
        writer.add_event(event_pb2.Event(wall_time=1000.0 + step, step=step, summary=summary))
    writer.close()


@pytest.fixture
def log_dir_with_scalars(log_dir, probe_set):
    write_scalars(log_dir / "run1" / "train", "epoch_loss", [2.0, float("nan"), 0.5])
    write_scalars(log_dir / "run1" / "validation", "epoch_loss", [3.0])
    write_scalars(log_dir / "run1", "lr", [0.1])
    write_scalars(log_dir / "run10", "loss", [9.0])
    write_series(log_dir / "run1" / "again", "fc/1", probe_set)
    write_scalars(log_dir / "run1" / "again" / "train", "epoch_loss", [7.0])
    return log_dir


EXPECTED = [("run1", "lr", [0.1]), ("run1/train", "epoch_loss", [2.0, None, 0.5]), ("run1/validation", "epoch_loss", [3.0])]


def curves(reply):
    return [(curve["run"], curve["tag"], pytest.approx(curve["values"])) for curve in reply["scalars"]]


def test_scalars_are_those_of_the_run_and_of_what_is_nested_in_it(log_dir_with_scalars):
    multiplexer = EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(log_dir_with_scalars))
    multiplexer.Reload()
    directory = str(log_dir_with_scalars)
    context = TBContext(logdir=directory, data_provider=MultiplexerDataProvider(multiplexer, directory))
    site = Site(TrainingEvolutionPlugin(context))
    reply = site.get("/scalars?run=run1").get_json()
    assert curves(reply) == EXPECTED
    train = reply["scalars"][1]
    assert (train["steps"], train["wall_times"]) == ([0, 1, 2], [1000.0, 1001.0, 1002.0])
    assert curves(site.get("/scalars?run=run1/again").get_json()) == [("run1/again/train", "epoch_loss", [7.0])]


def test_snapshots_tell_when_they_were_captured_and_what_the_loss_was(site):
    (snapshots,) = site.get("/scalars?run=run1").get_json()["snapshots"]
    assert (snapshots["tag"], snapshots["steps"]) == ("fc/1", STEPS)
    assert snapshots["scalars"]["loss"] == [pytest.approx(1 / (step + 1)) for step in STEPS]
    assert snapshots["wall_times"] == sorted(snapshots["wall_times"])
    assert abs(snapshots["wall_times"][0] - time.time()) < 3600


def test_without_a_data_provider_there_are_those_of_the_snapshots(site):
    assert site.get("/scalars?run=run1").get_json()["scalars"] == []


@pytest.mark.parametrize(("query", "status"), [("", 400), ("run=run", 404), ("run=..", 404), ("run=/etc", 404)])
def test_a_run_without_a_series_is_unknown(site, query, status):
    site.get(f"/scalars?{query}", status)


@pytest.mark.parametrize("loader", [[], ["--load_fast=false"]], ids=["default", "slow"])
def test_both_of_tensorboards_loaders_give_them(log_dir_with_scalars, loader):
    from tests.browser.conftest import tensorboard

    with tensorboard("--logdir", str(log_dir_with_scalars), *loader) as address:
        url = f"{address}/data/plugin/training_evolution/scalars?run={urllib.parse.quote('run1')}"
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            with urllib.request.urlopen(url, timeout=60) as response:
                reply = json.load(response)
            # TensorBoard reads event files in its own time.
            if curves(reply) == EXPECTED:
                break
            time.sleep(0.2)
        assert curves(reply) == EXPECTED
