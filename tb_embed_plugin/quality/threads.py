"""Work in threads, each of which does its own matrix products; and how many threads there are.

A product that is spread over all cores by BLAS and looked at by numba's threads afterwards leaves either's threads waiting in
a loop that takes the cores from the other's. Here one set of threads does both.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

import numba

_WORTH_SHARING = 10_000

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def map_in_threads(work: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Calls `work` for each item, on as many threads as numba has; results are in the order of the items.

    Args:
        work: Spends its time outside of Python's lock: in products, and in kernels compiled with `nogil`.
        items: What to call it with.
    """
    with _blas().limit(limits=1, user_api="blas"), ThreadPoolExecutor(numba.get_num_threads()) as pool:
        return list(pool.map(work, items))


@contextmanager
def threads_for(n_items: int) -> Iterator[None]:
    """One thread within, where there is little to share, else as many as before.

    Threads of short loops wait for each other more than they work; on a busy machine, such as one that trains, fifty times
    as long. The results are the same bits.

    Args:
        n_items: Points times steps.
    """
    before = numba.get_num_threads()
    numba.set_num_threads(1 if n_items < _WORTH_SHARING else before)
    try:
        yield
    finally:
        numba.set_num_threads(before)


@lru_cache(maxsize=1)
def _blas() -> Any:
    # Looking for the libraries takes milliseconds.
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
