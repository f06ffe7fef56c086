import json
import os
from pathlib import Path

import numpy as np
import pytest

from tb_embed_plugin import open_series
from tb_embed_plugin.store import LayoutAppender, StoreError, delete_layout

rng = np.random.default_rng(0)


@pytest.fixture
def series(log_dir):
    return open_series(str(log_dir / "run1"))


def open_appender(series, **parameters):
    return LayoutAppender(series.path, "live", method="tsne", n_dims=2, parameters=parameters)


def append(appender, step, scale=1.0):
    positions = (rng.uniform(-1, 1, size=(200, 2)) * scale).astype(np.float32)
    appender.append(step, positions, {"movement": np.ones(200, dtype=np.float32)}, {"trustworthiness": 0.5, "odd": np.nan})
    return positions


def test_a_new_one_is_there_without_steps(series):
    open_appender(series)
    assert series.open_layout("live").steps == []


def test_frames_are_added_and_read_like_any_layout(series):
    appender = open_appender(series, seed=3)
    first, second = append(appender, 0), append(appender, 10)
    layout = series.open_layout("live")
    assert (layout.method, layout.n_dims, layout.steps, layout.parameters) == ("tsne", 2, [0, 10], {"seed": 3})
    assert layout.quality == {"odd": [None, None], "trustworthiness": [0.5, 0.5]}
    np.testing.assert_array_equal(layout.read_frame(0).positions, first)
    np.testing.assert_array_equal(layout.read_frame(10).positions, second)
    assert set(layout.read_frame(0).per_point) == {"movement"}
    assert (layout.extent[0] <= first.min(axis=0)).all()
    assert (layout.extent[1] >= second.max(axis=0)).all()


def test_the_version_changes_with_the_extent_and_only_then(series):
    appender = open_appender(series)
    append(appender, 0)
    before = series.open_layout("live")
    append(appender, 1)
    same = series.open_layout("live")
    assert same.version == before.version
    np.testing.assert_array_equal(same.extent, before.extent)
    append(appender, 2, scale=10)
    after = series.open_layout("live")
    assert after.version != before.version
    assert (after.extent[1] > before.extent[1]).all()
    # A reader that came before still has its frames.
    assert before.read_frame(0).positions.shape == (200, 2)


def test_it_is_continued_as_it_was(series):
    first = append(open_appender(series, seed=1), 0)
    before = series.open_layout("live")
    appender = open_appender(series, seed=1)
    assert appender.steps == [0]
    np.testing.assert_array_equal(appender.read_frame(0).positions, first)
    assert series.open_layout("live").version == before.version
    append(appender, 1)
    assert series.open_layout("live").steps == [0, 1]


def test_with_other_parameters_it_begins_anew(series):
    append(open_appender(series, seed=1), 0)
    assert open_appender(series, seed=2).steps == []
    assert series.open_layout("live").steps == []


def test_a_frame_whose_writer_died_before_the_summary_is_taken_in(series):
    appender = open_appender(series)
    append(appender, 0)
    summary = Path(series.path, "layouts", "live", "layout.json")
    content = summary.read_text()
    positions = append(appender, 1, scale=5)
    summary.write_text(content)
    summary.with_name(".000000002.safetensors.0123.partial").write_bytes(b"half")
    assert open_appender(series).steps == [0, 1]
    layout = series.open_layout("live")
    assert layout.steps == [0, 1]
    assert layout.quality["trustworthiness"] == [0.5, 0.5]
    assert (layout.extent[1] >= positions.max(axis=0)).all()
    assert sorted(os.listdir(layout.path)) == ["000000000.safetensors", "000000001.safetensors", "layout.json"]


def test_a_damaged_one_begins_anew(series):
    append(open_appender(series), 0)
    Path(series.path, "layouts", "live", "layout.json").write_text("{")
    assert open_appender(series).steps == []


def test_points_without_a_place_do_not_count_for_the_extent(series):
    appender = open_appender(series)
    positions = np.full((200, 2), np.nan, dtype=np.float32)
    appender.append(0, positions, {}, {})
    assert not series.open_layout("live").extent.any()
    positions[0] = 3
    appender.append(1, positions, {}, {})
    np.testing.assert_array_equal(series.open_layout("live").extent, np.full((2, 2), 3.0))


def test_only_later_steps_are_taken(series):
    appender = open_appender(series)
    append(appender, 5)
    for step in (5, 3):
        with pytest.raises(ValueError, match=f"reaches to step 5; step {step} cannot"):
            append(appender, step)


def test_an_appender_whose_layout_was_taken_away_stops(series):
    appender = open_appender(series)
    delete_layout(series.path, "live")
    with pytest.raises(StoreError, match="was removed or replaced by another process"):
        append(appender, 0)
    assert series.layout_names() == ["tsne"]


def test_the_summary_is_of_the_current_format(series):
    append(open_appender(series), 0)
    document = json.loads(Path(series.path, "layouts", "live", "layout.json").read_text())
    assert document["format_version"] == 1
    assert document["version"].startswith(document["frames_version"])
