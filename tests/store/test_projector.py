"""The built-in Projector's own routes, over what a writer leaves in a run's folder."""

import shutil
import warnings

import numpy as np
import pytest
import werkzeug.test
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.compat import tensorflow_stub
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.projector import ProjectorConfig, projector_plugin, visualize_embeddings

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.store import projector as store_projector
from tb_embed_plugin.store import sprites
from tests.conftest import write_series

NAME = "fc1 (newest snapshot)"


class Projector:
    """A client of the Projector's routes."""

    def __init__(self, log_dir):
        multiplexer = EventMultiplexer().AddRunsFromDirectory(str(log_dir))
        multiplexer.Reload()
        context = TBContext(logdir=str(log_dir), data_provider=MultiplexerDataProvider(multiplexer, str(log_dir)))
        self._apps = projector_plugin.ProjectorPlugin(context).get_plugin_apps()

    def get(self, route, **parameters):
        response = werkzeug.test.Client(self._apps[route]).get(query_string=parameters)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response

    def entries(self, run="run1"):
        return {entry["tensorName"]: entry for entry in self.get("/info", run=run).get_json()["embeddings"]}

    def tensor(self, name=NAME, run="run1"):
        shape = self.entries(run)[name]["tensorShape"]
        return np.frombuffer(self.get("/tensor", run=run, name=name).data, dtype=np.float32).reshape(shape)


@pytest.fixture(params=["with TensorFlow", "without TensorFlow"])
def projector(request, monkeypatch):
    """Opens the Projector on a log directory."""
    if request.param == "without TensorFlow":
        monkeypatch.setattr(projector_plugin, "tf", tensorflow_stub)
    return Projector


def write(log_dir, *snapshots, run="run1", tag="fc1", **probe_set):
    writer = SeriesWriter(log_dir / run, tag, ProbeSet(n_points=len(snapshots[0]), **probe_set))
    for step, snapshot in enumerate(snapshots):
        writer.write_snapshot(step, snapshot)
    return writer


@pytest.fixture
def snapshots():
    return np.random.default_rng(0).normal(size=(3, 20, 6)).astype(np.float32)


def test_a_run_shows_its_newest_snapshot_with_metadata_and_thumbnails(tmp_path, probe_set, projector):
    series = write_series(tmp_path / "run1", "fc/1", probe_set)
    shown = projector(tmp_path)
    assert shown.get("/runs").get_json() == ["run1"]
    name = "fc/1 (newest snapshot)"
    np.testing.assert_array_equal(shown.tensor(name), series.read_snapshot(200).activations)
    rows = shown.get("/metadata", run="run1", name=name).get_data(as_text=True).split("\n")
    assert rows[0] == "label\tsize\tcaption"
    assert len(rows) == 1 + 200 + 1
    assert shown.get("/sprite_image", run="run1", name=name).data == series.read_sprite(0)
    assert shown.entries()[name]["sprite"]["singleImageDim"] == [8, 8]


def test_labels_alone_make_a_list_without_a_header(tmp_path, snapshots, projector):
    write(tmp_path, *snapshots, labels=np.arange(20) % 3)
    rows = projector(tmp_path).get("/metadata", run="run1", name=NAME).get_data(as_text=True).split("\n")
    assert rows[:4] == ["0", "1", "2", "0"]
    assert len(rows) == 20 + 1


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(np.zeros(6), id="zeros"),
        # The bytes 00 00 00 00 0a, and 0a alone, are lines of text.
        pytest.param(np.array([0, 1.4e-44, 1, 2, 3, -1e30]), id="a zero and the end of a line"),
        pytest.param(np.array([1.4e-44, 0, 1, 2, 3, -1e30]), id="the end of a line"),
        pytest.param(np.array([3.0e-39, 1, 2, 3, 4, 5]), id="a character cut off"),
    ],
)
def test_bytes_that_look_like_text_do_not_break_the_tab(tmp_path, first, projector):
    snapshot = np.tile(first, (20, 1)).astype(np.float32)
    write(tmp_path, snapshot)
    np.testing.assert_array_equal(projector(tmp_path).tensor(), snapshot)


