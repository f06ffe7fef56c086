"""Locks of a series: it has one writer, and one follower, at a time.

The kernel holds it for the process and lets go when the process ends, however it ends: nothing has to be cleaned up after
`kill -9`.
"""

import contextlib
import errno
import os
import weakref

from tb_embed_plugin.store import filesystem
from tb_embed_plugin.store.errors import StoreError

LOCK_FILE = ".writer.lock"
FOLLOWER_LOCK_FILE = ".follower.lock"

_NOT_KNOWN_HERE = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
"""What file systems answer that have no locks."""

_held: set[int] = set()
"""Descriptors of this process' locks."""


class SeriesLockedError(StoreError):
    """Another writer, or follower, of the same series is alive."""


class WriterLock:
    """Holds a series' lock until `release`, or until it is gone.

    Where the platform or the file system has no such locks, nothing is locked.
    """

    _file = LOCK_FILE
    _is_held_by = "is being written by process {holder}"
    _own = "this process itself: close its earlier writer"
    _remedy = "Wait until it ends, stop it, or write to a new log_dir or tag."

    def __init__(self, series: str) -> None:
        """Takes the lock of the series in folder `series`.

        Raises:
            SeriesLockedError: A living writer has it; the message names its process.
        """
        descriptor = os.open(filesystem.join(series, self._file), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._lock(descriptor, series)
        except BaseException:
            os.close(descriptor)
            raise
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        _held.add(descriptor)
        self._process = os.getpid()
        self._let_go = weakref.finalize(self, _close, descriptor, self._process)

    @property
    def is_held(self) -> bool:
        """Whether this process holds it: a forked child does not."""
        return self._let_go.alive and self._process == os.getpid()

    def release(self) -> None:
        """Lets another one in. Safe to call twice."""
        self._let_go()

    def _lock(self, descriptor: int, series: str) -> None:
        try:
            import fcntl
        except ImportError:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace") or "unknown"
            own = f" ({self._own})" if holder == str(os.getpid()) else ""
            raise SeriesLockedError(f"{series} {self._is_held_by.format(holder=holder)}{own}. {self._remedy}") from error
        except OSError as error:
            if error.errno not in _NOT_KNOWN_HERE:
                raise


class FollowerLock(WriterLock):
    """The lock of who adds to a series' live layout."""

    _file = FOLLOWER_LOCK_FILE
    _is_held_by = "is being followed by process {holder}"
    _own = "this process itself"
    _remedy = "One is enough: this one waits until it ends."


def _close(descriptor: int, process: int) -> None:
    # After a fork the number may mean another file.
    if process == os.getpid():
        _held.discard(descriptor)
        os.close(descriptor)


def _close_in_child() -> None:
    """A child has its parent's locks too, and would keep them after the parent's death."""
    for descriptor in _held:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)
