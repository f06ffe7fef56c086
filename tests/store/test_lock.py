"""One series has one writer at a time."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.store import SeriesLockedError, is_finished
from tests.conftest import REPOSITORY

WRITE_AND_WAIT = """
import sys, numpy as np
from tb_embed_plugin import ProbeSet, SeriesWriter
writer = SeriesWriter(sys.argv[1], "fc", ProbeSet(n_points=2))
writer.write_snapshot(0, np.ones((2, 3)))
print("written", flush=True)
sys.stdin.read()
"""


def open_writer(run_dir):
    return SeriesWriter(run_dir, "fc", ProbeSet(n_points=2))


def test_a_second_writer_is_refused_while_the_first_lives_and_takes_over_after_kill_9(tmp_path):
    command = [sys.executable, "-c", WRITE_AND_WAIT, str(tmp_path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    try:
        assert process.stdout.readline() == "written\n"
        with pytest.raises(SeriesLockedError, match=f"is being written by process {process.pid}. Wait until it ends"):
            open_writer(tmp_path)
        process.send_signal(signal.SIGKILL)
        process.wait()
        open_writer(tmp_path).write_snapshot(1, np.ones((2, 3)))
    finally:
        process.kill()
        process.communicate()
    assert open_series(str(tmp_path)).steps() == [0, 1]


def test_a_second_writer_in_the_same_process_is_refused_until_the_first_lets_go(tmp_path):
    first = open_writer(tmp_path)
    with pytest.raises(SeriesLockedError, match="this process itself: close its earlier writer"):
        open_writer(tmp_path)
    first.release()
    assert not is_finished(open_series(str(tmp_path)).path)
    second = open_writer(tmp_path)
    with pytest.raises(SeriesLockedError, match="is being written"):
        first.write_snapshot(0, np.ones((2, 3)))
    second.close()
    first.write_snapshot(0, np.ones((2, 3)))
    with pytest.raises(SeriesLockedError):
        open_writer(tmp_path)
    del first
    open_writer(tmp_path)


def test_series_of_other_tags_are_written_side_by_side(tmp_path):
    writers = [SeriesWriter(tmp_path, tag, ProbeSet(n_points=2)) for tag in ("a", "b")]
    for writer in writers:
        writer.write_snapshot(0, np.ones((2, 3)))
    assert [writer.steps() for writer in writers] == [[0], [0]]


def test_a_refused_writer_does_not_keep_the_lock(tmp_path):
    open_writer(tmp_path).write_snapshot(0, np.ones((2, 3)))
    with pytest.raises(ValueError, match="another probe set"):
        SeriesWriter(tmp_path, "fc", ProbeSet(n_points=3))
    open_writer(tmp_path)


def test_a_forked_child_that_outlives_its_parent_does_not_keep_the_lock(tmp_path):
    script = """
import os, sys, numpy as np
from tb_embed_plugin import ProbeSet, SeriesWriter
writer = SeriesWriter(sys.argv[1], "fc", ProbeSet(n_points=2))
if os.fork():
    os.kill(os.getpid(), 9)
os.close(1)
sys.stdin.read()
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    # The end of both outputs: the parent is dead, and the child has gone on to wait for its input.
    assert process.stdout.read() == ""
    assert process.wait() == -signal.SIGKILL
    open_writer(tmp_path).write_snapshot(0, np.ones((2, 3)))
    process.stdin.close()
