"""The routes, through a WSGI client on a real log directory."""

import json
import os
import subprocess
import sys
import threading
from argparse import Namespace

import numpy as np
import pytest
import safetensors.numpy
from tensorboard.plugins.base_plugin import TBContext

from tb_embed_plugin import open_series
from tb_embed_plugin.metadata import PLUGIN_NAME
from tb_embed_plugin.plugin import TrainingEvolutionPlugin
from tb_embed_plugin.series_index import log_dirs
from tests.conftest import STEPS, write_layout, write_series
from tests.wsgi import Site

SERIES = "run=run1&tag=fc/1"
LAYOUT = f"{SERIES}&layout=tsne"


def read_frames(response):
    data = response.get_data()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return safetensors.numpy.load(data)["positions"], header["__metadata__"]


def test_series_lists_what_there_is(site, log_dir):
    listing = site.get("/series").get_json()
    assert listing["log_dir"] == str(log_dir)
    (series,) = listing["series"]
    assert (series["run"], series["tag"], series["n_points"], series["steps"]) == ("run1", "fc/1", 200, STEPS)
    assert [column["kind"] for column in series["columns"]] == ["categorical", "number", "text"]
    assert series["sprites"]["thumbnail_size"] == [8, 8]
    (layout,) = series["layouts"]
    assert (layout["name"], layout["method"], layout["n_dims"], layout["steps"]) == ("tsne", "tsne", 2, STEPS)


def test_series_shows_what_training_adds(site, log_dir, probe_set):
    site.get("/series")
    write_series(log_dir / "run0", "later", probe_set)
    assert [series["run"] for series in site.get("/series").get_json()["series"]] == ["run0", "run1"]


def test_series_that_cannot_be_read_says_why_and_hides_no_other(site, log_dir, probe_set):
    broken = write_series(log_dir / "run2", "b", probe_set)
    with open(os.path.join(broken.path, "series.json"), "w") as file:
        file.write("{")
    good, bad = site.get("/series").get_json()["series"]
    assert good["run"] == "run1"
    assert "series.json is damaged" in bad["error"]
    assert set(bad) == {"run", "tag", "error"}
    assert "damaged" in site.get("/metadata?run=run2&tag=b", 404).get_data(as_text=True)


def test_frames_hold_the_positions_within_half_a_quantum(site, log_dir):
    layout = open_series(str(log_dir / "run1")).open_layout("tsne")
    quantized, metadata = read_frames(site.get(f"/frames?{LAYOUT}&steps=200,0"))
    assert quantized.dtype == np.uint16
    assert metadata["steps"] == "200,0"
    assert metadata["version"] == layout.version
    scale = float(metadata["scale"])
    offset = np.array([float(number) for number in metadata["offset"].split(",")])
    for frame, step in zip(quantized, (200, 0), strict=True):
        np.testing.assert_allclose(offset + scale * frame, layout.read_frame(step).positions, atol=0.51 * scale)
    extent = np.array([float(number) for number in metadata["extent"].split(",")])
    assert (quantized.max(axis=(0, 1)) * scale <= extent + scale).all()


def test_frames_default_to_all_steps_and_travel_compressed(site):
    response = site.client.get(f"/frames?{LAYOUT}", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert read_frames(site.get(f"/frames?{LAYOUT}"))[0].shape == (3, 200, 2)


def test_layouts_are_listed_with_the_one_to_open_first(site, log_dir):
    for name in ("pca", "live"):
        write_layout(open_series(str(log_dir / "run1")), name, np.ones((3, 200, 2)))
    (series,) = site.get("/series").get_json()["series"]
    assert [layout["name"] for layout in series["layouts"]] == ["live", "tsne", "pca"]


def test_points_without_position_are_marked(site, log_dir):
    positions = np.random.default_rng(0).normal(size=(3, 200, 2))
    positions[1, 7] = np.nan
    write_layout(open_series(str(log_dir / "run1")), "holes", positions)
    quantized, _ = read_frames(site.get(f"/frames?{SERIES}&layout=holes"))
    missing = (quantized == 65535).all(axis=2)
    assert np.argwhere(missing).tolist() == [[1, 7]]


def test_a_layout_without_extent_is_served(site, log_dir):
    write_layout(open_series(str(log_dir / "run1")), "point", np.full((3, 200, 2), 3.0))
    quantized, metadata = read_frames(site.get(f"/frames?{SERIES}&layout=point"))
    assert not quantized.any()
    assert float(metadata["scale"]) > 0


def test_quality_has_a_number_or_null_for_every_step(site):
    quality = site.get(f"/quality?{LAYOUT}").get_json()
    assert quality["steps"] == STEPS
    assert quality["quality"] == {"trustworthiness": [0.9, None, 1.0]}


def test_metadata_comes_by_kind(site):
    label, size, caption = site.get(f"/metadata?{SERIES}").get_json()["columns"]
    assert label["categories"][label["codes"][4]] == "4"
    assert size["values"][3] is None
    assert caption["values"][0] == "digit 0 <b> of 0</b>"


def test_sprites_are_png(site):
    response = site.get(f"/sprite?{SERIES}&page=0")
    assert response.content_type == "image/png"
    assert response.get_data().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/frames?run=run1&tag=fc/1", 400, "Parameter 'layout' is missing"),
        ("/metadata?run=run1", 400, "Parameter 'tag' is missing"),
        (f"/frames?{LAYOUT}&steps=1.5", 400, "'1.5' is not a whole number"),
        (f"/frames?{LAYOUT}&steps=-1", 400, "is not a whole number"),
        (f"/frames?{LAYOUT}&steps=", 400, "is not a whole number"),
        (f"/frames?{LAYOUT}&steps={'9' * 400}", 400, "is not a whole number"),
        (f"/frames?{LAYOUT}&steps=%D9%A3", 400, "is not a whole number"),
        (f"/frames?{LAYOUT}&steps=11", 404, "has no step 11"),
        (f"/frames?{SERIES}&layout=umap", 404, "No layout 'umap'"),
        ("/metadata?run=run1&tag=fc2", 404, "No series 'fc2' in run 'run1'"),
        (f"/sprite?{SERIES}&page=1", 404, "No sprite page 1"),
        (f"/sprite?{SERIES}&page=x", 400, "is not a whole number"),
        ("/static/nothing.js", 404, "No static file 'nothing.js'"),
    ],
)
def test_bad_requests_get_one_sentence(site, path, status, message):
    response = site.get(path, status)
    assert message in response.get_data(as_text=True)
    assert response.content_type.startswith("text/plain")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    ["../run1", "..", "/etc", "run1/../run1", "run1\0", "run1/plugins/training_evolution", "%2e%2e", "~", "", "C:\\", "gs://x"],
)
def test_no_name_leads_out_of_the_listing(site, name):
    for path in ("/metadata", "/sprite", "/frames", "/quality"):
        for query in ({"run": name, "tag": "fc/1"}, {"run": "run1", "tag": name}):
            response = site.client.get(path, query_string={"layout": "tsne", "page": "0", **query})
            assert response.status_code == 404
    response = site.client.get("/frames", query_string={"run": "run1", "tag": "fc/1", "layout": name})
    assert response.status_code == 404


