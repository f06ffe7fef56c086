import numpy as np
import pytest
from sklearn.datasets import load_digits

from tb_embed_plugin import LayoutConfig, lay_out_sequence
from tb_embed_plugin.layout.append import LaidOutStep, lay_out_first, lay_out_next
from tb_embed_plugin.layout.presence import affinities_of_present
from tb_embed_plugin.layout.snapshots import CheckedSnapshots

rng = np.random.default_rng(0)


@pytest.fixture(scope="module")
def snapshots():
    """Four steps in which 300 digits go from noise to their pixels."""
    pixels = load_digits().data[:300] / 16
    noise = rng.normal(size=pixels.shape) * 0.5
    return [((1 - weight) * noise + weight * pixels).astype(np.float32) for weight in np.linspace(0, 1, 4)]


def follow(snapshots, config):
    """Lays steps out one after the other, as they would come."""
    checked = [CheckedSnapshots(snapshots, config.metric).read(step) for step in range(len(snapshots))]
    affinities = [affinities_of_present(snapshot, config.perplexity) for snapshot in checked]
    added = [lay_out_first(checked[0], affinities[0], config)]
    for step in range(1, len(snapshots)):
        past = LaidOutStep(checked[step - 1], affinities[step - 1], added[-1].positions)
        kept = past.positions.copy()
        added.append(lay_out_next(past, checked[step], affinities[step], config))
        np.testing.assert_array_equal(past.positions, kept)
    return added


@pytest.fixture(scope="module")
def followed(snapshots):
    return follow(snapshots, LayoutConfig())


def test_added_steps_are_measured_like_joint_ones(snapshots, followed):
    joint = lay_out_sequence(snapshots)
    for step in followed:
        assert step.positions.shape == (300, 2)
        assert step.positions.dtype == np.float32
        assert set(step.quality) == set(joint.quality.per_step)
        assert {name: values.shape for name, values in step.per_point.items()} == dict.fromkeys(joint.quality.per_point, (300,))
    moved = np.linalg.norm(followed[2].positions - followed[1].positions, axis=1)
    np.testing.assert_allclose(followed[2].per_point["movement"], moved, rtol=1e-5)
    assert not followed[0].per_point["movement"].any()


def test_added_steps_are_about_as_true_as_layouts_of_their_own(snapshots, followed):
    alone = [follow([snapshot], LayoutConfig())[0] for snapshot in snapshots]
    measure = "neighborhood_preservation"
    assert np.mean([step.quality[measure] for step in followed]) > 0.9 * np.mean([step.quality[measure] for step in alone])
    assert followed[-1].quality["trustworthiness"] > 0.95


def test_coupling_stills_the_picture_within_its_budget(snapshots, followed):
    free = follow(snapshots, LayoutConfig(distortion_budget=0))
    assert all(step.quality["distortion"] == 0 for step in free)
    moved, moved_freely = (sum(step.per_point["movement"].mean() for step in each) for each in (followed, free))
    assert moved < 0.9 * moved_freely
    assert max(step.quality["distortion"] for step in followed) < 0.08


def test_points_that_stand_still_move_less_than_those_that_jump(snapshots):
    after = snapshots[1].copy()
    after[100:] = snapshots[3][100:]
    moved = follow([snapshots[1], after], LayoutConfig())[1].per_point["movement"]
    assert np.median(moved[:100]) < np.median(moved[100:])


def test_a_snapshot_that_repeats_does_not_move_at_all(snapshots, followed):
    steps = follow([snapshots[0], snapshots[0]], LayoutConfig())
    np.testing.assert_array_equal(steps[0].positions, steps[1].positions)
    assert not steps[1].per_point["movement"].any()
    assert steps[1].quality["distortion"] == 0
    assert steps[1].quality["divergence"] == pytest.approx(steps[0].quality["divergence"], rel=1e-3)


def test_the_same_past_gives_the_same_next_step(snapshots, followed):
    again = follow(snapshots[:2], LayoutConfig())
    np.testing.assert_array_equal(again[1].positions, followed[1].positions)


@pytest.mark.parametrize("n_points", [1, 2, 3, 5, 20])
@pytest.mark.parametrize("n_dims", [2, 3])
def test_few_points_are_laid_out(n_points, n_dims):
    steps = follow([rng.normal(size=(n_points, 4)) for _ in range(2)], LayoutConfig(n_dims=n_dims, n_iterations=50))
    assert all(np.isfinite(step.positions).all() and step.positions.shape == (n_points, n_dims) for step in steps)


def test_dead_layers_and_changing_numbers_of_features_are_laid_out():
    sequence = [np.zeros((60, 6)), rng.normal(size=(60, 6)), rng.normal(size=(60, 9)), np.full((60, 9), 3.0)]
    assert all(np.isfinite(step.positions).all() for step in follow(sequence, LayoutConfig(n_iterations=50)))


def test_points_that_are_not_finite_stay_where_they_were_and_find_a_place_later(snapshots):
    broken = [snapshot.copy() for snapshot in snapshots[:3]]
    broken[0][:5] = np.nan
    broken[2][10:20] = np.inf
    first, second, third = follow(broken, LayoutConfig(n_iterations=50))
    assert np.isnan(first.positions[:5]).all()
    assert np.isfinite(first.positions[5:]).all()
    assert np.isfinite(second.positions).all()
    np.testing.assert_array_equal(third.positions[10:20], second.positions[10:20])
    # Nothing comes before the first step for its movement to be held against.
    assert np.isnan(first.quality.pop("temporal_coherence"))
    assert all(np.isfinite(list(step.quality.values())).all() for step in (first, second, third))
