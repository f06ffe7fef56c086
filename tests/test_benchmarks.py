"""The benchmarks' own measures, against values by hand; no peer is needed."""

import sys

import numpy as np
import pytest
from scipy import sparse

from benchmarks import coherence, measures, methods, parametric, report
from benchmarks.layout import time_to_recall
from benchmarks.processes import run_measured
from benchmarks.series import BenchmarkSeries
from benchmarks.targets import check_targets
from tb_embed_plugin.quality import nearest_neighbors

rng = np.random.default_rng(0)
POINTS = rng.normal(size=(120, 6)).astype(np.float32)


def test_ranked_neighbors_are_the_nearest_in_order():
    rows = np.array([3, 50, 119])
    ranked = measures.rank_neighbors(POINTS, rows, 24)
    np.testing.assert_array_equal(ranked, nearest_neighbors(POINTS, 24)[0][rows])


def test_preservation_counts_neighbors_among_the_same_number_of_nearest():
    real = np.array([[1, 2, 3, 4]], dtype=np.int32)
    shown = np.array([[2, 1, 4, 5]], dtype=np.int32)
    np.testing.assert_allclose(measures.preservation_curve(real, shown, [1, 2, 3, 4], 6), [0, 1, 2 / 3, 3 / 4])


@pytest.mark.parametrize(("n_points", "sizes"), [(80, 20), (2000, 6)])
def test_preservation_is_averaged_up_to_a_fifth_of_the_points(n_points, sizes):
    found = measures.preservation_sizes(n_points)
    assert (found[0], found[-1], len(found)) == (max(1, n_points // 100), n_points // 5, sizes)


def test_jaccard_distance():
    old, new = np.array([[1, 2, 3]], dtype=np.int32), np.array([[3, 4, 1]], dtype=np.int32)
    np.testing.assert_allclose(measures.jaccard_distance(old, new), [1 - 2 / 4])


def test_divergence_is_that_of_the_formula():
    P = rng.random((40, 40))
    np.fill_diagonal(P, 0)
    P = (P + P.T) / (P + P.T).sum()
    layout = rng.normal(size=(40, 2))
    Q = 1 / (1 + np.square(layout[:, None] - layout[None]).sum(axis=2))
    np.fill_diagonal(Q, 0)
    Q /= Q.sum()
    off = ~np.eye(40, dtype=bool)
    expected = np.sum(P[off] * np.log(P[off] / Q[off]))
    assert measures.divergence(sparse.csr_array(P), layout) == pytest.approx(expected, rel=1e-9)


def test_a_layout_that_is_the_activations_has_no_fault():
    activations = np.stack([POINTS[:, :2], POINTS[:, :2] + rng.normal(size=(120, 2))]).astype(np.float32)
    labels = rng.integers(3, size=120)
    scores = measures.Yardstick(activations, labels).measure(activations)
    assert (scores.preservation, scores.recall_at_10, scores.label_excess) == (1, 1, 0)
    assert scores.coherence == pytest.approx(1)
    displacement = np.linalg.norm(activations[1] - activations[0], axis=1).mean()
    assert scores.raw_movement == pytest.approx(displacement)


def test_label_excess_shows_a_picture_that_is_too_well_separated():
    activations = rng.normal(size=(2, 120, 6)).astype(np.float32)
    labels = np.arange(120) % 3
    layouts = activations[:, :, :2] * 0.01 + labels[:, None] * 10
    scores = measures.Yardstick(activations, labels).measure(layouts)
    assert scores.label_excess > 0.5


def test_turning_undoes_rotation_and_reflection():
    layout = POINTS[:, :2]
    turned = methods.turn(np.stack([layout, layout @ np.array([[0, 1], [1, 0]]) + 5]))
    np.testing.assert_allclose(turned[1], turned[0], atol=1e-5)


def test_time_to_recall_is_read_off_the_curve():
    curve = [(10.0, 0.1), (20.0, 0.3), (30.0, 0.4)]
    assert time_to_recall(curve, 0.2) == pytest.approx((15, 0.2))
    assert time_to_recall(curve, 0.5) == (30, 0.4)


def test_targets_without_a_reference_stay_open():
    row = {"series": "dense", "family": methods.OURS, "is_default": True, "coherence": 0.4, "recall_at_10": 0.5}
    reference = {"series": "dense", "family": methods.SCIKIT_LEARN, "is_default": True, "recall_at_10": 0.6}
    verdicts = {check["target"]: check["verdict"] for check in check_targets([row, reference | {"mean_divergence": 1.0}])}
    assert verdicts["S at least"] == "pass"
    assert verdicts["recall@10 over scikit-learn's at least"] == "FAIL"
    assert verdicts["movement over the openTSNE chain's at most"].startswith("open")


def test_seeds_that_were_measured_before_count_with_those_that_are_added(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr(coherence, "RESULTS", tmp_path)
    activations = rng.normal(size=(2, 60, 6)).astype(np.float32)
    series = BenchmarkSeries(name="noise", activations=activations, labels=np.arange(60) % 3)
    free, default = (
        [method for method in methods.list_methods(60) if method.key == (methods.OURS, budget)] for budget in (0, 0.05)
    )
    first = coherence.measure_series(series, free + default, [0, 1], {})
    report.write_json("coherence-noise", rows=first)
    added = coherence.measure_series(series, default, [1, 2], coherence.read_scores("coherence-noise"))
    assert [[scores["seed"] for scores in row["seeds"]] for row in added] == [[0, 1], [0, 1, 2]]
    assert added[0]["preservation"] == pytest.approx(first[0]["preservation"])
    assert added[1]["seeds"][0] == first[1]["seeds"][0] | {"divergence": first[1]["seeds"][0]["divergence"].tolist()}
    assert added[1]["preservation"] == pytest.approx(np.mean([scores["preservation"] for scores in added[1]["seeds"]]))


def test_peak_memory_is_the_commands_own():
    ballast = np.ones(40 << 20)
    usage = run_measured([sys.executable, "-c", "data = b'x' * (100 << 20)"])
    assert usage.is_complete
    assert 100 << 20 < usage.peak_bytes < 200 << 20 < ballast.nbytes


def test_a_command_is_stopped_at_its_limit_and_says_so():
    usage = run_measured([sys.executable, "-c", "import time; time.sleep(60)"], limit=0.5)
    assert not usage.is_complete
    assert 0.5 <= usage.seconds < 10


def test_a_command_that_fails_tells_why():
    with pytest.raises(RuntimeError, match="broken"):
        run_measured([sys.executable, "-c", "raise SystemExit('broken')"])


def test_the_benchmark_of_parametric_tsne_runs(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["parametric", "--quick", "--method", "pca", "parametric"])
    parametric.main()
    table = capsys.readouterr().out.strip().split("\n\n")[-1].splitlines()
    # method, fitted to, error, T(12), seconds
    errors = {line.rsplit(maxsplit=4)[0]: float(line.rsplit(maxsplit=4)[2]) for line in table[1:3]}
    assert set(errors) == {"PCA", "parametric t-SNE"}
    assert all(0 < error < 0.8 for error in errors.values())
    assert "van der Maaten 2009" in table[3]
