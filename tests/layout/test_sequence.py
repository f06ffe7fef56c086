import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from tb_embed_plugin import LayoutConfig, lay_out_sequence
from tb_embed_plugin.layout.initialization import principal_components
from tb_embed_plugin.quality import nearest_neighbors, neighborhood_preservation

rng = np.random.default_rng(0)


@pytest.fixture(scope="module")
def separating():
    """Six steps in which 300 digits go from noise to their pixels, 40 of them in the second half only."""
    data = load_digits()
    pixels, labels = data.data[:300] / 16, data.target[:300]
    noise = rng.normal(size=pixels.shape) * 0.5
    weight = np.linspace(0, 1, 6)[:, None, None] * np.ones((6, 300, 1))
    weight[:3, :40] = 0
    return ((1 - weight) * noise + weight * pixels).astype(np.float32), labels


@pytest.fixture(scope="module")
def sequence(separating):
    return lay_out_sequence(separating[0])


def test_same_input_and_seed_give_the_same_positions(separating, sequence):
    again = lay_out_sequence(separating[0])
    np.testing.assert_array_equal(again.positions, sequence.positions)


def test_shapes_are_as_documented(sequence):
    assert sequence.positions.shape == (6, 300, 2)
    assert sequence.positions.dtype == np.float32
    assert {measure: values.shape for measure, values in sequence.quality.per_step.items()} == dict.fromkeys(
        ["neighborhood_preservation", "trustworthiness", "temporal_coherence", "movement", "divergence", "distortion"], (6,)
    )
    assert {measure: values.shape for measure, values in sequence.quality.per_point.items()} == dict.fromkeys(
        ["neighborhood_preservation", "false_neighbors", "neighborhood_change", "movement", "activation_movement"], (6, 300)
    )


def test_neighbors_in_the_activations_are_neighbors_in_the_layout(separating, sequence):
    assert sequence.quality.per_step["trustworthiness"][-1] > 0.95
    neighbors, _ = nearest_neighbors(separating[0][-1], 10)
    layout_neighbors, _ = nearest_neighbors(sequence.positions[-1], 10)
    measured = neighborhood_preservation(neighbors, layout_neighbors).mean()
    # Points of the picture that are equally far may come in either order.
    assert sequence.quality.per_step["neighborhood_preservation"][-1] == pytest.approx(measured, abs=0.01)
    assert measured > 0.4


def test_coupling_brings_coherence_and_keeps_within_its_budget(separating, sequence):
    free = lay_out_sequence(separating[0], LayoutConfig(distortion_budget=0))
    assert not free.quality.per_step["distortion"].any()
    assert sequence.quality.temporal_coherence > free.quality.temporal_coherence
    moved, moved_freely = (each.quality.per_point["movement"].mean() for each in (sequence, free))
    assert moved < moved_freely / 2
    assert sequence.quality.per_step["distortion"].mean() < 0.06


def test_a_boundless_budget_buys_a_nearly_still_picture(separating, sequence):
    still = lay_out_sequence(separating[0], LayoutConfig(distortion_budget=50))
    moved, moved_by_default = (each.quality.per_point["movement"].mean() for each in (still, sequence))
    assert moved < moved_by_default / 4


def test_points_that_stand_still_move_less_than_those_that_jump(separating, sequence):
    # Until the third step the first 40 points do not change at all.
    moved = sequence.quality.per_point["movement"][1:3]
    assert np.median(moved[:, :40]) < np.median(moved[:, 40:])


def test_points_that_all_move_far_do_not_turn_about_for_nothing(separating):
    # An untrained layer, small and at random, and then five trained ones: much of its neighborhoods remains.
    own_rng = np.random.default_rng(1)
    pixels = separating[0][-1]
    untrained = np.zeros_like(pixels)
    untrained[:, :30] = pixels @ own_rng.normal(size=(pixels.shape[1], 30)) * 0.03
    snapshots = [untrained, *(pixels + 0.03 * own_rng.normal(size=pixels.shape) for _ in range(5))]
    moved = []
    for budget in (0, 0.05):
        layout = lay_out_sequence(snapshots, LayoutConfig(distortion_budget=budget))
        assert layout.quality.per_step["distortion"][0] < 0.1
        moved.append(layout.quality.per_step["movement"][1] / np.sqrt(layout.positions.var(axis=1).sum(axis=1).mean()))
    moved_freely, moved_coupled = moved
    assert moved_coupled < 0.85 * moved_freely


def test_identical_snapshots_give_exactly_no_movement():
    snapshot = rng.normal(size=(60, 5))
    moved = lay_out_sequence([snapshot, snapshot, snapshot + 1e-3 * rng.normal(size=(60, 5)), snapshot]).quality.per_point[
        "movement"
    ]
    assert not moved[:2].any()
    assert moved[2:].any()
    still = lay_out_sequence(np.repeat(snapshot[None], 4, axis=0))
    assert not still.quality.per_point["movement"].any()


def test_units_and_rotation_do_not_matter(separating, sequence):
    rotation = np.linalg.qr(rng.normal(size=(64, 64)))[0]
    turned = lay_out_sequence((separating[0] @ rotation * 1e3).astype(np.float32))
    for measure in ("neighborhood_preservation", "trustworthiness"):
        np.testing.assert_allclose(
            turned.quality.per_step[measure].mean(), sequence.quality.per_step[measure].mean(), atol=0.01
        )


def test_three_dimensions_preserve_more_than_two(separating, sequence):
    deep = lay_out_sequence(separating[0], LayoutConfig(n_dims=3))
    assert deep.positions.shape == (6, 300, 3)
    measure = "neighborhood_preservation"
    assert deep.quality.per_step[measure].mean() > sequence.quality.per_step[measure].mean()


