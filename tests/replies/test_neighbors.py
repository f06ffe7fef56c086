import numpy as np
import pytest
from sklearn.metrics import pairwise_distances

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.replies.neighbors import find_neighbors
from tb_embed_plugin.store import LayoutWriter

SERIES = "run=run1&tag=fc/1"


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_neighbors_are_those_of_scikit_learn_with_their_distances(metric):
    activations = np.random.default_rng(0).normal(size=(9000, 7)).astype(np.float32)
    expected = pairwise_distances(activations[5000:5001], activations, metric=metric)[0]
    found = find_neighbors(activations, 5000, 20, metric)
    assert found["points"] == np.argsort(expected, kind="stable")[1:21].tolist()
    np.testing.assert_allclose(found["distances"], np.sort(expected)[1:21], rtol=1e-4)


def test_ties_go_to_the_lower_index_and_points_that_are_not_finite_are_left_out():
    activations = np.array([[0, 0], [1, 0], [np.nan, 0], [0, 1], [0, 0]], dtype=np.float16)
    assert find_neighbors(activations, 0, 10, "euclidean") == {"points": [4, 1, 3], "distances": [0, 1, 1]}
    assert find_neighbors(activations, 2, 10, "euclidean") == {"points": [], "distances": []}


def test_rows_of_zeros_have_cosine_neighbors_too():
    assert find_neighbors(np.array([[0.0, 0], [1, 0], [2, 0]]), 1, 2, "cosine") == {"points": [2, 0], "distances": [0, 0.5]}


def test_the_route_takes_the_metric_of_the_layout(site, log_dir):
    series = open_series(str(log_dir / "run1"))
    with LayoutWriter(series.path, "angles") as writer:
        writer.write_frame(10, np.zeros((200, 2), dtype=np.float32), {})
        writer.commit(method="tsne", n_dims=2, parameters={"metric": "cosine"}, quality={})
    activations = series.read_snapshot(10).activations
    for layout, metric in (("", "euclidean"), ("&layout=tsne", "euclidean"), ("&layout=angles", "cosine")):
        reply = site.get(f"/neighbors?{SERIES}&step=10&point=3&k=4{layout}").get_json()
        assert (reply["step"], reply["point"], reply["metric"]) == (10, 3, metric)
        assert {name: reply[name] for name in ("points", "distances")} == find_neighbors(activations, 3, 4, metric)
    assert len(site.get(f"/neighbors?{SERIES}&step=10&point=3").get_json()["points"]) == 10


def test_one_point_alone_has_no_neighbors(site, log_dir):
    SeriesWriter(log_dir / "run1", "one", ProbeSet(n_points=1)).write_snapshot(0, np.ones((1, 3)))
    assert site.get("/neighbors?run=run1&tag=one&step=0&point=0").get_json()["points"] == []


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("step=10", 400, "'point' is missing"),
        ("point=3", 400, "'step' is missing"),
        ("step=10&point=-1", 400, "'-1' is not a whole number"),
        ("step=10&point=3&k=ten", 400, "'ten' is not a whole number"),
        ("step=10&point=3&k=1001", 400, "at most 1000"),
        ("step=11&point=3", 404, "No snapshot at step 11"),
        ("step=10&point=200", 404, "No point 200"),
        ("step=10&point=3&layout=..%2ftsne", 404, "No layout '../tsne'"),
    ],
)
def test_bad_requests_get_one_sentence(site, query, status, message):
    assert message in site.get(f"/neighbors?{SERIES}&{query}", status).get_data(as_text=True)
