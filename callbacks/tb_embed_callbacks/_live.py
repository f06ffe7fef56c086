"""The process that lays a training out while it runs: `tb-embed layout LOGDIR --watch`."""

import contextlib
import os
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path
from typing import IO

import tb_embed_plugin

_LOWEST_PRIORITY = 19


class LiveLayout:
    """Follows a run's folder from a process of its own, at the lowest priority.

    It ends with the run: by itself, after the joint layout, where `let_finish` was called, and at once where the training
    failed or was interrupted. After a `kill -9` of the training it waits as long as `--watch` does, and then lays out.
    """

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        self._log_dir = os.fspath(log_dir)
        self._start()

    def find_failure(self) -> str | None:
        """Returns why it ended before its time, or None; starts it again where it had only lost patience."""
        status = self._process.poll()
        if status is None:
            return None
        if status == 0:
            self.stop()
            self._start()
            return None
        self._errors.seek(0)
        last = self._errors.read().decode(errors="replace").strip()[-1000:] or "it said nothing"
        return f"exit status {status}: {last}"

    def let_finish(self) -> None:
        """The run has ended well: what is to be laid out still will be, also when this process has gone."""
        self._stop.detach()

    def stop(self) -> None:
        """Ends it at once. Safe to call twice."""
        self._stop()

    def _start(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        command = [sys.executable, "-m", "tb_embed_plugin.cli", "layout", self._log_dir, "--watch", "--quiet"]
        # Also where the package is used from a checkout, without being installed.
        root = str(Path(tb_embed_plugin.__file__).parents[1])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        # No session of its own: Linux shares processor time out among sessions first, whatever a process' priority.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env={**os.environ, "PYTHONPATH": path},
        )
        if hasattr(os, "setpriority"):
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, _LOWEST_PRIORITY)
        self._stop = weakref.finalize(self, _end, self._process, self._errors, os.getpid())


def _end(process: "subprocess.Popen[bytes]", errors: IO[bytes], owner: int) -> None:
    # A forked child ends, too, and must not take its parent's process with it.
    if owner == os.getpid():
        process.terminate()
        process.wait()
        errors.close()
