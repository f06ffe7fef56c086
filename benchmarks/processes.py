"""Runs a command as users run it, in a process of its own, and tells its time and its peak memory.

Peak memory is that of the largest process among the command and what it starts. A process begins with the peak of the one
that starts it (Linux counts across exec), so the command is started by a small one: this file, run as a script.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a command took.

    Attributes:
        seconds: Wall time.
        peak_bytes: Resident memory at its greatest.
        is_complete: False where it was stopped at its limit; both numbers are then at least that.
    """

    seconds: float
    peak_bytes: int
    is_complete: bool


def run_measured(command: Sequence[str], *, environment: Mapping[str, str] | None = None, limit: float | None = None) -> Usage:
    """Runs a command to its end, or for `limit` seconds.

    Raises:
        RuntimeError: It failed; with what it wrote.
    """
    launcher = [sys.executable, "-S", "-E", __file__, json.dumps(limit), *command]
    started = subprocess.run(launcher, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False)
    if started.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{started.stdout}{started.stderr}")
    return Usage(**json.loads(started.stdout.splitlines()[-1]))


def _launch(limit: float | None, command: Sequence[str]) -> int:
    start = time.perf_counter()
    process = subprocess.Popen(command)
    try:
        status = process.wait(limit)
        is_complete = True
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        status, is_complete = 0, False
    seconds = time.perf_counter() - start
    # Linux counts in kilobytes.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak_bytes": peak, "is_complete": is_complete}))
    return status


if __name__ == "__main__":
    sys.exit(_launch(json.loads(sys.argv[1]), sys.argv[2:]))
