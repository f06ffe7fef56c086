"""Following a training: real snapshots, real processes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save
from sklearn.datasets import load_digits

from tb_embed_plugin import LayoutConfig, ProbeSet, SeriesWriter, live, open_series
from tb_embed_plugin.cli import main
from tb_embed_plugin.layout_store import LayoutRequest
from tb_embed_plugin.store import Series, find_series
from tests.conftest import REPOSITORY

N_POINTS = 120
WATCH = ["layout", "--watch", "--interval", "0.05", "--iterations", "40", "--quiet"]


def activations(step):
    """Digits that come out of noise."""
    pixels = load_digits().data[:N_POINTS] / 16
    noise = np.random.default_rng(step).normal(size=pixels.shape) * 0.3
    return (pixels + noise / (1 + step)).astype(np.float32)


def open_writer(log_dir, tag="fc", n_points=N_POINTS):
    return SeriesWriter(log_dir / "run1", tag, ProbeSet(n_points=n_points))


def follow(log_dir, *options):
    # Where the tests run in the background, a shell has made them, and so their children, deaf to Ctrl-C.
    script = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from tb_embed_plugin.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-u", "-c", script, *WATCH, *options, str(log_dir)]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read_until(process, text):
    """Reads lines until one has `text`; returns them all."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError("".join(lines) + process.stderr.read())


@pytest.fixture
def processes():
    """Whatever a test starts ends with it."""
    started = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def frames(log_dir, name, tag="fc"):
    layout = open_series(str(log_dir / "run1"), tag).open_layout(name)
    return {step: layout.read_frame(step).positions for step in layout.steps}


def layout_names(log_dir, tag="fc"):
    return open_series(str(log_dir / "run1"), tag).layout_names()


def test_follows_a_training_from_before_its_start_to_the_joint_layout(tmp_path, processes):
    process = follow(tmp_path)
    processes.append(process)
    read_until(process, "Waiting for a training to write a series.")
    writer = open_writer(tmp_path)
    read_until(process, "Waiting for snapshots of run1  fc.")
    seen = {}
    for step in (0, 10, 20):
        writer.write_snapshot(step, activations(step))
        read_until(process, f"step {step} added to 'live'")
        live = frames(tmp_path, "live")
        assert list(live) == [*seen, step]
        # What is there never moves.
        for earlier, positions in seen.items():
            np.testing.assert_array_equal(live[earlier], positions)
        seen = live
    assert layout_names(tmp_path) == ["live"]
    writer.close()
    read_until(process, "3 steps laid out as 'tsne'")
    assert process.wait(120) == 0
    assert layout_names(tmp_path) == ["tsne"]
    assert list(frames(tmp_path, "tsne")) == [0, 10, 20]
    assert not os.path.exists(os.path.join(open_series(str(tmp_path / "run1")).path, "cache"))