@pytest.mark.parametrize(
    "name", ["../plugin.py", "../../setup.py", "/etc/passwd", "..%2fplugin.py", "index.js/../../plugin.py", ""]
)
def test_static_serves_nothing_from_outside(site, name):
    site.get(f"/static/{name}", 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_routes_only_read(site, method):
    for path in ("/series", "/static/index.js", f"/frames?{LAYOUT}"):
        assert site.client.open(path, method=method).status_code == 405


def test_head_has_headers_and_no_body(site):
    response = site.client.head("/series")
    assert response.status_code == 200
    assert response.get_data() == b""


def test_names_with_markup_stay_data(site, log_dir, probe_set):
    write_series(log_dir / "run1", "<script>alert(1)</script>", probe_set)
    response = site.get("/series")
    assert response.content_type == "application/json"
    assert "<script>alert(1)</script>" in [series["tag"] for series in response.get_json()["series"]]
    site.get("/metadata?run=run1&tag=%3Cscript%3Ealert(1)%3C/script%3E")


def test_many_threads_are_served_at_once(site, log_dir):
    failures = []

    def read():
        for _ in range(10):
            response = site.client.get(f"/frames?{LAYOUT}")
            if response.status_code != 200:
                failures.append(response.get_data(as_text=True))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        write_layout(open_series(str(log_dir / "run1")), "tsne", np.random.default_rng().normal(size=(3, 200, 2)))
    for thread in threads:
        thread.join()
    assert failures == []


def test_plugin_is_active_once_there_is_a_series(tmp_path, probe_set):
    plugin = TrainingEvolutionPlugin(TBContext(logdir=str(tmp_path)))
    assert not plugin.is_active()
    plugin.get_plugin_apps()
    assert not plugin.is_active()
    write_series(tmp_path / "run1", "a", probe_set)
    assert plugin.is_active()


def test_plugin_survives_an_empty_context():
    plugin = TrainingEvolutionPlugin(TBContext())
    assert Site(plugin).get("/series").get_json() == {"log_dir": "", "series": []}
    assert not plugin.is_active()


def test_logdir_spec_names_are_run_prefixes(log_dir):
    flags = Namespace(logdir_spec=f"mine:{log_dir},{log_dir}")
    site = Site(TrainingEvolutionPlugin(TBContext(logdir="", flags=flags)))
    assert [series["run"] for series in site.get("/series").get_json()["series"]] == ["mine/run1", "run1"]
    site.get("/metadata?run=mine/run1&tag=fc/1")


def test_logdir_spec_is_split_as_tensorboard_does():
    spec = Namespace(logdir_spec="a:/x,gs://bucket/y,/with:colon,b:s3://z")
    assert log_dirs(None, spec) == [("a", "/x"), ("", "gs://bucket/y"), ("", "/with:colon"), ("b", "s3://z")]
    assert log_dirs("/x", spec) == [("", "/x")]


def test_module_that_tensorboard_loads_imports_almost_nothing():
    script = (
        "import sys, tensorboard.plugins.base_plugin; before = set(sys.modules)\n"
        "from tb_embed_plugin.plugin import TrainingEvolutionPlugin as Plugin\n"
        "assert Plugin.plugin_name == sys.argv[1]\n"
        "new = {name for name in set(sys.modules) - before if not name.startswith('tb_embed_plugin')}\n"
        "foreign = {name for name in new if name.split('.')[0] not in sys.stdlib_module_names}\n"
        "print(*foreign)"
    )
    result = subprocess.run([sys.executable, "-c", script, PLUGIN_NAME], capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("\n", "")
