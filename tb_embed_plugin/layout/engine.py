"""Where independent tasks run: in this process, or wherever joblib's active backend takes them, such as a Dask cluster.

A task is called without arguments and carries what it needs, so that it travels as one piece: what joblib hands to Dask
beside a task would be kept by one worker only, and be lost with it.
"""

import contextlib
import importlib
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from typing import Any, TypeVar

import joblib
import numba

Result = TypeVar("Result")

_ONE_AT_A_TIME = threading.Lock()
"""A task uses all the threads of its process, and numba's fallback for threads cannot be entered twice."""


def run_tasks(tasks: Iterable[Callable[[], Result]]) -> Iterator[Result]:
    """Runs tasks on joblib's active backend; yields their results in order.

    Without a backend they run here, one after the other, each when its result is asked for.
    """
    results: Iterator[Result] = joblib.Parallel(return_as="generator")(joblib.delayed(_Alone(task))() for task in tasks)
    return results


def n_workers() -> int:
    """How many tasks may run at the same time; 1 without a backend."""
    return int(joblib.effective_n_jobs(None))


@contextlib.contextmanager
def connect(scheduler: str | None) -> Iterator[None]:
    """Lets tasks run on a Dask cluster within the context.

    Args:
        scheduler: Address of its scheduler, such as "tcp://10.0.0.1:8786"; None: tasks run where they would anyway.

    Raises:
        ImportError: Dask is not installed.
        OSError: There is no scheduler, it has gone away, or a task has outlived none of several workers.
        ValueError: That is no address.
    """
    if scheduler is None:
        yield
        return
    distributed = _import_distributed()
    scheme = scheduler.rpartition("://")[0] or "tcp"
    if scheme not in distributed.comm.registry.backends or not re.search(r".:\d+$", scheduler):
        raise ValueError(f"The scheduler's address is {scheduler!r}; expected one such as tcp://10.0.0.1:8786.")
    with (
        distributed.Client(scheduler, set_as_default=False) as client,
        joblib.parallel_config(backend="dask", client=client),
    ):
        try:
            yield
        except (distributed.KilledWorker, CancelledError) as error:
            raise ConnectionError(
                f"Workers or scheduler at {scheduler} were lost ({error}). Start them and try again."
            ) from error


def _import_distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise ImportError("A scheduler needs Dask: pip install 'tb-embed-plugin[dask]'.") from error


class _Alone:
    """A task that has its process to itself while it runs."""

    # Without `__weakref__`, joblib does not take it for data to be kept by a single worker.
    __slots__ = ("_task",)

    def __init__(self, task: Callable[[], Any]) -> None:
        self._task = task

    def __call__(self) -> Any:
        with _ONE_AT_A_TIME:
            n_threads = numba.get_num_threads()
            numba.set_num_threads(min(n_threads, _allotted_threads() or n_threads))
            try:
                return self._task()
            finally:
                numba.set_num_threads(n_threads)


def _allotted_threads() -> int | None:
    """What a Dask worker may use: several share a machine. None outside of one."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    try:
        return int(distributed.get_worker().state.nthreads)
    except ValueError:
        return None
