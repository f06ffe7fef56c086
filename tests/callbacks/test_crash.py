import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY


def test_after_kill_9_at_200_moments_every_reported_snapshot_is_whole_and_the_next_run_goes_on(tmp_path):
    path = os.pathsep.join([str(REPOSITORY / "callbacks"), str(REPOSITORY)])
    # Threads would not survive the forks.
    environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).with_name("kill_captures.py")), str(tmp_path)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "200 kills\n"), result.stdout + result.stderr
