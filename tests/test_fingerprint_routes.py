"""Routes of fingerprints, ideal inputs, class means and guests, through a WSGI client on a real log directory."""

import json

import numpy as np
import pytest
import safetensors.numpy

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.cli import main
from tb_embed_plugin.placing import place_guests
from tb_embed_plugin.replies.fingerprints import measure_selectivity
from tb_embed_plugin.store.ideal_inputs import write_ideal_inputs
from tests.conftest import STEPS

SERIES = "run=run1&tag=fc/1"


def read(response):
    data = response.get_data()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return safetensors.numpy.load(data), header["__metadata__"]


def test_fingerprints_are_the_activations_sorted_by_class(site, log_dir, digits):
    tensors, metadata = read(site.get(f"/fingerprints?{SERIES}&step=10"))
    activations = open_series(str(log_dir / "run1")).read_snapshot(10).activations
    least, greatest = map(float, metadata["extent"].split(","))
    assert tensors["values"].shape == (5, 200)
    np.testing.assert_array_equal(digits[1][tensors["points"]], np.sort(digits[1]))
    np.testing.assert_array_equal(tensors["classes"], np.sort(digits[1]))
    shown = least + tensors["values"] / 254 * (greatest - least)
    np.testing.assert_allclose(shown, activations[tensors["points"]].T, atol=(greatest - least) / 254)
    assert metadata["step"] == "10"


def test_large_fingerprints_are_thinned_evenly(site):
    tensors, metadata = read(site.get(f"/fingerprints?{SERIES}&step=10&units=3&points=50"))
    assert tensors["values"].shape == (3, 50)
    assert tensors["units"].tolist() == [0, 2, 4]
    assert metadata["n_features"] == "5"
    assert set(tensors["classes"]) == set(range(10))


def test_a_layer_that_is_not_finite_has_fingerprints(site, log_dir):
    with SeriesWriter(log_dir / "run2", "dead", ProbeSet(n_points=4)) as writer:
        writer.write_snapshot(0, np.full((4, 2), np.nan))
        writer.write_snapshot(1, np.ones((4, 2)))
    tensors, metadata = read(site.get("/fingerprints?run=run2&tag=dead&step=0"))
    assert (tensors["values"] == 255).all()
    assert metadata["extent"] == "0.0,0.0"
    tensors, _ = read(site.get("/fingerprints?run=run2&tag=dead&step=1"))
    assert not tensors["values"].any()
    assert (tensors["classes"] == -1).all()
    assert not tensors["selectivity"].any()


def test_selectivity_is_one_for_a_unit_of_one_class_and_zero_for_a_unit_of_all():
    codes = np.array([0, 0, 1, 1, 2, -1], dtype=np.int32)
    of_one, of_all, half = (codes == 1) * 3.0, np.ones(6), np.array([1.0, 1, 3, 3, 1, 99])
    selectivity, preferred = measure_selectivity(np.stack([of_one, of_all, half], axis=1), codes, 4)
    np.testing.assert_allclose(selectivity, [1, 0, 0.5])
    assert preferred.tolist() == [1, -1, 1]


def test_ideal_inputs_are_gray_where_they_are_zero(site, log_dir):
    series = open_series(str(log_dir / "run1"))
    images = np.zeros((2, 3, 4, 1), dtype=np.float32)
    images[0, 0, 0], images[0, 2, 3] = 2.0, -1.0
    write_ideal_inputs(series.path, 10, images, ["a", "<b>"], np.array([0.5, 1], dtype=np.float32))
    assert site.get("/series").get_json()["series"][0]["ideal_inputs"] == [10]
    tensors, metadata = read(site.get(f"/ideal_inputs?{SERIES}&step=10"))
    assert tensors["images"].shape == (2, 3, 4, 1)
    assert (tensors["images"][0, 0, 0], tensors["images"][0, 2, 3], tensors["images"][0, 1, 1]) == (255, 64, 128)
    assert (tensors["images"][1] == 128).all()
    assert tensors["scores"].tolist() == [0.5, 1]
    assert json.loads(metadata["names"]) == ["a", "<b>"]


def test_class_means_are_those_of_the_thumbnails(site, digits):
    tensors, metadata = read(site.get(f"/class_means?{SERIES}"))
    images, labels = digits
    assert json.loads(metadata["names"]) == [str(i) for i in range(10)]
    for digit in range(10):
        expected = images[labels == digit].mean(axis=0) * 255
        np.testing.assert_allclose(tensors["images"][digit, :, :, 0], expected, atol=1)


def test_guests_come_as_they_were_placed(site, log_dir):
    assert site.get("/series").get_json()["series"][0]["layouts"][0]["guests"] is None
    assert "has no guests" in site.get(f"/guests?{SERIES}&layout=tsne", 404).get_data(as_text=True)
    assert main(["layout", str(log_dir), "--method", "pca", "--quiet"]) == 0
    series = open_series(str(log_dir / "run1"))
    place_guests(series, "pca", series.read_snapshot(10).activations[:3], 10)
    tensors, metadata = read(site.get(f"/guests?{SERIES}&layout=pca"))
    expected = series.open_layout("pca").read_frame(10).positions[:3]
    np.testing.assert_allclose(tensors["positions"], expected[None], atol=1e-5)
    assert metadata["steps"] == "10"
    listed = {layout["name"]: layout["guests"] for layout in site.get("/series").get_json()["series"][0]["layouts"]}
    assert listed == {"tsne": None, "pca": metadata["version"]}


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        (f"/fingerprints?{SERIES}", 400, "Parameter 'step' is missing"),
        (f"/fingerprints?{SERIES}&step=-1", 400, "is not a whole number"),
        (f"/fingerprints?{SERIES}&step=11", 404, f"No snapshot at step 11; there are {STEPS}"),
        (f"/fingerprints?{SERIES}&step=10&units=0", 400, "units is 0; ask for 1 to 512"),
        (f"/fingerprints?{SERIES}&step=10&points=99999", 400, "points is 99999; ask for 1 to 1024"),
        ("/fingerprints?run=run1&tag=..&step=10", 404, "No series '..'"),
        (f"/ideal_inputs?{SERIES}&step=10", 404, "No ideal inputs at step 10"),
        (f"/ideal_inputs?{SERIES}&step=x", 400, "'x' is not a whole number"),
        ("/ideal_inputs?run=../run1&tag=fc/1&step=10", 404, "No series"),
        ("/class_means?run=run1", 400, "Parameter 'tag' is missing"),
        (f"/guests?{SERIES}", 400, "Parameter 'layout' is missing"),
        (f"/guests?{SERIES}&layout=../tsne", 404, "No layout '../tsne'"),
    ],
)
def test_bad_requests_get_one_sentence(site, path, status, message):
    assert message in site.get(path, status).get_data(as_text=True)


def test_damaged_files_are_reported_not_served(site, log_dir):
    with SeriesWriter(log_dir / "run3", "bare", ProbeSet(n_points=2)) as writer:
        writer.write_snapshot(0, np.ones((2, 2)))
    assert "lacks thumbnails" in site.get("/class_means?run=run3&tag=bare", 404).get_data(as_text=True)
    series = open_series(str(log_dir / "run3"))
    write_ideal_inputs(series.path, 0, np.zeros((2, 3, 4), dtype=np.float32), ["a"], np.zeros(1, dtype=np.float32))
    assert "is damaged" in site.get("/ideal_inputs?run=run3&tag=bare&step=0", 404).get_data(as_text=True)