def test_one_feature_and_half_precision_are_shown_too(tmp_path, snapshots, projector):
    write(tmp_path, snapshots[0, :, :1].astype(np.float16))
    np.testing.assert_array_equal(projector(tmp_path).tensor(), snapshots[0, :, :1].astype(np.float16))


def test_the_configuration_is_shared_with_other_callbacks(tmp_path, snapshots, projector):
    others = ProjectorConfig()
    others.embeddings.add(tensor_name="words", tensor_path="words.tsv", tensor_shape=[2, 2])
    (tmp_path / "run1").mkdir()
    (tmp_path / "run1" / "words.tsv").write_text("1\t2\n3\t4\n")
    visualize_embeddings(str(tmp_path / "run1"), others)
    writer = write(tmp_path, snapshots[0])
    assert list(projector(tmp_path).entries()) == ["words", NAME]
    # The other one writes anew, as it knows of nobody else.
    visualize_embeddings(str(tmp_path / "run1"), others)
    writer.write_snapshot(1, snapshots[1])
    shown = projector(tmp_path)
    assert list(shown.entries()) == ["words", NAME]
    np.testing.assert_array_equal(shown.tensor(), snapshots[1])
    np.testing.assert_array_equal(shown.tensor("words"), [[1, 2], [3, 4]])


def test_a_snapshot_that_is_not_finite_leaves_the_one_before(tmp_path, snapshots, projector):
    broken = snapshots[1].copy()
    broken[3, 2] = np.nan
    write(tmp_path, snapshots[0], broken).close()
    np.testing.assert_array_equal(projector(tmp_path).tensor(), snapshots[0])


def test_a_series_that_was_removed_is_listed_no_longer(tmp_path, snapshots, projector):
    write(tmp_path, snapshots[0], tag="conv")
    writer = write(tmp_path, snapshots[0])
    assert len(projector(tmp_path).entries()) == 2
    shutil.rmtree(tmp_path / "run1" / "plugins" / "training_evolution" / "conv")
    writer.write_snapshot(1, snapshots[1])
    assert list(projector(tmp_path).entries()) == [NAME]


def test_the_first_of_many_series_are_listed(tmp_path, snapshots, projector):
    for number in range(store_projector.MAX_ENTRIES + 2):
        write(tmp_path, snapshots[0], tag=f"fc{number}")
    assert len(projector(tmp_path).entries()) == store_projector.MAX_ENTRIES


def test_sprites_of_several_pages_are_left_out(tmp_path, snapshots, projector, monkeypatch):
    monkeypatch.setattr(sprites, "MAX_PAGE_SIDE", 16)
    write(tmp_path, snapshots[0], images=np.zeros((20, 8, 8)))
    assert len(open_series(str(tmp_path / "run1")).sprites.pages) == 5
    assert "sprite" not in projector(tmp_path).entries()[NAME]


def test_large_snapshots_are_shown_at_first_and_at_the_end(tmp_path, snapshots, projector, monkeypatch):
    monkeypatch.setattr(store_projector, "_LARGE", 1)
    writer = write(tmp_path, *snapshots)
    np.testing.assert_array_equal(projector(tmp_path).tensor(), snapshots[0])
    writer.close()
    np.testing.assert_array_equal(projector(tmp_path).tensor(), snapshots[2])


def test_a_configuration_that_cannot_be_read_is_left_alone_with_one_warning(tmp_path, snapshots):
    (tmp_path / "run1").mkdir()
    config = tmp_path / "run1" / store_projector.CONFIG_FILE
    config.write_text("embeddings { tensor_name: ")
    with pytest.warns(RuntimeWarning, match="Projector will not show .*fc1 as of step 0: ParseError") as warned:
        write(tmp_path, *snapshots).close()
    assert len(warned) == 1
    assert config.read_text() == "embeddings { tensor_name: "
    assert open_series(str(tmp_path / "run1")).steps() == [0, 1, 2]


def test_a_vanished_folder_is_a_warning_of_the_projector_alone(tmp_path, snapshots):
    shown = store_projector.ProjectorTensor(str(tmp_path), str(tmp_path / "gone"))
    with pytest.warns(RuntimeWarning, match="as of step 7: FileNotFoundError"):
        shown.show(7, snapshots[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown.finish(8)
