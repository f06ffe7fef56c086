"""What real data has in it: what is the same, dead, turned or interrupted. `test_sequence` has the rest."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tb_embed_plugin import LayoutConfig, ProbeSet, SeriesWriter, lay_out_sequence, open_series
from tb_embed_plugin.cli import main
from tb_embed_plugin.layout import presence
from tb_embed_plugin.layout.affinity import compute_affinities, effective_perplexity
from tests.layout.test_gradient import divergence


@pytest.fixture(scope="module")
def snapshots():
    """Three steps in which 120 digits come out of noise."""
    pixels = load_digits().data[:120] / 16
    noise = np.random.default_rng(0).normal(size=pixels.shape) * 0.3
    return np.array([(1 - weight) * noise + weight * pixels for weight in (0.4, 0.7, 1)], dtype=np.float32)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_points_that_are_the_same_are_near_each_other_and_finite(snapshots, metric):
    doubled = np.concatenate([snapshots, snapshots[:, :20]], axis=1)
    positions = lay_out_sequence(doubled, LayoutConfig(metric=metric, n_iterations=100)).positions
    assert np.isfinite(positions).all()
    apart = np.linalg.norm(positions[:, 120:] - positions[:, :20], axis=2)
    anybody = np.linalg.norm(positions[:, 1:20] - positions[:, :19], axis=2)
    assert np.median(apart) < 0.1 * np.median(anybody)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_rows_of_zeros_and_constant_features_are_laid_out(snapshots, metric):
    dead = snapshots.copy()
    dead[:, 3:8] = 0
    dead[:, :, 5] = 0
    dead[:, :, 6] = 7
    dead[1] = 0
    sequence = lay_out_sequence(dead, LayoutConfig(metric=metric, n_iterations=30))
    assert np.isfinite(sequence.positions).all()
    assert sequence.parameters["n_absent"] == [0, 0, 0]


@pytest.mark.parametrize("n_points", [1, 2, 3, 4, 5, 10])
def test_few_points_are_laid_out_by_their_directions(n_points):
    steps = np.random.default_rng(0).normal(size=(2, n_points, 3))
    steps[1, 0] = 0
    sequence = lay_out_sequence(steps, LayoutConfig(metric="cosine", n_iterations=30, n_dims=3))
    assert sequence.positions.shape == (2, n_points, 3)
    assert np.isfinite(sequence.positions).all()


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_turning_and_scaling_all_steps_changes_no_figure_beyond_noise(snapshots, scale):
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(64, 64)))[0]
    config = LayoutConfig(n_iterations=200)
    before, after = (lay_out_sequence(each, config).quality for each in (snapshots, snapshots @ rotation * scale))
    for measure, tolerance in {"neighborhood_preservation": 0.04, "trustworthiness": 0.02, "divergence": 0.1}.items():
        np.testing.assert_allclose(after.per_step[measure].mean(), before.per_step[measure].mean(), atol=tolerance)
    assert after.temporal_coherence == pytest.approx(before.temporal_coherence, abs=0.2)


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_the_type_of_numbers_changes_no_figure_beyond_their_rounding(snapshots, dtype):
    config = LayoutConfig(n_iterations=100)
    single, other = (lay_out_sequence(each, config).quality.per_step for each in (snapshots, snapshots.astype(dtype)))
    for measure in ("neighborhood_preservation", "trustworthiness"):
        np.testing.assert_allclose(other[measure].mean(), single[measure].mean(), atol=0.04)


def test_ctrl_c_leaves_no_layout_and_the_next_run_goes_on_from_the_affinities(snapshots, tmp_path, monkeypatch, capsys):
    with SeriesWriter(tmp_path / "run1", "fc", ProbeSet(n_points=120)) as writer:
        for step, snapshot in enumerate(snapshots):
            writer.write_snapshot(step, snapshot)
    series = open_series(str(tmp_path / "run1"))
    real, calls = presence.compute_affinities, []

    def compute(*given, **options):
        calls.append(1)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return real(*given, **options)

    monkeypatch.setattr(presence, "compute_affinities", compute)
    # Where the tests run in the background, the shell has made them deaf to Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert main(["layout", str(tmp_path), "--iterations", "5", "--quiet"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert "Nothing half done" in capsys.readouterr().err
    assert series.layout_names() == []
    assert len(list(Path(series.path).glob("cache/affinities-*.safetensors"))) == 2
    calls[:] = [1] * 10
    assert main(["layout", str(tmp_path), "--iterations", "5", "--quiet"]) == 0
    assert len(calls) == 11
    assert series.layout_names() == ["tsne"]


def test_points_that_are_kept_out_change_nothing_for_the_others(snapshots):
    # Of the middle step, half of the points have none; it is held against the others alone.
    holed = snapshots.copy()
    holed[1, 60:] = np.nan
    with pytest.warns(UserWarning, match="nan, infinite"):
        sequence = lay_out_sequence(holed, LayoutConfig(distortion_budget=0))
    layout = sequence.positions[1, :60].astype(np.float64)
    joint = compute_affinities(snapshots[1, :60], effective_perplexity(None, 60)).joint
    expected = divergence(joint, layout.T)
    assert sequence.quality.per_step["divergence"][1] == pytest.approx(expected, rel=1e-3)


def test_a_step_without_any_finite_point_counts_for_nothing(snapshots):
    holed = np.stack([*snapshots, *snapshots])
    holed[1:4] = np.nan
    with pytest.warns(UserWarning, match="3 of 6 snapshots"):
        quality = lay_out_sequence(holed).quality.per_step
    is_empty = np.array([False, True, True, True, False, False])
    for measure in ("divergence", "distortion"):
        np.testing.assert_array_equal(np.isnan(quality[measure]), is_empty)
    assert quality["distortion"][~is_empty].mean() < 0.06


@pytest.mark.parametrize("huge", [1e30, 1e300])
def test_numbers_whose_squares_overflow_are_kept_out_and_reported(snapshots, huge):
    grown = snapshots.astype(np.float64)
    grown[1, 7] = huge
    with pytest.warns(UserWarning, match=r"beyond 1e17\) activations \(up to 1 of 120, first in snapshot 1\)"):
        sequence = lay_out_sequence(grown, LayoutConfig(n_iterations=30))
    np.testing.assert_array_equal(sequence.positions[1, 7], sequence.positions[0, 7])
    assert np.isfinite(sequence.positions).all()


def test_a_perplexity_that_one_step_does_not_allow_is_said(snapshots):
    holed = snapshots.copy()
    holed[1, 40:] = np.nan
    told = "perplexity is 30, but the 40 finite points of one step allow 13 at most"
    with pytest.warns(UserWarning, match="nan, infinite"), pytest.warns(UserWarning, match=told):
        lay_out_sequence(holed, LayoutConfig(perplexity=30, n_iterations=30))
