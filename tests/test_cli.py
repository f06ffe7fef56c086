import sys

import numpy as np
import pytest

from tb_embed_plugin import SeriesWriter, open_series
from tb_embed_plugin.cli import main
from tests.conftest import STEPS, write_layout, write_series


def test_layout_lays_out_every_series_and_replaces_only_its_own_name(log_dir, probe_set, capsys):
    write_series(log_dir / "run2", "other", probe_set)
    before = open_series(str(log_dir / "run2")).open_layout("tsne").version
    assert main(["layout", str(log_dir), "--name", "calm", "--iterations", "20", "--quiet"]) == 0
    for run in ("run1", "run2"):
        series = open_series(str(log_dir / run))
        assert series.layout_names() == ["calm", "tsne"]
        layout = series.open_layout("calm")
        assert layout.steps == STEPS
        assert layout.parameters["perplexity"] == 20
        frame = layout.read_frame(STEPS[-1])
        assert {"neighborhood_preservation", "movement", "label_agreement"} <= set(frame.per_point)
        assert all(len(values) == 3 for values in layout.quality.values())
        assert layout.quality["trustworthiness"][0] > 0.5
    assert open_series(str(log_dir / "run2")).open_layout("tsne").version == before
    assert capsys.readouterr().out.count("3 steps laid out as 'calm'") == 2


def test_layout_of_chosen_series_in_three_dimensions(log_dir, probe_set):
    write_series(log_dir / "run2", "other", probe_set)
    assert main(["layout", str(log_dir), "--run", "run2", "--dims", "3", "--name", "deep", "--iterations", "20"]) == 0
    assert open_series(str(log_dir / "run1")).layout_names() == ["tsne"]
    assert open_series(str(log_dir / "run2")).open_layout("deep").read_frame(0).positions.shape == (200, 3)


def test_progress_is_shown_by_stage(log_dir, capsys):
    assert main(["layout", str(log_dir), "--iterations", "5"]) == 0
    shown = capsys.readouterr().err
    for stage in ("affinities", "consensus", "joint layout", "quality"):
        assert stage in shown


def test_nothing_to_lay_out_lists_what_there_is(log_dir, capsys):
    assert main(["layout", str(log_dir), "--tag", "fc2"]) == 1
    assert "there are: run1:fc/1" in capsys.readouterr().err


def test_a_series_that_fails_is_named_and_the_others_are_laid_out(log_dir, probe_set, capsys):
    broken = write_series(log_dir / "run0", "bad", probe_set)
    (log_dir / "run0" / "plugins" / "training_evolution" / "bad" / "snapshots" / "000000010.safetensors").write_bytes(b"x")
    assert main(["layout", str(log_dir), "--name", "new", "--iterations", "5", "--quiet"]) == 1
    assert "000000010.safetensors is damaged" in capsys.readouterr().err
    assert broken.layout_names() == ["tsne"]
    assert open_series(str(log_dir / "run1")).layout_names() == ["new", "tsne"]


@pytest.mark.parametrize("method", ["pca", "random-projection"])
def test_other_methods_are_stored_beside_under_their_own_names(log_dir, method, capsys):
    assert main(["layout", str(log_dir), "--method", method, "--quiet"]) == 0
    series = open_series(str(log_dir / "run1"))
    assert series.layout_names() == sorted([method, "tsne"])
    layout = series.open_layout(method)
    assert layout.method == method
    assert layout.steps == STEPS
    assert {"neighborhood_preservation", "trustworthiness", "label_agreement"} <= set(layout.quality)
    assert -1 <= layout.parameters["temporal_coherence"] <= 1
    assert {"neighborhood_preservation", "movement", "label_agreement"} <= set(layout.read_frame(0).per_point)
    assert ("explained variance" in capsys.readouterr().out) == (method == "pca")


def test_methods_offered_are_those_there_are():
    from tb_embed_plugin.cli import _METHOD_OPTIONS
    from tb_embed_plugin.layout.methods import METHODS

    assert tuple(_METHOD_OPTIONS) == METHODS


def test_an_option_that_means_nothing_to_a_method_is_refused(log_dir, capsys):
    assert main(["layout", str(log_dir), "--method", "pca", "--distortion-budget", "0.1"]) == 2
    assert capsys.readouterr().err == "--distortion-budget means nothing to pca. Leave it out.\n"
    assert main(["layout", str(log_dir), "--perplexity", "0"]) == 2
    assert "perplexity is 0" in capsys.readouterr().err


def test_a_missing_extra_is_one_clear_sentence(log_dir, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "umap", None)
    assert main(["layout", str(log_dir), "--method", "umap", "--quiet"]) == 1
    assert capsys.readouterr().err == "  The method umap needs umap-learn: pip install 'tb-embed-plugin[umap]'.\n"


def test_a_joint_layout_takes_the_place_of_a_live_one_once_training_has_ended(log_dir, probe_set):
    series = open_series(str(log_dir / "run1"))
    write_layout(series, "live", np.ones((3, 200, 2)))
    command = ["layout", str(log_dir), "--iterations", "5", "--quiet"]
    assert main(command) == 0
    assert series.layout_names() == ["live", "tsne"]
    SeriesWriter(log_dir / "run1", "fc/1", probe_set).close()
    assert main(command) == 0
    assert series.layout_names() == ["tsne"]


def test_inspect_shows_series_and_layouts(log_dir, capsys):
    layout = open_series(str(log_dir / "run1"))
    write_layout(layout, "a second one", np.ones((3, 200, 2)))
    assert main(["inspect", str(log_dir)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "run1  fc/1  200 points  3 steps, 0 to 200",
        "    layout        method  dims  steps  preservation  trustworthiness  coherence  distortion",
        "    a second one  tsne    2     3      -             0.95             -          -",
        "    tsne          tsne    2     3      -             0.95             -          -",
    ]


def test_inspect_goes_on_past_what_is_damaged(log_dir, probe_set, capsys):
    write_series(log_dir / "run0", "fc", probe_set)
    (log_dir / "run0/plugins/training_evolution/fc/series.json").write_text("{}")
    (log_dir / "run1/plugins/training_evolution/fc%2F1/layouts/tsne/layout.json").write_text("{}")
    assert main(["inspect", str(log_dir)]) == 0
    shown = capsys.readouterr().out
    assert "series.json is damaged" in shown
    assert "layout.json is damaged" in shown


@pytest.mark.parametrize("command", [[], ["layout"]])
def test_help_has_examples(command, capsys):
    with pytest.raises(SystemExit) as exit_:
        main([*command, "--help"])
    assert exit_.value.code == 0
    assert "tb-embed layout logs" in capsys.readouterr().out


def test_interrupting_leaves_no_half_layout(log_dir, monkeypatch, capsys):
    from tb_embed_plugin.store import LayoutWriter

    def interrupt(*_):
        raise KeyboardInterrupt

    series = open_series(str(log_dir / "run1"))
    before = series.open_layout("tsne")
    monkeypatch.setattr(LayoutWriter, "write_frame", interrupt)
    assert main(["layout", str(log_dir), "--iterations", "5", "--quiet"]) == 130
    assert "Nothing half done" in capsys.readouterr().err
    np.testing.assert_array_equal(series.open_layout("tsne").read_frame(0).positions, before.read_frame(0).positions)
