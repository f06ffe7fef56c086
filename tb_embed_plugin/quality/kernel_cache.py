"""A place for compiled kernels where neither the package's folder nor the user's home can be written, as in many containers.

Importing this sees to it.
"""

import atexit
import shutil
import tempfile

import numba


def _ensure_place() -> None:
    """Has kernels compiled anew by every process, in a folder of its own, where numba finds no place to keep them.

    Not in a folder that is shared and kept: who can write there could have code run by whoever loads it.
    """
    try:
        numba.njit(cache=True)(_do_nothing)
    except RuntimeError:
        folder = tempfile.mkdtemp(prefix="tb-embed-kernels-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        numba.config.CACHE_DIR = folder


def _do_nothing() -> None:
    pass


_ensure_place()
