"""Layouts in which a sample of the points places the others."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tb_embed_plugin import LayoutConfig
from tb_embed_plugin.layout import methods
from tb_embed_plugin.layout.landmarks import lay_out_by_landmarks
from tb_embed_plugin.layout.placement import find_nearest, place

CONFIG = LayoutConfig(n_iterations=150)
N_LANDMARKS = 200


@pytest.fixture(scope="module")
def snapshots():
    """600 digits that come out of noise; the last two steps are the same."""
    pixels = load_digits().data[:600] / 16
    noise = np.random.default_rng(0).normal(size=pixels.shape) * 0.2
    steps = [((1 - weight) * noise + weight * pixels).astype(np.float32) for weight in (0.5, 0.8, 1)]
    return [*steps, steps[-1]]


@pytest.fixture(scope="module")
def sequence(snapshots):
    return lay_out_by_landmarks(snapshots, CONFIG, n_landmarks=N_LANDMARKS, progress=lambda *_: None)


@pytest.mark.parametrize("spread", [1, 1e-3])
def test_nearest_landmarks_are_the_nearest(spread):
    rng = np.random.default_rng(0)
    points = (rng.normal(size=(5, 6))[rng.integers(5, size=300)] + rng.normal(size=(300, 6)) * spread) * 1e6 + 1e8
    indices, distances = find_nearest(points[:100], points[100:], 7)
    exact = np.linalg.norm(points[:100, None] - points[None, 100:], axis=2)
    np.testing.assert_array_equal(indices, np.argsort(exact, axis=1, kind="stable")[:, :7])
    np.testing.assert_allclose(distances, np.sort(exact, axis=1)[:, :7], rtol=1e-3)


def test_a_point_that_is_ever_so_far_is_placed_by_landmarks_too():
    landmarks = np.array([[-1.0], [0], [1]]) * 1e-9
    indices, _ = find_nearest(np.array([[1e16], [-1e16]]), landmarks, 2)
    assert {*indices.ravel()} <= {0, 1, 2}
    assert np.isfinite(place(np.array([[1e16]]), landmarks, np.float32([[-1, 0], [0, 0], [1, 0]])).positions).all()


def test_a_point_is_placed_among_the_landmarks_that_agree():
    rng = np.random.default_rng(0)
    landmarks = rng.normal(size=(40, 3))
    groups = np.where(np.arange(40)[:, None] < 30, [-50, 0], [50, 0]).astype(np.float32)
    positions = groups + rng.normal(size=(40, 2)).astype(np.float32)
    placed = place(rng.normal(size=(20, 3)), landmarks, positions).positions
    assert (np.abs(np.abs(placed[:, 0]) - 50) < 5).all(), "in a group, not halfway between two"
    # Alone or in company, and with fewer landmarks than there are to be asked.
    points = rng.normal(size=(5, 3))
    np.testing.assert_array_equal(
        place(points, landmarks, positions).positions[2:3], place(points[2:3], landmarks, positions).positions
    )
    np.testing.assert_allclose(place(points, landmarks[:1], positions[:1]).positions, np.repeat(positions[:1], 5, axis=0))


def test_placed_points_are_shown_nearly_as_truly_as_landmarks(sequence):
    assert sequence.positions.shape == (4, 600, 2)
    assert sequence.parameters["n_landmarks"] == N_LANDMARKS
    landmarks = np.sort(np.random.default_rng(CONFIG.seed).choice(600, N_LANDMARKS, replace=False))
    is_landmark = np.isin(np.arange(600), landmarks)
    preserved = sequence.quality.per_point["neighborhood_preservation"]
    assert preserved[:, ~is_landmark].mean() > 0.8 * preserved[:, is_landmark].mean()
    assert sequence.quality.per_step["trustworthiness"][-1] > 0.95


def test_snapshots_that_repeat_do_not_move_anybody(sequence):
    moved = sequence.quality.per_point["movement"]
    assert moved[1:3].any(axis=1).all()
    assert not moved[3].any()


def test_placed_points_that_stand_still_move_less_than_those_that_jump(snapshots):
    after = snapshots[2].copy()
    after[::2] = snapshots[0][::2]
    sequence = lay_out_by_landmarks([snapshots[2], after], CONFIG, n_landmarks=N_LANDMARKS, progress=lambda *_: None)
    moved = sequence.quality.per_point["movement"][1]
    landmarks = np.random.default_rng(CONFIG.seed).choice(600, N_LANDMARKS, replace=False)
    stood, jumped = (np.setdiff1d(np.arange(first, 600, 2), landmarks) for first in (1, 0))
    assert np.median(moved[stood]) < 0.5 * np.median(moved[jumped])


def test_points_that_are_not_finite_are_placed_when_they_are(snapshots):
    broken = [snapshot.copy() for snapshot in snapshots[:3]]
    broken[0][:5] = np.nan
    broken[1][10:20] = np.inf
    broken[2][:] = np.nan
    with pytest.warns(UserWarning, match="3 of 3 snapshots have points with nan"):
        sequence = lay_out_by_landmarks(
            broken, LayoutConfig(n_iterations=20), n_landmarks=N_LANDMARKS, progress=lambda *_: None
        )
    positions = sequence.positions
    assert np.isnan(positions[0, :5]).all()
    assert np.isfinite(positions[1:]).all()
    np.testing.assert_array_equal(positions[1, 10:20], positions[0, 10:20])
    np.testing.assert_array_equal(positions[2], positions[1])


def test_landmarks_are_used_where_there_are_too_many_points(snapshots, monkeypatch):
    monkeypatch.setattr(methods, "MOST_JOINT_POINTS", 300)
    monkeypatch.setattr(methods, "N_LANDMARKS", N_LANDMARKS)
    stages = set()
    config = LayoutConfig(n_iterations=20, n_dims=3)
    sequence = methods.lay_out(snapshots[:2], config=config, progress=lambda stage, *_: stages.add(stage))
    assert "placing" in stages
    assert sequence.parameters["n_landmarks"] == N_LANDMARKS
    assert np.isfinite(sequence.positions).all()
