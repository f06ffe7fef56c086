"""The estimator, on the smallest data that shows what it is for."""

import sys
import warnings

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from tb_embed_plugin.layout import parametric_network
from tb_embed_plugin.layout.affinity import compute_affinities
from tb_embed_plugin.layout.gradient import AffinityStack, compute_gradient
from tb_embed_plugin.layout.parametric import ParametricTSNE
from tb_embed_plugin.layout.repulsion import compute_repulsion

N_FITTED = 400
SMALL = {"hidden_layer_sizes": (64, 64), "n_iterations": 150, "n_imitation_updates": 150, "batch_size": 100, "n_anchors": 300}


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    return (data.data[:800] / 16).astype(np.float32), data.target[:800]


@pytest.fixture(scope="module")
def fitted(digits):
    return ParametricTSNE(random_state=0, **SMALL).fit(digits[0][:N_FITTED])


def held_out_error(estimator, x, y) -> float:
    """Share of points, not fitted to, whose nearest fitted point in the plane is of another class."""
    nearest = KNeighborsClassifier(1).fit(estimator.transform(x[:N_FITTED]), y[:N_FITTED])
    return 1 - nearest.score(estimator.transform(x[N_FITTED:]), y[N_FITTED:])


def test_points_held_out_are_placed_among_their_own_class(digits, fitted):
    positions = fitted.transform(digits[0][N_FITTED:])
    assert positions.shape == (400, 2)
    assert positions.dtype == np.float32
    # Nine of ten would be wrong by chance, four by the first two principal components.
    assert held_out_error(fitted, *digits) < 0.25


def test_a_hesitating_network_places_held_out_points_worse(digits, fitted):
    hesitant = ParametricTSNE(random_state=0, **SMALL)
    hesitant.__dict__.update(fitted.__dict__)
    hesitant.network_ = parametric_network.network_from_bytes(parametric_network.network_to_bytes(fitted.network_))
    preference = hesitant.network_.get_layer("preference")
    preference.set_weights([weights / (4 * fitted.sharpness) for weights in preference.get_weights()])
    assert held_out_error(hesitant, *digits) > held_out_error(fitted, *digits)


def test_the_same_seed_gives_the_same_map_and_another_does_not(digits):
    quick = {**SMALL, "n_iterations": 5, "n_imitation_updates": 5}
    first, again, other = (ParametricTSNE(random_state=seed, **quick).fit_transform(digits[0][:100]) for seed in (1, 1, 2))
    np.testing.assert_allclose(first, again, atol=1e-3 * np.ptp(first))
    assert not np.allclose(first, other, atol=1e-2 * np.ptp(first))


def test_fitting_leaves_numpys_global_random_numbers_alone(digits):
    before = np.random.get_state()[1:3]  # noqa: NPY002
    ParametricTSNE(random_state=0, **{**SMALL, "n_iterations": 1, "n_imitation_updates": 1}).fit(digits[0][:50])
    after = np.random.get_state()[1:3]  # noqa: NPY002
    np.testing.assert_array_equal(after[0], before[0])
    assert after[1] == before[1]


def test_a_saved_map_is_the_same_after_loading_and_a_keras_model_too(digits, fitted, tmp_path):
    path = tmp_path / "map.keras"
    fitted.save(path)
    loaded = ParametricTSNE.load(path)
    expected = fitted.transform(digits[0][:50])
    np.testing.assert_array_equal(loaded.transform(digits[0][:50]), expected)
    np.testing.assert_allclose(keras.saving.load_model(path).predict(digits[0][:50], verbose=0), expected, atol=1e-4)
    assert loaded.get_params() == {**fitted.get_params(), "hidden_layer_sizes": [64, 64]}
    assert (loaded.perplexity_, loaded.divergence_) == (fitted.perplexity_, fitted.divergence_)


def test_it_keeps_scikit_learns_conventions(fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "network_")
    assert list(fitted.get_feature_names_out()) == ["parametrictsne0", "parametrictsne1"]
    assert copy.set_params(n_components=3).n_components == 3
    with pytest.raises(ValueError, match="Invalid parameter"):
        copy.set_params(colour=1)


def test_descending_the_divergence_lowers_it(digits):
    x = digits[0][:200]
    described = {**SMALL, "n_imitation_updates": 30}
    before = ParametricTSNE(random_state=0, **described).fit_transform(x)
    after = ParametricTSNE(
        random_state=0, **described, n_divergence_updates=60, divergence_batch_size=200, learning_rate=3e-3
    ).fit_transform(x)
    affinities = AffinityStack.of([compute_affinities(x, 20.0).joint])
    axes = [np.ascontiguousarray(positions.T[None]) for positions in (before, after)]
    divergences = [float(compute_gradient(p, affinities, 1.0, compute_repulsion(p))[1][0]) for p in axes]
    assert divergences[1] < 0.98 * divergences[0]


def test_several_scales_and_three_dimensions(digits):
    tsne = ParametricTSNE(3, multi_scale=True, random_state=0, **{**SMALL, "n_imitation_updates": 20})
    positions = tsne.fit_transform(digits[0][:120])
    assert positions.shape == (120, 3)
    assert (np.ptp(positions, axis=0) > 0).all()
    assert tsne.perplexity_ is None


def test_more_points_than_are_taught_are_sampled(digits):
    tsne = ParametricTSNE(random_state=0, n_taught=60, **{**SMALL, "n_iterations": 5, "n_imitation_updates": 5})
    told = []
    tsne.fit(digits[0][:200], progress=lambda *report: told.append(report))
    assert len(tsne.network_.get_layer("positions").get_weights()[0]) == 60
    assert told[-1] == ("imitation", 5, 5)


@pytest.mark.parametrize("x", [np.ones((40, 4)), np.arange(2.0)[:, None], np.full((30, 3), 1e6) + np.eye(30, 3)])
def test_degenerate_points_get_finite_places(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        positions = ParametricTSNE(random_state=0, **{**SMALL, "n_iterations": 5, "n_imitation_updates": 3}).fit_transform(x)
    assert np.isfinite(positions).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": 4}, "n_components is 4"),
        ({"perplexity": 0.5}, "perplexity is 0.5"),
        ({"n_anchors": 0}, "n_anchors is 0"),
        ({"n_divergence_updates": -1}, "n_divergence_updates is -1"),
        ({"sharpness": 0}, "sharpness is 0"),
        ({"hidden_layer_sizes": (5, 0)}, r"hidden_layer_sizes is \(5, 0\)"),
        ({"hidden_layer_sizes": 5}, "hidden_layer_sizes is 5"),
    ],
)
def test_wrong_parameters_are_refused_before_anything_is_done(digits, parameters, message):
    with pytest.raises(ValueError, match=message):
        ParametricTSNE(**parameters).fit(digits[0])


def test_wrong_input_is_refused(digits, fitted, tmp_path):
    with pytest.raises(ValueError, match="63 features, but the map was fitted to 64"):
        fitted.transform(digits[0][:, :63])
    with pytest.raises(ValueError, match="NaN"):
        fitted.transform(np.full((2, 64), np.nan))
    with pytest.raises(ValueError, match="not fitted"):
        ParametricTSNE().transform(digits[0])
    with pytest.raises(ValueError, match=r"ends in '\.keras'"):
        fitted.save(tmp_path / "map.h5")


def test_without_keras_the_error_names_the_extra(digits, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ImportError, match=r"pip install 'tb-embed-plugin\[tensorflow\]'"):
        ParametricTSNE(**SMALL).fit(digits[0][:50])
