import json
import os
import time

import numpy as np
import pytest

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.layout import LayoutConfig
from tb_embed_plugin.layout_store import LayoutRequest, lay_out_series
from tb_embed_plugin.store import read_layout_status, write_failure, write_progress

REQUEST = LayoutRequest(method="pca", name="a b", config=LayoutConfig())


def status_of(site):
    (series,) = site.get("/series").get_json()["series"]
    return series["status"]


def test_a_series_is_capturing_until_it_is_finished(site, log_dir, probe_set):
    status = status_of(site)
    assert (status["state"], status["is_finished"]) == ("capturing", False)
    assert abs(status["last_capture"] - time.time()) < 3600
    SeriesWriter(log_dir / "run1", "fc/1", probe_set).close()
    status = status_of(site)
    assert (status["state"], status["is_finished"]) == ("finished", True)


def test_a_layout_tells_how_far_it_is_while_it_is_made(site, log_dir):
    series = open_series(str(log_dir / "run1"))
    seen = []

    def look(stage, done, total):
        seen.append(status_of(site))

    lay_out_series(series, series.steps(), REQUEST, look)
    told = [status for status in seen if status["laying_out"]]
    assert told
    assert {status["state"] for status in told} == {"laying out"}
    (progress,) = told[0]["laying_out"]
    assert progress["layout"] == "a b"
    assert 0 <= progress["done"] <= progress["total"]
    assert status_of(site)["laying_out"] == []
    assert sorted(os.listdir(os.path.join(series.path, "layouts"))) == ["a%20b", "tsne"]


def test_a_failed_layout_tells_why_until_one_succeeds(site, log_dir):
    series = open_series(str(log_dir / "run1"))

    def fail(*_):
        raise ValueError("too far")

    with pytest.raises(ValueError, match="too far"):
        lay_out_series(series, series.steps(), REQUEST, fail)
    status = status_of(site)
    assert status["state"] == "failed"
    assert [(failure["layout"], failure["reason"]) for failure in status["failed"]] == [("a b", "too far")]
    assert status["laying_out"] == []
    lay_out_series(series, series.steps(), REQUEST, lambda *_: None)
    assert status_of(site)["failed"] == []


def test_a_layout_that_is_given_up_by_hand_has_not_failed(log_dir):
    series = open_series(str(log_dir / "run1"))

    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lay_out_series(series, series.steps(), REQUEST, interrupt)
    assert read_layout_status(series.path) == ([], [])


def test_a_maker_that_is_long_silent_is_taken_for_dead(site, log_dir):
    series = open_series(str(log_dir / "run1"))
    write_progress(series.path, "tsne", "affinities", 1, 3)
    assert status_of(site)["state"] == "laying out"
    path = os.path.join(series.path, "layouts", ".tsne.progress.json")
    with open(path) as file:
        document = json.load(file)
    with open(path, "w") as file:
        json.dump({**document, "wall_time": time.time() - 3600}, file)
    assert (status_of(site)["state"], status_of(site)["laying_out"]) == ("capturing", [])


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format_version": 1}', '{"format_version": 99, "stage": "x"}'])
def test_damaged_files_say_nothing(site, log_dir, content):
    series = open_series(str(log_dir / "run1"))
    write_progress(series.path, "tsne", "affinities", 1, 3)
    write_failure(series.path, "tsne", "why")
    for kind in ("progress", "failed"):
        with open(os.path.join(series.path, "layouts", f".tsne.{kind}.json"), "w") as file:
            file.write(content)
    assert status_of(site)["state"] == "capturing"


def test_a_series_without_snapshots_has_a_status(site, log_dir):
    SeriesWriter(log_dir / "run0", "new", ProbeSet(n_points=2))
    new, _ = site.get("/series").get_json()["series"]
    assert (new["status"]["state"], new["status"]["last_capture"], new["measures"]) == ("capturing", None, [])


def test_positions_err_by_less_than_a_fiftieth_of_a_pixel_at_full_view(site, log_dir):
    series = open_series(str(log_dir / "run1"))
    frame = site.get("/frames?run=run1&tag=fc/1&layout=tsne&steps=200").get_data()
    header_length = int.from_bytes(frame[:8], "little")
    metadata = json.loads(frame[8 : 8 + header_length])["__metadata__"]
    quantized = np.frombuffer(frame[8 + header_length :], dtype="<u2").reshape(200, 2)
    offset = np.array([float(number) for number in metadata["offset"].split(",")])
    shown = offset + float(metadata["scale"]) * quantized.astype(np.float64)
    layout = series.open_layout("tsne")
    extent = (layout.extent[1] - layout.extent[0]).max()
    pixels = 2560 * np.abs(shown - layout.read_frame(200).positions) / extent
    assert pixels.max() < 1 / 50
