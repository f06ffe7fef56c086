import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from tb_embed_plugin import LayoutConfig
from tb_embed_plugin.layout import methods
from tb_embed_plugin.layout.methods import METHODS, lay_out

rng = np.random.default_rng(0)
CLOSED_FORM = ["pca", "random-projection"]


@pytest.fixture(scope="module")
def digits():
    """Four steps in which 200 digits go from noise to their pixels, repeated once at the end."""
    pixels = load_digits().data[:200] / 16
    noise = rng.normal(size=pixels.shape) * 0.3
    steps = [((1 - weight) * noise + weight * pixels).astype(np.float32) for weight in np.linspace(0, 1, 4)]
    return [*steps, steps[-1]]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_the_same_measures(digits, method):
    if method == "umap":
        pytest.importorskip("umap")
    config = LayoutConfig(n_iterations=30, perplexity=9)
    sequence = lay_out(digits, method, config)
    assert sequence.positions.shape == (5, 200, 2)
    assert sequence.positions.dtype == np.float32
    per_step = set(sequence.quality.per_step)
    assert {"neighborhood_preservation", "trustworthiness"} <= per_step
    assert ({"divergence", "distortion"} <= per_step) == (method == "tsne")
    assert {name: values.shape for name, values in sequence.quality.per_point.items()} == dict.fromkeys(
        ["neighborhood_preservation", "false_neighbors", "neighborhood_change", "movement", "activation_movement"], (5, 200)
    )
    assert -1 <= sequence.quality.temporal_coherence <= 1
    assert sequence.quality.per_step["trustworthiness"][-1] > 0.6
    assert sequence.parameters["quality_neighbors"] == 10
    if method == "umap":
        # In the same test: compiling umap takes most of a minute. A single step has no other to be aligned with.
        assert sequence.parameters["n_neighbors"] == 9
        first, again = (lay_out(digits[-1:], "umap", config).positions for _ in range(2))
        np.testing.assert_array_equal(first, again)
        assert first.shape == (1, 200, 2)


def test_pca_is_that_of_all_centered_snapshots_together(digits):
    sequence = lay_out(digits, "pca")
    stacked = np.concatenate([snapshot - snapshot.mean(axis=0) for snapshot in digits])
    peer = PCA(2, svd_solver="full").fit(stacked)
    expected = peer.transform(stacked).reshape(5, 200, 2)
    signs = np.sign((expected * sequence.positions).sum(axis=(0, 1)))
    np.testing.assert_allclose(sequence.positions, expected * signs, atol=1e-4)
    np.testing.assert_allclose(sequence.parameters["explained_variance"], peer.explained_variance_ratio_, rtol=1e-5)


def test_pca_of_very_many_features_finds_the_same_components(digits, monkeypatch):
    exact = lay_out(digits, "pca")
    monkeypatch.setattr(methods, "_LARGEST_COVARIANCE", 10)
    iterated = lay_out(digits, "pca")
    np.testing.assert_allclose(iterated.positions, exact.positions, atol=1e-2)
    np.testing.assert_allclose(iterated.parameters["explained_variance"], exact.parameters["explained_variance"], rtol=1e-3)


def test_pca_is_not_mirrored_when_steps_are_added(digits):
    # The last step repeats the one before: the components stay what they are, but for a little turn.
    fewer, more = lay_out(digits[2:4], "pca"), lay_out(digits[2:], "pca")
    assert ((fewer.positions[1] * more.positions[1]).sum(axis=0) > 0).all()


@pytest.mark.parametrize("method", CLOSED_FORM)
def test_a_drift_of_the_whole_layer_moves_nobody(digits, method):
    moved = lay_out([digits[0], digits[0], digits[0] + np.float32(2)], method).quality.per_point["movement"]
    assert not moved[:2].any()
    np.testing.assert_allclose(moved[2], 0, atol=1e-5)


@pytest.mark.parametrize("method", CLOSED_FORM)
def test_snapshots_are_read_one_at_a_time(digits, method):
    class Reader(list):
        n_held = 0

        def __getitem__(self, index):
            Reader.n_held += 1
            return super().__getitem__(index)

        def __iter__(self):
            raise AssertionError("all were asked for at once")

    lay_out(Reader(digits), method)
    assert Reader.n_held > len(digits)


@pytest.mark.parametrize("method", CLOSED_FORM)
def test_one_feature_makes_a_line(method):
    positions = lay_out([np.arange(30.0)[:, None]], method, LayoutConfig(n_dims=3)).positions
    assert positions.shape == (1, 30, 3)
    assert np.ptp(positions[..., 0]) > 0
    assert not positions[..., 1:].any()


@pytest.mark.parametrize("method", CLOSED_FORM)
def test_dead_layers_are_laid_out(method):
    assert not lay_out([np.ones((20, 5))], method).positions.any()


def test_random_projection_depends_on_the_seed_alone(digits):
    first, again, other = (lay_out(digits, "random-projection", LayoutConfig(seed=seed)).positions for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize("method", CLOSED_FORM)
def test_points_that_are_not_finite_stay_where_they_were(digits, method):
    broken = digits[1].copy()
    broken[:5] = np.nan
    with pytest.warns(UserWarning, match="up to 5 of 200"):
        sequence = lay_out([digits[0], broken], method)
    np.testing.assert_array_equal(sequence.positions[1, :5], sequence.positions[0, :5])
    assert np.isnan(sequence.quality.per_point["neighborhood_preservation"][1, :5]).all()
    assert np.isfinite(sequence.quality.per_step["trustworthiness"]).all()
    assert sequence.parameters["n_absent"] == [0, 5]


@pytest.mark.parametrize("method", CLOSED_FORM)
def test_by_cosine_only_directions_count(digits, method):
    config = LayoutConfig(metric="cosine")
    lengths = rng.uniform(0.5, 2, size=(200, 1)).astype(np.float32)
    first, scaled = (lay_out([each], method, config).positions for each in (digits[-1], digits[-1] * lengths))
    np.testing.assert_allclose(first, scaled, atol=1e-5)


def test_umap_that_is_missing_names_the_extra(digits, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(ImportError, match=r"pip install 'tb-embed-plugin\[umap\]'"):
        lay_out(digits, "umap")


@pytest.mark.parametrize(
    ("snapshots", "method", "message"),
    [
        ([np.ones((3, 2)), np.ones((3, 5))], "pca", "5 features but the first has 2; pca projects all steps"),
        ([np.ones((3, 2)), np.ones((3, 5))], "random-projection", "random-projection projects"),
        ([np.ones((3, 2)), np.ones((4, 2))], "pca", "4 points but the first has 3"),
        ([np.ones(3)], "pca", r"shape \(3,\)"),
        ([], "pca", "no snapshots"),
        ([np.ones((3, 2))], "isomap", "no method 'isomap'; choose one of tsne, pca"),
    ],
)
def test_what_a_method_cannot_take_is_refused(snapshots, method, message):
    with pytest.raises(ValueError, match=message):
        lay_out(snapshots, method)