def test_killed_at_any_moment_it_goes_on_from_the_frames_that_are_there(tmp_path, processes):
    writer = open_writer(tmp_path)
    n_steps = 8
    for step in range(n_steps):
        writer.write_snapshot(step, activations(step))
    kept = {}
    rng = np.random.default_rng(0)
    for _ in range(3):
        process = follow(tmp_path)
        processes.append(process)
        lines = read_until(process, "added to 'live'")
        assert f"step {len(kept)} added" in lines[-1], "goes on with the first step that is missing"
        time.sleep(rng.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        now = frames(tmp_path, "live")
        assert list(now) == list(range(len(now)))
        for step, positions in kept.items():
            np.testing.assert_array_equal(now[step], positions)
        # A frame whose file is there counts, also where the kill came before the summary.
        folder = Path(open_series(str(tmp_path / "run1")).path) / "layouts" / "live"
        kept = {step: frames_of_file(folder, step) for step in range(len(list(folder.glob("0*.safetensors"))))}
    writer.close()
    process = follow(tmp_path)
    processes.append(process)
    read_until(process, f"{n_steps} steps laid out as 'tsne'")
    assert process.wait(120) == 0
    assert layout_names(tmp_path) == ["tsne"]


def frames_of_file(folder, step):
    from safetensors.numpy import load_file

    return load_file(folder / f"{step:09d}.safetensors")["positions"]


def test_a_second_watcher_waits_and_takes_over_when_the_first_has_died(tmp_path, processes):
    writer = open_writer(tmp_path)
    writer.write_snapshot(0, activations(0))
    first = follow(tmp_path)
    processes.append(first)
    read_until(first, "step 0 added to 'live'")
    second = follow(tmp_path)
    processes.append(second)
    assert f"is being followed by process {first.pid}. One is enough" in second.stderr.readline()
    first.send_signal(signal.SIGKILL)
    first.wait()
    writer.write_snapshot(1, activations(1))
    assert "step 1 added to 'live'" in read_until(second, "added to 'live'")[-1]
    writer.close()
    read_until(second, "2 steps laid out as 'tsne'")
    assert second.wait(120) == 0
    assert layout_names(tmp_path) == ["tsne"]
    # Who has come to the end lets go of the series.
    assert main([*WATCH, "--name", "other", str(tmp_path)]) == 0
    assert layout_names(tmp_path) == ["other", "tsne"]


def test_ctrl_c_keeps_what_was_added_and_says_so(tmp_path, processes):
    open_writer(tmp_path).write_snapshot(0, activations(0))
    process = follow(tmp_path)
    processes.append(process)
    read_until(process, "step 0 added to 'live'")
    read_until(process, "Waiting for snapshots")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "What was added to 'live' stays" in errors
    assert "Traceback" not in errors
    assert list(frames(tmp_path, "live")) == [0]


def test_a_training_that_died_is_laid_out_when_nothing_has_come_for_long(tmp_path, capsys):
    writer = open_writer(tmp_path)
    for step in range(2):
        writer.write_snapshot(step, activations(step))
    path = Path(open_series(str(tmp_path / "run1")).path)
    long_ago = time.time() - 3600
    os.utime(path / "snapshots" / "000000001.safetensors", (long_ago, long_ago))
    assert main([*WATCH, str(tmp_path)]) == 0
    assert "2 steps laid out as 'tsne'" in capsys.readouterr().out
    assert layout_names(tmp_path) == ["tsne"]


def test_several_series_are_followed_and_one_that_fails_does_not_stop_the_others(tmp_path, capsys):
    for tag in ("fc", "conv"):
        writer = open_writer(tmp_path, tag)
        for step in range(2):
            writer.write_snapshot(step, activations(step))
        writer.close()
    broken = Path(open_series(str(tmp_path / "run1"), "conv").path) / "series.json"
    broken.write_text('{"format_version": 99}')
    assert main([*WATCH, str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.err.count("format version 99") == 1
    assert layout_names(tmp_path, "fc") == ["tsne"]


@pytest.mark.parametrize("damage", [b"damaged", save({"other": np.zeros(3)}, {"wall_time": "1.0", "scalars": "{}"})])
def test_a_damaged_snapshot_is_left_out(tmp_path, processes, damage):
    writer = open_writer(tmp_path)
    for step in range(3):
        writer.write_snapshot(step, activations(step))
    path = Path(open_series(str(tmp_path / "run1")).path)
    (path / "snapshots" / "000000001.safetensors").write_bytes(damage)
    process = follow(tmp_path)
    processes.append(process)
    read_until(process, "step 2 added to 'live'")
    writer.close()
    read_until(process, "2 steps laid out as 'tsne'")
    assert "step 1 is left out" in process.communicate()[1]
    assert list(frames(tmp_path, "tsne")) == [0, 2]


def test_a_resumed_training_goes_on_in_the_picture_that_there_is(tmp_path, processes):
    with open_writer(tmp_path) as writer:
        for step in range(2):
            writer.write_snapshot(step, activations(step))
    assert main([*WATCH, str(tmp_path)]) == 0
    before = frames(tmp_path, "tsne")
    process = follow(tmp_path)
    processes.append(process)
    # All is laid out, so a training must be about to begin.
    read_until(process, "Waiting for a training to write a series.")
    with open_writer(tmp_path) as writer:
        writer.write_snapshot(2, activations(2))
        read_until(process, "step 2 added to 'live'")
        live = frames(tmp_path, "live")
        assert list(live) == [0, 1, 2]
        for step, positions in before.items():
            np.testing.assert_array_equal(live[step], positions)
    read_until(process, "3 steps laid out as 'tsne'")
    assert process.wait(120) == 0


def test_other_parameters_begin_the_live_layout_anew(tmp_path, processes):
    open_writer(tmp_path).write_snapshot(0, activations(0))
    for dims in ("2", "3"):
        process = follow(tmp_path, "--dims", dims)
        processes.append(process)
        read_until(process, "step 0 added to 'live'")
        process.kill()
        process.communicate()
        assert frames(tmp_path, "live")[0].shape == (N_POINTS, int(dims))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--method", "pca"], "--watch follows with tsne only"),
        (["--name", "live"], "--name live is taken"),
        (["--interval", "0"], "interval is 0"),
    ],
)
def test_what_cannot_be_followed_is_refused(tmp_path, capsys, options, message):
    arguments = [argument for argument in WATCH if argument != "--iterations" and argument != "40"]
    assert main([*arguments, *options, str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert re.search(re.escape(message), error)
    assert error.count("\n") == 1


@pytest.mark.parametrize("is_by_landmarks", [False, True])
def test_affinities_of_an_interrupted_layout_are_used_again(is_by_landmarks, tmp_path, monkeypatch):
    from tb_embed_plugin.layout import methods, presence

    if is_by_landmarks:
        monkeypatch.setattr(methods, "MOST_JOINT_POINTS", 50)
        monkeypatch.setattr(methods, "N_LANDMARKS", 30)
    with open_writer(tmp_path) as writer:
        for step in range(3):
            writer.write_snapshot(step, activations(step))
    path = Path(open_series(str(tmp_path / "run1")).path)
    arguments = ["layout", "--iterations", "5", "--quiet", str(tmp_path)]
    assert main([*arguments, "--keep-cache"]) == 0
    expected = frames(tmp_path, "tsne")
    kept = sorted(path.glob("cache/affinities-*.safetensors"))
    assert len(kept) == 3
    kept[0].write_bytes(b"damaged")
    computed = []
    real = presence.compute_affinities
    monkeypatch.setattr(presence, "compute_affinities", lambda *given, **more: computed.append(1) or real(*given, **more))
    assert main(arguments) == 0
    assert len(computed) == 1
    again = frames(tmp_path, "tsne")
    for step, positions in expected.items():
        np.testing.assert_array_equal(again[step], positions)
    assert not (path / "cache").exists()


def test_affinities_whose_numbers_were_damaged_are_found_anew(tmp_path):
    with open_writer(tmp_path) as writer:
        writer.write_snapshot(0, activations(0))
    path = Path(open_series(str(tmp_path / "run1")).path)
    arguments = ["layout", "--iterations", "5", "--quiet", "--keep-cache", str(tmp_path)]
    assert main(arguments) == 0
    expected = frames(tmp_path, "tsne")
    (kept,) = path.glob("cache/affinities-*.safetensors")
    content = kept.read_bytes()
    kept.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    assert main(arguments) == 0
    np.testing.assert_array_equal(frames(tmp_path, "tsne")[0], expected[0])


def test_catching_up_reads_when_each_step_was_captured_once(tmp_path, monkeypatch):
    read = []
    real = Series.read_facts
    monkeypatch.setattr(Series, "read_facts", lambda series, step: read.append(step) or real(series, step))
    with open_writer(tmp_path) as writer:
        for step in range(5):
            writer.write_snapshot(step, activations(step))
        (location,) = find_series(str(tmp_path))
        request = LayoutRequest(name="tsne", method="tsne", config=LayoutConfig(n_iterations=5))
        follower = live.LiveSeries(location, request, live.Patience(), is_quiet=True)
        while follower.add_next():
            pass
        follower.close()
        assert frames(tmp_path, "live").keys() == set(range(5))
        assert read == list(range(5))


def test_steps_that_a_resumed_training_makes_anew_are_laid_out_anew(tmp_path, processes):
    writer = open_writer(tmp_path)
    for step in range(4):
        writer.write_snapshot(step, activations(step))
    process = follow(tmp_path)
    processes.append(process)
    read_until(process, "step 3 added to 'live'")
    before = frames(tmp_path, "live")
    writer.discard_from(2)
    for step in (2, 3):
        writer.write_snapshot(step, activations(step + 10))
    read_until(process, "step 3 added to 'live'")
    after = frames(tmp_path, "live")
    assert list(after) == [0, 1, 2, 3]
    for step, is_kept in enumerate([True, True, False, False]):
        assert np.array_equal(after[step], before[step]) == is_kept
    writer.close()
    read_until(process, "4 steps laid out as 'tsne'")
    assert process.wait(120) == 0
    joint = frames(tmp_path, "tsne")
    # Nobody watches, and the steps have the same numbers.
    with open_writer(tmp_path) as writer:
        writer.discard_from(0)
        for step in range(4):
            writer.write_snapshot(step, activations(step + 20))
    assert main([*WATCH, str(tmp_path)]) == 0
    assert not np.array_equal(frames(tmp_path, "tsne")[0], joint[0])


def test_a_series_that_took_the_place_of_another_is_followed_from_its_start(tmp_path, processes):
    open_writer(tmp_path).write_snapshot(0, activations(0))
    process = follow(tmp_path)
    processes.append(process)
    read_until(process, "step 0 added to 'live'")
    shutil.rmtree(tmp_path / "run1")
    writer = open_writer(tmp_path, n_points=60)
    for step in range(2):
        writer.write_snapshot(step, activations(step)[:60])
    writer.close()
    read_until(process, "2 steps laid out as 'tsne'")
    assert process.wait(120) == 0, process.stderr.read()
    assert frames(tmp_path, "tsne")[1].shape == (60, 2)


def test_a_training_that_is_resumed_while_all_is_laid_out_is_laid_out_as_it_then_is(tmp_path, monkeypatch):
    with open_writer(tmp_path) as writer:
        for step in range(3):
            writer.write_snapshot(step, activations(step))
    lay_out, asked = live.lay_out_series, []

    def resume_and_lay_out(series, steps, *more):
        asked.append(steps)
        if len(asked) == 1:
            with open_writer(tmp_path) as writer:
                writer.discard_from(1)
                writer.write_snapshot(1, activations(9))
        return lay_out(series, steps, *more)

    monkeypatch.setattr(live, "lay_out_series", resume_and_lay_out)
    assert main([*WATCH, str(tmp_path)]) == 0
    assert asked == [[0, 1, 2], [0, 1]]
    assert list(frames(tmp_path, "tsne")) == [0, 1]
