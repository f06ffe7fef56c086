"""The one seam between the store and the file system.

Local paths go through `os`. Paths with a scheme (`s3://`, `gs://`, …) are read through the file systems that TensorBoard
knows, so that a log directory that TensorBoard can open works here too. Writing needs `rename`, which they lack: it is
local only.
"""

import contextlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

_PARTIAL = ".partial"


def is_remote(path: str) -> bool:
    """Returns whether `path` has a scheme, such as `gs://`."""
    return "://" in path


def _gfile() -> Any:
    # Imported here: it may import TensorFlow, and local paths never need it.
    from tensorboard.compat import tf

    return tf.io.gfile


def join(directory: str, *names: str) -> str:
    """Joins path components; remote paths take forward slashes on every platform."""
    if is_remote(directory):
        return "/".join([directory.rstrip("/"), *names])
    return os.path.join(directory, *names)


def is_directory(path: str) -> bool:
    return bool(_gfile().isdir(path)) if is_remote(path) else os.path.isdir(path)


def is_file(path: str) -> bool:
    if is_remote(path):
        return bool(_gfile().exists(path)) and not is_directory(path)
    return os.path.isfile(path)


def list_directory(path: str) -> list[str]:
    """Returns the sorted names in a directory; a directory that does not exist is empty."""
    if is_remote(path):
        names = _gfile().listdir(path) if is_directory(path) else []
    else:
        try:
            names = os.listdir(path)
        except (FileNotFoundError, NotADirectoryError):
            names = []
    return sorted(name.rstrip("/") for name in names)


def read_bytes(path: str) -> bytes:
    if is_remote(path):
        with _gfile().GFile(path, "rb") as file:
            return bytes(file.read())
    return Path(path).read_bytes()


@contextlib.contextmanager
def local_copy(path: str) -> Iterator[str]:
    """Yields a local path with the file's content: the file itself, or a temporary copy of a remote one."""
    if not is_remote(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as directory:
        copy = os.path.join(directory, "copy")
        Path(copy).write_bytes(read_bytes(path))
        yield copy


def walk_directories(top: str, *, skip: str) -> Iterator[tuple[str, list[str]]]:
    """Yields each directory below `top` with the names of its subdirectories, without entering those named `skip`.

    Links to directories are followed, as TensorBoard does with linked runs, but no directory is visited twice.
    """
    if is_remote(top):
        for directory, subdirectories, _ in _gfile().walk(top):
            if skip not in directory[len(top) :].split("/"):
                yield directory.rstrip("/"), [name.rstrip("/") for name in subdirectories]
        return
    seen = set()
    for directory, subdirectories, _ in os.walk(top, followlinks=True):
        real = os.path.realpath(directory)
        if real in seen:
            subdirectories.clear()
            continue
        seen.add(real)
        yield directory, list(subdirectories)
        subdirectories[:] = [name for name in subdirectories if name != skip]


def require_local(path: str) -> None:
    """Raises `ValueError` where `path` cannot be written to."""
    if is_remote(path):
        raise ValueError(f"Cannot write to {path!r}: write to a local folder, then copy it there. Remote paths are read only.")


def write_atomically(path: str, *parts: bytes | memoryview) -> None:
    """Writes a file, its parts in a row, so that it is either absent (or as before) or whole, even after a power cut."""
    with open_atomically(path) as file:
        for part in parts:
            file.write(part)


@contextlib.contextmanager
def open_atomically(path: str) -> Iterator[BinaryIO]:
    """Yields a file to write to; does what `write_atomically` does."""
    directory, name = os.path.split(path)
    partial = os.path.join(directory, f".{name}.{uuid.uuid4().hex}{_PARTIAL}")
    try:
        with open(partial, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise
    sync_directory(directory)


def remove_partials(directory: str, of: str = "") -> None:
    """Removes what a killed `write_atomically` left in a directory, of the file named `of` or of all.

    Only for who knows that nobody else is writing there.
    """
    for name in list_directory(directory):
        if name.startswith(f".{of}") and name.endswith(_PARTIAL):
            with contextlib.suppress(FileNotFoundError, IsADirectoryError, PermissionError):
                os.unlink(os.path.join(directory, name))


def sync_directory(directory: str) -> None:
    """Makes renames in `directory` durable, where the platform can (Windows cannot open directories)."""
    with contextlib.suppress(PermissionError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def resolves_inside(path: str, directory: str) -> bool:
    """Returns whether `path`, with links followed, is inside `directory`. Remote stores have no links."""
    if is_remote(path):
        return True
    real, root = os.path.realpath(path), os.path.realpath(directory)
    return os.path.commonpath([real, root]) == root
