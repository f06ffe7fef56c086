import json
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tb_embed_plugin import open_series
from tb_embed_plugin.store import LayoutWriter, delete_layout
from tb_embed_plugin.store.errors import FormatError
from tests.conftest import STEPS, write_layout


@pytest.fixture
def series(log_dir):
    return open_series(str(log_dir / "run1"))


def test_layout_is_read_back_with_its_extent_and_quality(series):
    positions = np.random.default_rng(1).normal(size=(3, 200, 2)).astype(np.float32)
    positions[1, 5] = np.nan
    write_layout(series, "other", positions)
    layout = series.open_layout("other")
    assert (layout.method, layout.n_dims, layout.steps) == ("tsne", 2, STEPS)
    np.testing.assert_array_equal(layout.read_frame(10).positions, positions[1])
    np.testing.assert_allclose(layout.extent, [np.nanmin(positions, axis=(0, 1)), np.nanmax(positions, axis=(0, 1))])
    assert layout.quality == {"trustworthiness": [0.9, None, 1.0]}
    assert series.layout_names() == ["other", "tsne"]


def test_a_writer_that_dies_leaves_the_old_layout(series):
    before = series.open_layout("tsne")

    def die():
        with LayoutWriter(series.path, "tsne") as writer:
            writer.write_frame(0, np.zeros((200, 2), dtype=np.float32), {})
            raise RuntimeError("died")

    with pytest.raises(RuntimeError, match="died"):
        die()
    assert series.open_layout("tsne").version == before.version
    assert os.listdir(os.path.join(series.path, "layouts")) == ["tsne"]


def test_a_replaced_layout_changes_its_version_and_old_readers_notice(series):
    before = series.open_layout("tsne")
    write_layout(series, "tsne", np.ones((3, 200, 2)))
    after = series.open_layout("tsne")
    assert after.version != before.version
    assert (after.read_frame(0).positions == 1).all()
    with pytest.raises(KeyError, match="was replaced while it was read"):
        before.read_frame(0)
    assert os.listdir(os.path.join(series.path, "layouts")) == ["tsne"]


def test_a_crash_between_the_two_renames_loses_nothing(series):
    before = series.open_layout("tsne")
    layouts = os.path.join(series.path, "layouts")
    os.rename(os.path.join(layouts, "tsne"), os.path.join(layouts, ".tsne.replaced"))
    assert series.layout_names() == ["tsne"]
    assert series.open_layout("tsne").version == before.version
    write_layout(series, "tsne", np.ones((3, 200, 2)))
    assert (series.open_layout("tsne").read_frame(0).positions == 1).all()


def test_missing_layouts_and_steps_list_what_there_is(series):
    with pytest.raises(KeyError, match=r"No layout 'umap'; there are \['tsne'\]"):
        series.open_layout("umap")
    with pytest.raises(KeyError, match=r"no step 11; it has \[0, 10, 200\]"):
        series.open_layout("tsne").read_frame(11)


def test_what_dead_writers_left_is_removed_once_it_is_old(series):
    layouts = os.path.join(series.path, "layouts")
    abandoned, recent, other = (f".{name}.{digit * 32}.partial" for name, digit in (("tsne", "0"), ("tsne", "1"), ("pca", "2")))
    for folder in (abandoned, recent, other):
        os.makedirs(os.path.join(layouts, folder))
    for folder in (abandoned, other):
        os.utime(os.path.join(layouts, folder), (0, 0))
    write_layout(series, "tsne", np.ones((3, 200, 2)))
    assert sorted(os.listdir(layouts)) == sorted([recent, other, "tsne"])


def test_a_deleted_layout_is_gone_and_others_stay(series):
    write_layout(series, "other", np.ones((3, 200, 2)))
    delete_layout(series.path, "other")
    delete_layout(series.path, "other")
    assert series.layout_names() == ["tsne"]
    assert os.listdir(os.path.join(series.path, "layouts")) == ["tsne"]


def test_of_two_that_are_put_in_one_place_at_once_the_last_stays(series):
    def put(value):
        for _ in range(100):
            write_layout(series, "tsne", np.full((3, 200, 2), value, dtype=np.float32))

    with ThreadPoolExecutor(2) as pool:
        for writer in [pool.submit(put, value) for value in (1, 2)]:
            writer.result()
    assert (series.open_layout("tsne").read_frame(0).positions > 0).all()
    assert os.listdir(os.path.join(series.path, "layouts")) == ["tsne"]


@pytest.mark.parametrize("damage", [{"quality": {"trustworthiness": ["high"]}}, {"quality": 3}, {"parameters": "none"}])
def test_a_summary_with_other_types_is_damaged(series, damage):
    file = os.path.join(series.path, "layouts", "tsne", "layout.json")
    with open(file) as summary:
        document = json.load(summary) | damage
    with open(file, "w") as summary:
        json.dump(document, summary)
    with pytest.raises(FormatError, match="is damaged"):
        series.open_layout("tsne")
