"""The recorder that every way of capturing writes through: real files, real failures, real processes."""

import contextlib
import os
import resource
import subprocess
import threading
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from tb_embed_callbacks._recorder import Capture, Recorder

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.store import SeriesLockedError, is_finished

N_POINTS = 40
PROBE_SET = ProbeSet(n_points=N_POINTS)


def open_recorder(log_dir, **arguments):
    return Recorder(log_dir, {"fc": PROBE_SET}, **arguments)


def snapshot(value=0.0, n_features=3):
    return {"fc": Capture(activations=np.full((N_POINTS, n_features), value, dtype=np.float32))}


def capture_all(recorder, steps, compute=snapshot):
    for step in steps:
        recorder.capture(step, compute)


def steps(log_dir):
    return open_series(str(log_dir), "fc").steps()


def test_several_tags_are_written_with_columns_and_scalars(tmp_path):
    recorder = Recorder(
        tmp_path, {"fc": PROBE_SET, "words": ProbeSet(n_points=2)}, provenance={"fc": {"layer": "fc1"}}, dtype="float32"
    )
    prediction = np.arange(N_POINTS)
    activations = np.random.default_rng(0).normal(size=(N_POINTS, 5))
    for step in (0, 10):
        recorder.capture(
            step,
            lambda: {
                "fc": Capture(activations=activations, per_point={"prediction": prediction}, scalars={"probe_loss": 0.5}),
                "words": Capture(activations=np.eye(2)),
            },
            scalars={"loss": 1 / (1 + step)},
        )
    recorder.capture(10, lambda: pytest.fail("step 10 is captured already"))
    recorder.close()
    series = open_series(str(tmp_path), "fc")
    read = series.read_snapshot(10)
    np.testing.assert_array_equal(read.activations, activations.astype(np.float32))
    np.testing.assert_array_equal(read.per_point["prediction"], prediction)
    assert read.scalars == {"loss": 1 / 11, "probe_loss": 0.5}
    assert series.provenance["layer"] == "fc1"
    assert open_series(str(tmp_path), "words").read_snapshot(10).scalars == {"loss": 1 / 11}
    assert is_finished(series.path)
    assert recorder.n_captured == 2
    SeriesWriter(tmp_path, "fc", PROBE_SET)


class SlowToConvert:
    """Keeps the writing thread busy until it is told."""

    def __init__(self):
        self.may_go_on = threading.Event()

    def __array__(self, dtype=None, copy=None):
        assert self.may_go_on.wait(60)
        return np.ones((N_POINTS, 3))


def test_training_goes_on_while_a_snapshot_is_written_but_waits_for_room_for_a_third(tmp_path):
    recorder = open_recorder(tmp_path)
    slow = SlowToConvert()
    computed = []

    def compute(step):
        computed.append(step)
        return snapshot()

    recorder.capture(0, lambda: {"fc": Capture(activations=slow)})
    recorder.capture(1, lambda: compute(1))
    third = threading.Thread(target=recorder.capture, args=(2, lambda: compute(2)))
    third.start()
    third.join(0.3)
    assert (computed, third.is_alive()) == ([1], True)
    slow.may_go_on.set()
    third.join(60)
    recorder.close()
    assert computed == [1, 2]
    assert steps(tmp_path) == [0, 1, 2]


