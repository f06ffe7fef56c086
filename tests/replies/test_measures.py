import json

import numpy as np
import pytest
import safetensors.numpy

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.store import LayoutWriter

SERIES = "run=run1&tag=probe"
LABELS = ["0", "1", "", "0"]
PREDICTIONS = {0: [1, 1, 0, 0], 10: [0, 1, 1, 1]}


@pytest.fixture
def series(log_dir):
    """Four points at three steps, the last of them without what the network made of the points."""
    probe_set = ProbeSet(n_points=4, labels=LABELS)
    with SeriesWriter(log_dir / "run1", "probe", probe_set) as writer:
        for step in (20, 0, 10):
            columns = {"prediction": PREDICTIONS[step], "confidence": [0.5, 1.0, 0.25, 0.0]} if step < 20 else {}
            writer.write_snapshot(step, np.eye(4), per_point=columns)
    series = open_series(str(log_dir / "run1"), "probe")
    with LayoutWriter(series.path, "tsne") as writer:
        for step in (0, 10):
            measures = {"neighborhood_preservation": np.full(4, 0.5, dtype=np.float32)}
            if step:
                measures["movement"] = np.array([0, 1e-3, np.nan, 7], dtype=np.float32)
            writer.write_frame(step, np.eye(4, 2, dtype=np.float32), measures)
        writer.commit(method="tsne", n_dims=2, parameters={}, quality={})
    return series


def read_values(response):
    data = response.get_data()
    metadata = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    quantized = safetensors.numpy.load(data)["values"]
    assert quantized.dtype == np.uint16
    values = float(metadata["offset"]) + float(metadata["scale"]) * quantized.astype(np.float64)
    return np.where(quantized == 65535, np.nan, values), metadata


def test_a_measure_of_the_layout_is_within_half_a_quantum_and_missing_where_it_is_not_known(site, series):
    values, metadata = read_values(site.get(f"/per_point?{SERIES}&layout=tsne&measure=movement"))
    np.testing.assert_allclose(values, [[np.nan] * 4, [0, 1e-3, np.nan, 7]], atol=7 / 131_000)
    assert metadata["steps"] == "0,10"
    assert metadata["version"] == series.open_layout("tsne").version


def test_predictions_travel_as_they_are_and_only_at_the_steps_asked_for(site, series):
    values, metadata = read_values(site.get(f"/per_point?{SERIES}&measure=prediction&steps=10,0"))
    np.testing.assert_array_equal(values, [PREDICTIONS[10], PREDICTIONS[0]])
    assert (metadata["steps"], metadata["version"], metadata["scale"]) == ("10,0", "", "1.0")


def test_a_step_without_the_column_has_no_values(site, series):
    values, metadata = read_values(site.get(f"/per_point?{SERIES}&measure=confidence"))
    assert metadata["steps"] == "0,10,20"
    np.testing.assert_allclose(values[:2], [[0.5, 1, 0.25, 0]] * 2, atol=1e-5)
    assert np.isnan(values[2]).all()


def test_correct_compares_the_name_of_the_prediction_with_the_label(site, series):
    values, _ = read_values(site.get(f"/per_point?{SERIES}&layout=tsne&measure=correct"))
    np.testing.assert_array_equal(values, [[0, 1, np.nan, 1], [1, 1, np.nan, 0]])


def test_correct_goes_by_the_names_of_the_classes(site, log_dir):
    probe_set = ProbeSet(n_points=3, labels=[0, 1, 1], class_names=["cat", "dog"])
    SeriesWriter(log_dir / "run1", "probe", probe_set).write_snapshot(0, np.eye(3), per_point={"prediction": [0, 0, 1]})
    values, _ = read_values(site.get(f"/per_point?{SERIES}&measure=correct"))
    np.testing.assert_array_equal(values, [[1, 0, 1]])
    entries = {entry["tag"]: entry for entry in site.get("/series").get_json()["series"]}
    assert entries["probe"]["class_names"] == ["cat", "dog"]
    assert entries["fc/1"]["class_names"] is None


def test_the_listing_names_the_measures(site, series):
    entries = {entry["tag"]: entry for entry in site.get("/series").get_json()["series"]}
    assert entries["probe"]["layouts"][0]["measures"] == ["movement", "neighborhood_preservation"]
    assert entries["probe"]["measures"] == ["confidence", "prediction", "correct"]
    assert entries["fc/1"]["measures"] == []


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("layout=tsne", 400, "'measure' is missing"),
        ("layout=tsne&measure=speed", 404, "No measure 'speed'"),
        ("measure=movement", 404, "No measure 'movement'"),
        ("measure=..%2f..%2fseries.json", 404, "No measure"),
        ("layout=..&measure=movement", 404, "No layout '..'"),
        ("layout=tsne&measure=movement&steps=20", 404, "has no step 20"),
        ("measure=prediction&steps=5", 404, "No snapshot at step 5"),
        ("measure=prediction&steps=0;10", 400, "is not a whole number"),
    ],
)
def test_bad_requests_get_one_sentence(site, series, query, status, message):
    assert message in site.get(f"/per_point?{SERIES}&{query}", status).get_data(as_text=True)


def test_what_the_browser_has_is_not_sent_again(site, series):
    for path in (f"/per_point?{SERIES}&measure=prediction", f"/frames?{SERIES}&layout=tsne"):
        first = site.get(path)
        tag = first.headers["ETag"]
        again = site.client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.get_data()) == (304, b"")
        assert site.client.get(path, headers={"If-None-Match": '"other"'}).get_data() == first.get_data()
    positions = f"/frames?{SERIES}&layout=tsne&steps=0"
    assert site.get(positions).headers["ETag"] != tag
