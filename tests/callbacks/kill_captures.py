"""Captures in child processes and kills them at random moments; checks what each leaves. Run as a script, by test_crash.

It forks, which is cheap, from a process that has imported little and started no thread.
"""

import os
import signal
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from tb_embed_callbacks._recorder import Capture, Recorder

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.store.series import list_tags

N_KILLS = 200
KILLS_PER_RUN = 10
SHAPE = (50, 40)
PROBE_SET = ProbeSet(n_points=SHAPE[0], labels=np.arange(SHAPE[0]) % 3, images=np.zeros((SHAPE[0], 4, 4), dtype=np.uint8))
TAGS = ("fc", "conv")


def snapshots(step):
    whole = Capture(activations=np.full(SHAPE, step, dtype=np.float32), per_point={"loss": np.full(SHAPE[0], step / 2)})
    return dict.fromkeys(TAGS, whole)


def capture(log_dir, first_step, n_steps, report):
    recorder = Recorder(log_dir, dict.fromkeys(TAGS, PROBE_SET), first_step=first_step)
    for step in range(first_step, first_step + n_steps):
        recorder.capture(step, lambda step=step: snapshots(step))
        recorder.flush()
        report(step)
    recorder.close()


def written_steps(log_dir):
    tags = list_tags(log_dir)
    return {tag: open_series(log_dir, tag).steps() if tag in tags else [] for tag in TAGS}


def kill_one(log_dir, rng):
    """Starts a capture where the last one was, or a bit before; kills it; returns its first step and the steps it reported."""
    last = min(len(steps) for steps in written_steps(log_dir).values())
    first_step = max(0, last - int(rng.integers(3)))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            warnings.simplefilter("ignore")
            os.write(writing, b"started\n")
            capture(log_dir, first_step, 100_000, lambda step: os.write(writing, b"%d\n" % step))
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as lines:
        assert lines.readline() == "started\n"
        # By the clock, or soon after some snapshots: on a slow machine the clock alone would see but beginnings.
        reported = [int(lines.readline()) for _ in range(int(rng.integers(4)) if rng.random() < 0.5 else 0)]
        time.sleep(rng.uniform(0, 0.03))
        os.kill(child, signal.SIGKILL)
        reported += [int(line) for line in lines]
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"the capture that began at step {first_step} failed by itself"
    return first_step, reported


def check(log_dir, first_step, reported):
    """All that was reported is there, in order, and whatever is there is whole."""
    for tag, steps in written_steps(log_dir).items():
        assert steps == list(range(len(steps))), steps
        assert set(reported) <= set(steps), (reported, steps)
        for step in steps[first_step:]:
            snapshot = open_series(log_dir, tag).read_snapshot(step)
            assert snapshot.activations.shape == SHAPE
            assert (snapshot.activations == step).all()
            assert (snapshot.per_point["loss"] == step / 2).all()


def main(folder):
    rng = np.random.default_rng(0)
    # Imports what writing a series needs, once for all children.
    SeriesWriter(Path(folder) / "warm-up", "fc", PROBE_SET)
    n_reported = 0
    for run in range(N_KILLS // KILLS_PER_RUN):
        log_dir = str(Path(folder) / f"run{run}")
        for _ in range(KILLS_PER_RUN):
            first_step, reported = kill_one(log_dir, rng)
            check(log_dir, first_step, reported)
            n_reported += len(reported)
        n_steps = min(len(steps) for steps in written_steps(log_dir).values())
        warnings.simplefilter("ignore")
        capture(log_dir, n_steps, 2, lambda step: None)
        check(log_dir, 0, range(n_steps + 2))
        assert not list(Path(log_dir).rglob(".*.partial"))
    print(N_KILLS, "kills")
    assert n_reported > N_KILLS / 8


if __name__ == "__main__":
    main(sys.argv[1])