def test_memory_grows_by_two_snapshots_at_most(tmp_path):
    recorder = open_recorder(tmp_path)
    n_features = 40_000
    size = snapshot(n_features=n_features)["fc"].activations.nbytes
    recorder.capture(0, snapshot)
    recorder.flush()
    tracemalloc.start()
    try:
        for step in range(1, 8):
            recorder.capture(step, lambda: snapshot(n_features=n_features))
        recorder.close()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < peak < 2.1 * size
    assert len(steps(tmp_path)) == 8


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk that can be filled and emptied: really, where one can be mounted; else this process has a limit."""
    directory = tmp_path / "disk"
    directory.mkdir()
    mounted = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", directory], capture_output=True, check=False
        ).returncode
        == 0
    )
    ballast = directory / "ballast"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill():
        if not mounted:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
            return
        with open(ballast, "wb", buffering=0) as file:
            while True:
                try:
                    file.write(bytes(4096))
                except OSError:
                    return

    def empty():
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        ballast.unlink(missing_ok=True)

    yield directory, fill, empty
    empty()
    if mounted:
        subprocess.run(["umount", "-l", directory], check=True)


def test_a_full_disk_pauses_capturing_with_one_warning_until_there_is_room(small_disk):
    log_dir, fill, empty = small_disk

    def large():
        return snapshot(n_features=400)

    recorder = open_recorder(log_dir)
    recorder.capture(0, large)
    recorder.flush()
    fill()
    recorder.capture(1, large)
    with pytest.warns(RuntimeWarning, match=r"pauses capturing at step 1: OSError.*(No space left|File too large)"):
        recorder.flush()
    capture_all(recorder, range(2, 7), large)
    empty()
    with pytest.warns(RuntimeWarning, match=r"goes on capturing at step 8\. Captures missing since step 1: 7") as warned:
        capture_all(recorder, range(7, 13), large)
    assert len(warned) == 1
    recorder.close()
    assert steps(log_dir) == [0, 8, 9, 10, 11, 12]
    assert not list(Path(log_dir).rglob("*.partial"))
    assert is_finished(open_series(str(log_dir)).path)


def test_a_pause_is_tried_at_growing_intervals_and_at_the_end(tmp_path):
    recorder = open_recorder(tmp_path)
    tried = []

    def fail(step):
        tried.append(step)
        raise RuntimeError("broken")

    def train():
        for step in range(30):
            recorder.capture(step, lambda step=step: fail(step))
        recorder.capture(30, lambda: fail(30), is_last=True)
        recorder.close()

    with pytest.warns(RuntimeWarning, match="pauses capturing at step 0: RuntimeError: broken") as warned:
        train()
    assert tried == [0, 1, 3, 7, 15, 30]
    assert len(warned) == 1


def test_a_folder_that_vanishes_and_comes_back(tmp_path):
    recorder = open_recorder(tmp_path / "logs")
    recorder.capture(0, snapshot)
    recorder.flush()
    (tmp_path / "logs").rename(tmp_path / "away")
    recorder.capture(1, snapshot)
    with pytest.warns(RuntimeWarning, match="pauses capturing at step 1: FileNotFoundError"):
        recorder.flush()
    (tmp_path / "away").rename(tmp_path / "logs")
    with pytest.warns(RuntimeWarning, match="goes on capturing at step 2"):
        recorder.capture(2, snapshot)
    recorder.close()
    assert steps(tmp_path / "logs") == [0, 2]


def test_a_folder_that_stays_away_is_told_once_also_at_the_end(tmp_path):
    recorder = open_recorder(tmp_path / "logs")
    (tmp_path / "logs").rename(tmp_path / "away")
    recorder.capture(0, snapshot)
    with pytest.warns(RuntimeWarning, match="pauses capturing at step 0: FileNotFoundError") as warned:
        recorder.close()
    recorder.close()
    assert len(warned) == 1
    assert not (tmp_path / "logs").exists()


def test_points_that_are_not_finite_are_written_and_warned_of_once(tmp_path):
    broken = snapshot(1.0)
    broken["fc"].activations[[2, 7], 1] = np.nan, np.inf
    recorder = open_recorder(tmp_path)
    recorder.capture(0, lambda: broken)
    with pytest.warns(RuntimeWarning, match="2 of 40 points of 'fc' at step 0 have values that are not finite") as warned:
        recorder.flush()
    recorder.capture(1, lambda: broken)
    recorder.close()
    assert len(warned) == 1
    assert np.isnan(open_series(str(tmp_path)).read_snapshot(1).activations).sum() == 1


def test_a_network_of_nothing_but_nan_pauses_capturing(tmp_path):
    recorder = open_recorder(tmp_path)
    recorder.capture(0, snapshot)
    recorder.capture(1, lambda: snapshot(np.nan))
    with pytest.warns(RuntimeWarning, match="pauses capturing at step 1: ValueError: No point of 'fc' at step 1 is finite"):
        recorder.close()
    assert steps(tmp_path) == [0]


def test_on_error_raise_raises_what_happened_on_the_trainings_thread(tmp_path):
    recorder = open_recorder(tmp_path, on_error="raise")
    recorder.capture(0, lambda: {"fc": Capture(activations=np.ones((3, 3)))})
    with pytest.raises(ValueError, match="has 3 points but the probe set has 40"):
        recorder.flush()
    with pytest.raises(ZeroDivisionError):
        recorder.capture(1, lambda: 1 / 0)
    recorder.capture(2, snapshot)
    recorder.close()
    assert steps(tmp_path) == [2]


@pytest.mark.parametrize(("dtype", "expected"), [(None, np.float32), ("float32", np.float32), ("float16", np.float16)])
def test_snapshots_are_half_as_large_on_request(tmp_path, dtype, expected):
    recorder = open_recorder(tmp_path, dtype=dtype)
    recorder.capture(0, lambda: snapshot(1e6))
    recorder.close()
    activations = open_series(str(tmp_path)).read_snapshot(0).activations
    assert activations.dtype == expected
    # What is too large for 16 bits stays finite.
    assert activations[0, 0] == (65504 if dtype == "float16" else 1e6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dtype": "float64"}, "dtype is 'float64'; expected \"float32\""),
        ({"on_error": "ignore"}, 'on_error is \'ignore\'; expected "warn" or "raise"'),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_written(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        open_recorder(tmp_path / "logs", **arguments)
    assert not (tmp_path / "logs").exists()


def record(log_dir, recorded_steps, **arguments):
    recorder = open_recorder(log_dir, **arguments)
    for step in recorded_steps:
        recorder.capture(step, lambda step=step: snapshot(step))
    return recorder


def test_a_resumed_run_goes_on_and_drops_the_steps_that_it_makes_again(tmp_path):
    record(tmp_path, [0, 10, 20, 30]).abandon()
    record(tmp_path, [20, 25], first_step=20).close()
    assert steps(tmp_path) == [0, 10, 20, 25]
    record(tmp_path, [30], first_step=30).close()
    assert steps(tmp_path) == [0, 10, 20, 25, 30]


def test_a_run_that_did_not_end_may_start_over_and_one_that_did_is_not_overwritten(tmp_path):
    record(tmp_path, [0, 10]).abandon()
    with pytest.warns(RuntimeWarning, match="drops 2 snapshots of 'fc', steps 0 to 10: they are of a run that did not end"):
        recorder = record(tmp_path, [0, 5])
    recorder.close()
    with pytest.raises(ValueError, match="up to step 5 already, and this training starts at step 0"):
        open_recorder(tmp_path)
    assert steps(tmp_path) == [0, 5]
    assert is_finished(open_series(str(tmp_path)).path)


def test_two_recorders_of_one_series_are_refused_and_leave_no_lock_on_the_other_tags(tmp_path):
    first = open_recorder(tmp_path)
    with pytest.raises(SeriesLockedError, match=f"process {os.getpid()}"):
        Recorder(tmp_path, {"conv": PROBE_SET, "fc": PROBE_SET})
    first.close()
    SeriesWriter(tmp_path, "conv", PROBE_SET)


def test_what_was_captured_is_written_when_training_ends_in_an_exception(tmp_path):
    def train():
        recorder = open_recorder(tmp_path)
        recorder.capture(0, snapshot)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train()
    wait_for(lambda: steps(tmp_path) == [0])
    assert not is_finished(open_series(str(tmp_path)).path)


def wait_for(is_so, timeout=120):
    end = time.monotonic() + timeout
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_live_lays_out_at_low_priority_and_ends_with_the_run(tmp_path):
    recorder = open_recorder(tmp_path, live=True)
    process = recorder._live._process
    rng = np.random.default_rng(0)
    for step in range(2):
        recorder.capture(step, lambda: {"fc": Capture(activations=rng.normal(size=(N_POINTS, 3)))})
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == 19
    # So that this test ends also on a busy machine.
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, process.pid, 0)
    recorder.close()
    assert process.wait(900) == 0
    assert open_series(str(tmp_path)).layout_names() == ["tsne"]


def test_live_is_stopped_when_the_run_is_abandoned(tmp_path):
    recorder = open_recorder(tmp_path, live=True)
    process = recorder._live._process
    recorder.abandon()
    assert process.poll() is not None


def test_a_live_layout_that_fails_is_a_warning(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "no python here"))
    recorder = open_recorder(tmp_path / "logs", live=True)
    assert recorder._live._process.wait(120) != 0
    with pytest.warns(RuntimeWarning, match=r"The live layout has ended, exit status 1: (.|\n)*encodings") as warned:
        capture_all(recorder, [0, 1])
    recorder.close()
    assert len(warned) == 1
    assert steps(tmp_path / "logs") == [0, 1]
