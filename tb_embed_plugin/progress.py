"""Progress bars for long work on the command line."""

import contextlib
import sys
import warnings
from collections.abc import Iterator

from tqdm import tqdm


class ProgressBars:
    """One bar per stage, each shown from its first to its last report."""

    def __init__(self, *, is_quiet: bool = False) -> None:
        self._is_quiet = is_quiet
        self._bar: tqdm[None] | None = None
        self._stage = ""

    def __enter__(self) -> "ProgressBars":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def update(self, stage: str, done: int, total: int) -> None:
        """Shows that `done` of `total` parts of a stage are done."""
        if self._is_quiet:
            return
        if stage != self._stage or self._bar is None:
            self._close()
            self._stage = stage
            self._bar = tqdm(total=total, desc=f"  {stage:<14}", file=sys.stderr, leave=True, mininterval=0.2)
        self._bar.update(done - self._bar.n)

    def write(self, line: str) -> None:
        """Prints a line without breaking a bar."""
        tqdm.write(line, file=sys.stderr)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextlib.contextmanager
def show_progress(*, is_quiet: bool = False) -> Iterator[ProgressBars]:
    """Shows bars, and prints warnings between them, each as one line."""
    with ProgressBars(is_quiet=is_quiet) as bars, warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: bars.write(f"  {message}")
        yield bars
