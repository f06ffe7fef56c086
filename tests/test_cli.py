import numpy as np
import pytest

from tb_embed_plugin import open_series
from tb_embed_plugin.cli import main
from tests.conftest import STEPS, write_series


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
        assert set(frame.per_point) == {"neighborhood_preservation", "movement"}
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


def test_inspect_shows_series_and_layouts(log_dir, capsys):
    assert main(["inspect", str(log_dir)]) == 0
    assert capsys.readouterr().out == "run1  fc/1  200 points  3 steps, 0 to 200\n    layout tsne: tsne, 2-D, 3 steps\n"


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
