import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.manifold import trustworthiness as sklearn_trustworthiness
from sklearn.neighbors import NearestNeighbors

from tb_embed_plugin.quality import (
    continuity,
    movement,
    nearest_neighbors,
    neighborhood_preservation,
    temporal_coherence,
    trustworthiness,
)

rng = np.random.default_rng(0)
POINTS = rng.normal(size=(300, 20))
LAYOUT = POINTS[:, :2] + rng.normal(size=(300, 2))


@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e20])
def test_neighbors_are_those_of_scikit_learn_in_any_unit(scale):
    points = POINTS * scale + 100 * scale
    indices, distances = nearest_neighbors(points, 15)
    expected_distances, expected = NearestNeighbors(n_neighbors=15).fit(points).kneighbors()
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-4)


def test_identical_points_have_distance_zero_and_are_not_their_own_neighbors():
    indices, distances = nearest_neighbors(np.full((5, 3), 7.0), 4)
    assert not distances.any()
    assert [sorted(row) for row in indices.tolist()] == [sorted(set(range(5)) - {i}) for i in range(5)]


@pytest.mark.parametrize("n_neighbors", [1, 5, 30])
def test_trustworthiness_is_scikit_learns_and_continuity_its_mirror(n_neighbors):
    expected = sklearn_trustworthiness(POINTS, LAYOUT, n_neighbors=n_neighbors)
    assert trustworthiness(POINTS, LAYOUT, n_neighbors) == pytest.approx(expected, abs=1e-6)
    expected = sklearn_trustworthiness(LAYOUT, POINTS, n_neighbors=n_neighbors)
    assert continuity(POINTS, LAYOUT, n_neighbors) == pytest.approx(expected, abs=1e-6)


def test_trustworthiness_and_continuity_differ_where_points_are_torn_or_glued():
    line = np.linspace(0, 1, 100)[:, None]
    folded = np.abs(line - 0.5)
    assert trustworthiness(line, folded, 5) < 0.9 < continuity(line, folded, 5)


def test_measures_are_undefined_for_too_few_points():
    assert np.isnan(trustworthiness(POINTS[:2], LAYOUT[:2], 1))


def test_neighborhood_preservation_counts_common_neighbors():
    left = np.array([[1, 2, 3], [0, 2, 3]], dtype=np.int32)
    right = np.array([[3, 4, 1], [5, 6, 7]], dtype=np.int32)
    np.testing.assert_allclose(neighborhood_preservation(left, right), [2 / 3, 0])


def test_temporal_coherence_is_spearmans_correlation():
    left, right = rng.normal(size=(2, 4, 50))
    assert temporal_coherence(left, right) == pytest.approx(spearmanr(left.ravel(), right.ravel()).statistic)
    assert np.isnan(temporal_coherence(left, np.zeros_like(left)))


def test_movement_is_euclidean_and_empty_for_one_step():
    np.testing.assert_allclose(movement(np.array([[[0, 0]], [[3, 4]]])), [[5]])
    assert movement(np.zeros((1, 7, 2))).shape == (0, 7)
