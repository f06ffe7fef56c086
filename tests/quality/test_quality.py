import itertools

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


def test_neighbors_equally_far_are_ordered_by_index():
    # The corners of a cube: scaled to unit size already, so nothing is rounded.
    corners = np.array(list(itertools.product([-1.0, 1.0], repeat=7)))
    squared = np.square(corners[:, None] - corners).sum(axis=2)
    np.fill_diagonal(squared, np.inf)
    np.testing.assert_array_equal(nearest_neighbors(corners, 12)[0], np.argsort(squared, axis=1, kind="stable")[:, :12])


@pytest.mark.parametrize("spectrum", ["few axes", "all axes", "a plane", "coincident", "tight classes"])
@pytest.mark.parametrize("guessed", ["near", "anyhow"])
def test_a_guess_changes_no_bit_of_the_neighbors(spectrum, guessed):
    rng = np.random.default_rng(0)
    n_points, n_features, n_neighbors = 2500, 40, 12
    axes = np.arange(n_features)
    spreads = {"few axes": 0.5**axes, "a plane": axes < 2}.get(spectrum, np.ones(n_features))
    rotation = np.linalg.qr(rng.normal(size=(n_features, n_features)))[0]
    points = 100 + rng.normal(size=(n_points, n_features)) * spreads @ rotation
    if spectrum == "coincident":
        points[: n_points // 2] = points[0]
    if spectrum == "tight classes":
        points = rng.normal(size=(10, n_features))[rng.integers(10, size=n_points)] + 1e-3 * points
    exact = nearest_neighbors(points, n_neighbors)
    before = nearest_neighbors(points + 0.1 * rng.normal(size=points.shape), n_neighbors)[0]
    guess = before if guessed == "near" else (np.arange(n_points)[:, None] + 1 + np.arange(n_neighbors)) % n_points
    found = nearest_neighbors(points, n_neighbors, guess=guess.astype(np.int32))
    np.testing.assert_array_equal(found[0], exact[0])
    np.testing.assert_array_equal(found[1], exact[1])


@pytest.mark.parametrize("spread", [1e-2, 1e-3, 3e-4])
def test_neighbors_in_tight_classes_are_chosen_by_distance_rather_than_by_rounding(spread):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(10, 50))[rng.integers(10, size=2100)] + spread * rng.normal(size=(2100, 50))
    indices, _ = nearest_neighbors(points, 90)
    exact = NearestNeighbors(n_neighbors=90, algorithm="brute").fit(points).kneighbors(return_distance=False)
    assert np.mean([np.isin(left, right).mean() for left, right in zip(exact, indices, strict=True)]) > 0.9998


@pytest.mark.parametrize("n_clusters", [1, 20])
def test_approximate_neighbors_are_nearly_all_of_them_at_their_true_distance(n_clusters):
    centers = rng.normal(size=(n_clusters, 10)) * 4
    points = (centers[rng.integers(n_clusters, size=12_000)] + rng.normal(size=(12_000, 10))) @ rng.normal(size=(10, 40))
    exact, _ = nearest_neighbors(points, 30)
    indices, distances = nearest_neighbors(points, 30, exact_up_to=1000)
    assert np.mean([np.isin(left, right).mean() for left, right in zip(exact, indices, strict=True)]) > 0.97
    assert (np.diff(distances, axis=1) >= 0).all()
    measured = np.linalg.norm(points[:, None] - points[indices[:, :3]], axis=2)
    np.testing.assert_allclose(distances[:, :3], measured, rtol=1e-4)
    again, _ = nearest_neighbors(points, 30, exact_up_to=1000)
    np.testing.assert_array_equal(again, indices)


@pytest.mark.parametrize("n_points", [2, 129, 9000])
def test_approximate_neighbors_of_identical_points_are_others_once_each(n_points):
    n_neighbors = min(n_points - 1, 20)
    indices, distances = nearest_neighbors(np.ones((n_points, 3)), n_neighbors, exact_up_to=1)
    assert not distances.any()
    assert all(len(set(row)) == n_neighbors and i not in row for i, row in enumerate(indices.tolist()))


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


def test_trustworthiness_of_many_points_is_estimated_closely():
    points = rng.normal(size=(5000, 10))
    layout = points[:, :2] + rng.normal(size=(5000, 2)) / 2
    expected = sklearn_trustworthiness(points, layout, n_neighbors=10)
    assert trustworthiness(points, layout, 10) == pytest.approx(expected, abs=5e-3)
    known, _ = nearest_neighbors(layout, 10)
    assert trustworthiness(points, layout, 10, layout_neighbors=known) == trustworthiness(points, layout, 10)


def test_known_neighbors_must_be_of_the_right_number():
    known, _ = nearest_neighbors(LAYOUT, 7)
    with pytest.raises(ValueError, match=r"shape \(300, 7\); expected \(300, 5\)"):
        trustworthiness(POINTS, LAYOUT, 5, layout_neighbors=known)


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


def test_one_point_far_away_leaves_the_others_their_neighbors():
    points = np.random.default_rng(0).normal(size=(400, 20)).astype(np.float32)
    expected, _ = nearest_neighbors(points[1:], 10)
    points[0] *= 1e8
    found, _ = nearest_neighbors(points, 10)
    assert (found[1:] - 1 == expected).mean() > 0.99


def test_unsigned_integers_have_neighbors_too():
    assert nearest_neighbors(np.array([[0], [10], [200], [255]], dtype=np.uint8), 1)[0].ravel().tolist() == [1, 0, 3, 2]


@pytest.mark.parametrize(("scale", "offset"), [(1, 1e9), (1e-30, 0), (1e16, 0)])
def test_movement_neither_vanishes_nor_overflows(scale, offset):
    steps = np.random.default_rng(0).normal(size=(2, 50, 4))
    expected = np.linalg.norm(steps[1] - steps[0], axis=1) * scale
    np.testing.assert_allclose(movement(steps * scale + offset)[0], expected, rtol=1e-5)
