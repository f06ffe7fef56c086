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
