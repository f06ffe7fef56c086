"""Tasks on a real Dask scheduler with two worker processes."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tb_embed_plugin import LayoutConfig, ProbeSet, SeriesWriter, lay_out_sequence, open_series
from tb_embed_plugin.cli import main
from tb_embed_plugin.layout.engine import connect, n_workers, run_tasks
from tests.conftest import REPOSITORY

PATIENCE = 300
"""Seconds until a process that does not start or stop counts as broken."""

CONFIG = LayoutConfig(n_iterations=40)


def wait_until(condition, process=None):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process is None or process.poll() is None, "the process has ended"
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


class Cluster:
    """A scheduler and worker processes, as they are started from a shell."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes = []
        self.workers = []
        self._file = folder / "scheduler.json"
        scheduler = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        wait_until(self._address, scheduler)
        self.address = self._address()

    def _address(self):
        try:
            return json.loads(self._file.read_text())["address"]
        except (OSError, ValueError):
            return None

    def _start(self, module, *options):
        command = [sys.executable, "-m", f"distributed.cli.{module}", "--scheduler-file", str(self._file), *options]
        log = (self._folder / f"{module}.{len(self._processes)}.log").open("w")
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        process = subprocess.Popen(command, cwd=self._folder, env=environment, stdout=log, stderr=log)
        self._processes.append(process)
        return process

    def start_worker(self):
        # Without a nanny, so that one that is killed stays dead.
        options = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--death-timeout", str(PATIENCE)]
        options += ["--local-directory", str(self._folder)]
        self.workers.append(self._start("dask_worker", *options))

    def wait_for_workers(self, client, count):
        wait_until(lambda: len(client.scheduler_info(n_workers=-1)["workers"]) == count)

    def stop(self):
        for process in reversed(self._processes):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        for _ in range(2):
            cluster.start_worker()
        import distributed

        with distributed.Client(cluster.address, set_as_default=False) as client:
            cluster.wait_for_workers(client, 2)
        yield cluster
    finally:
        cluster.stop()


def make_snapshots():
    """Four steps in which 150 digits come out of noise."""
    pixels = load_digits().data[:150] / 16
    noise = np.random.default_rng(0).normal(size=pixels.shape) * 0.5
    return [((1 - weight) * noise + weight * pixels).astype(np.float32) for weight in np.linspace(0, 1, 4)]


class FatalSnapshots(Sequence):
    """Snapshots whose first reader elsewhere leaves its process id in a file, and then waits for its end."""

    def __init__(self, snapshots, home, victim):
        self._snapshots = snapshots
        self._home = home
        self._victim = victim

    def __len__(self):
        return len(self._snapshots)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return FatalSnapshots(self._snapshots[index], self._home, self._victim)
        if os.getpid() != self._home:
            self._meet_the_end()
        return self._snapshots[index]

    def _meet_the_end(self):
        try:
            with open(self._victim, "x") as file:
                file.write(f"{os.getpid()}\n")
        except FileExistsError:
            return
        time.sleep(PATIENCE)


def assert_same_layout(one, other):
    np.testing.assert_allclose(one.positions, other.positions, rtol=1e-4, atol=1e-4)
    for measure, values in other.quality.per_step.items():
        np.testing.assert_allclose(one.quality.per_step[measure], values, rtol=1e-4, atol=1e-5)


def test_tasks_run_here_when_nobody_says_where_else():
    assert n_workers() == 1
    assert list(run_tasks([os.getpid, os.getpid])) == [os.getpid()] * 2


def test_a_series_is_laid_out_on_a_cluster_as_it_is_here(cluster, tmp_path, monkeypatch, capsys):
    with SeriesWriter(tmp_path / "run1", "fc", ProbeSet(n_points=150)) as writer:
        for step, snapshot in enumerate(make_snapshots()):
            writer.write_snapshot(step, snapshot)
    # A path that means nothing elsewhere.
    monkeypatch.chdir(tmp_path)
    arguments = ["layout", ".", "--iterations", "40", "--quiet"]
    assert main([*arguments, "--name", "here"]) == 0
    assert main([*arguments, "--name", "there", "--scheduler", cluster.address]) == 0, capsys.readouterr().err
    series = open_series("run1")
    here, there = (series.open_layout(name) for name in ("here", "there"))
    for step in here.steps:
        np.testing.assert_allclose(here.read_frame(step).positions, there.read_frame(step).positions, rtol=1e-4, atol=1e-4)
    assert not (Path(series.path) / "cache").exists()


def test_a_worker_that_is_killed_midway_does_not_change_the_layout(cluster, tmp_path):
    snapshots = make_snapshots()
    expected = lay_out_sequence(snapshots, CONFIG)
    victim = tmp_path / "victim"
    killed = []

    def kill():
        wait_until(lambda: victim.exists() and victim.read_text().endswith("\n"))
        pid = int(victim.read_text())
        killed.extend(worker for worker in cluster.workers if worker.pid == pid)
        os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    with connect(cluster.address):
        assert n_workers() == 2
        found = lay_out_sequence(FatalSnapshots(snapshots, os.getpid(), str(victim)), CONFIG)
        killer.join()
    assert [worker.wait() for worker in killed] == [-signal.SIGKILL]
    assert_same_layout(found, expected)


def test_a_scheduler_that_is_not_there_is_one_clear_sentence(tmp_path, monkeypatch, capsys):
    import dask

    with dask.config.set({"distributed.comm.timeouts.connect": "500ms"}):
        assert main(["layout", str(tmp_path), "--scheduler", "tcp://127.0.0.1:9"]) == 1
    assert re.search("127.0.0.1:9", capsys.readouterr().err)
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["layout", str(tmp_path), "--scheduler", "tcp://127.0.0.1:9"]) == 1
    assert capsys.readouterr().err == "A scheduler needs Dask: pip install 'tb-embed-plugin[dask]'.\n"


@pytest.mark.parametrize("address", ["foo", "foo://localhost:8786", "tcp://localhost"])
def test_what_is_no_address_is_refused_at_once(address):
    with pytest.raises(ValueError, match="expected one such as tcp://"), connect(address):
        pass