@pytest.mark.parametrize("n_points", [1, 2, 3, 4, 5, 10, 31])
@pytest.mark.parametrize("n_steps", [1, 3])
def test_few_points_and_single_steps_are_laid_out(n_points, n_steps):
    sequence = lay_out_sequence(rng.normal(size=(n_steps, n_points, 4)))
    assert np.isfinite(sequence.positions).all()
    if n_points > 1:
        assert all(len(np.unique(layout, axis=0)) == n_points for layout in sequence.positions)


def test_dead_layers_and_constant_features_are_laid_out():
    alive = rng.normal(size=(100, 6)).astype(np.float32)
    alive[:, 3] = 5
    sequence = lay_out_sequence([np.zeros((100, 6)), alive, np.full((100, 6), 3)])
    assert np.isfinite(sequence.positions).all()


def test_numbers_of_features_may_differ_between_steps():
    sequence = lay_out_sequence([rng.normal(size=(50, 4)), rng.normal(size=(50, 9))])
    assert sequence.positions.shape == (2, 50, 2)
    assert np.isnan(sequence.quality.temporal_coherence)


def test_points_that_are_not_finite_are_kept_out_and_shown_where_they_last_were(separating):
    snapshots = separating[0][:4].copy()
    snapshots[0, 5, 3] = np.nan
    snapshots[2, 7] = np.inf
    snapshots[3] = np.nan
    with pytest.warns(UserWarning, match="3 of 4 snapshots have points with nan.*first in snapshot 0"):
        sequence = lay_out_sequence(snapshots)
    positions = sequence.positions
    assert np.isnan(positions[0, 5]).all()
    assert np.isfinite(positions[1:]).all()
    np.testing.assert_array_equal(positions[2, 7], positions[1, 7])
    np.testing.assert_array_equal(positions[3], positions[2])
    preserved = sequence.quality.per_point["neighborhood_preservation"]
    assert np.isnan(preserved[[0, 2, 3], [5, 7, 0]]).all()
    assert sequence.quality.per_step["neighborhood_preservation"][2] == pytest.approx(np.nanmean(preserved[2]), abs=1e-6)
    whole = lay_out_sequence(separating[0][:3]).quality.per_step["neighborhood_preservation"]
    assert sequence.quality.per_step["neighborhood_preservation"][2] > 0.9 * whole[2]
    assert sequence.parameters["n_absent"] == [1, 0, 1, 300]


def test_cosine_sees_directions_only(separating):
    snapshots = separating[0][3:] + 1
    stretched = snapshots * rng.uniform(0.1, 10, size=(1, 300, 1)).astype(np.float32)
    config = LayoutConfig(metric="cosine", n_iterations=50)
    one, other = lay_out_sequence(snapshots, config), lay_out_sequence(stretched, config)
    measure = "neighborhood_preservation"
    np.testing.assert_allclose(one.quality.per_step[measure], other.quality.per_step[measure], atol=0.02)
    assert one.quality.per_step[measure].mean() > 0.4


def test_perplexity_that_the_points_do_not_allow_is_lowered_with_a_warning():
    with pytest.warns(UserWarning, match="perplexity is 50, but 31 points allow 10 at most"):
        sequence = lay_out_sequence(rng.normal(size=(1, 31, 4)), LayoutConfig(perplexity=50))
    assert sequence.parameters["perplexity"] == 10


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int32])
def test_other_numeric_types_are_taken(dtype):
    snapshot = (rng.normal(size=(2, 40, 5)) * 10).astype(dtype)
    np.testing.assert_array_equal(
        lay_out_sequence(snapshot).positions.shape, lay_out_sequence(snapshot.astype(np.float32)).positions.shape
    )


@pytest.mark.parametrize(
    ("snapshots", "message"),
    [
        ([], "no snapshots"),
        ([np.ones((3, 2)), np.ones((4, 2))], "Snapshot 1 has 4 points but the first has 3"),
        ([np.ones((3, 2, 2))], r"shape \(3, 2, 2\)"),
    ],
)
def test_wrong_snapshots_are_refused(snapshots, message):
    with pytest.raises(ValueError, match=message):
        lay_out_sequence(snapshots)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_dims": 4}, "n_dims is 4"),
        ({"perplexity": 0.5}, r"perplexity is 0\.5"),
        ({"distortion_budget": -1}, "distortion_budget is -1"),
        ({"distortion_budget": float("nan")}, "distortion_budget is nan"),
        ({"n_iterations": 0}, "n_iterations is 0"),
        ({"metric": "hamming"}, "metric is 'hamming'; expected one of 'euclidean', 'cosine'"),
    ],
)
def test_wrong_configurations_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        LayoutConfig(**arguments)


def test_progress_counts_to_the_end_of_every_stage(separating):
    reports = []
    lay_out_sequence(separating[0], progress=lambda *report: reports.append(report))
    stages = {stage for stage, _, _ in reports}
    assert stages - {"compiling"} == {"affinities", "consensus", "free layout", "joint layout", "quality"}
    for stage in stages:
        done = [(done, total) for name, done, total in reports if name == stage]
        assert done == sorted(done)
        assert done[-1][0] == done[-1][1]


def test_the_layout_starts_from_components_about_the_mean():
    rng = np.random.default_rng(0)
    # As after a ReLU: mostly 0, so that the median is 0 and the mean is not.
    mixed = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 30)) + rng.normal(size=(400, 30))
    units = np.maximum(0, mixed - 1).astype(np.float32)
    start = principal_components([units], 2, rng)
    expected = PCA(2).fit_transform(units)
    for axis in range(2):
        assert abs(np.corrcoef(start[:, axis], expected[:, axis])[0, 1]) > 0.98
