"""Compiling ahead: the first layout on a machine waits for numba, and should be able to say so."""

from pathlib import Path
from typing import Any

import numpy as np

from tb_embed_plugin.layout import affinity, consensus, coupling, gradient, optimizer, repulsion
from tb_embed_plugin.quality import approximation, bounded, neighbors, preservation, selection

_FEW = 12
"""Points to compile with."""


def is_compiled(n_points: int, n_dims: int) -> bool:
    """Whether the kernels for such a layout have been compiled on this machine before.

    It may have been for other n_dims, or by an older version: good enough for a line of progress.
    """
    return all(_has_cache(kernel) for kernel in _needed_kernels(n_points, n_dims))


def compile_kernels(n_points: int, n_dims: int) -> int:
    """Compiles, or loads from numba's cache, what a layout of so many points needs: about 40 s of one core, or half a second.

    Returns:
        How many kernels had to be compiled.
    """
    kernels = _needed_kernels(n_points, n_dims)
    before = _count_compiled(kernels)
    rng = np.random.default_rng(0)
    activations = rng.standard_normal((_FEW, 3))
    first = affinity.compute_affinities(activations, 2.0)
    joint = first.joint
    # So few points would be looked through without a guess.
    bounded.bounded_neighbors(activations.astype(np.float32), first.neighbors)
    positions = rng.standard_normal((2, n_dims, _FEW)).astype(np.float32)
    stack = gradient.AffinityStack.of([joint, joint])
    consensus.average_affinities(stack)
    # On so few points it takes the exact way, which costs less than a second to compile.
    optimizer.Descent(positions, stack).run(2, watch=lambda *_: None)
    if n_points >= repulsion.EXACT_BELOW[n_dims]:
        repulsion.repulse_on_grid(positions)
    if n_points > neighbors.EXACT_UP_TO:
        neighbors.nearest_neighbors(activations, 2, exact_up_to=0)
    coupling.pull_together(positions, np.ones((1, _FEW), dtype=np.float32))
    preservation.trustworthiness(activations, activations[:, :2], 2)
    return _count_compiled(kernels) - before


def _needed_kernels(n_points: int, n_dims: int) -> list[Any]:
    """Those that take long; they bring what they call with them."""
    kernels = [
        affinity._calibrate,
        bounded._collect,
        consensus._sum_rows,
        coupling._solve,
        gradient._add_attraction,
        optimizer._move,
        preservation._count_excess,
        selection.select_nearest,
    ]
    kernels += [repulsion._spread, repulsion._gather] if n_points >= repulsion.EXACT_BELOW[n_dims] else [repulsion._sum_pairs]
    return kernels + ([approximation._refine] if n_points > neighbors.EXACT_UP_TO else [])


def _has_cache(kernel: Any) -> bool:
    name = f"{Path(kernel.py_func.__code__.co_filename).stem}.{kernel.py_func.__qualname__}-"
    return any(path.name.startswith(name) for path in Path(kernel.stats.cache_path).glob("*.nbi"))


def _count_compiled(kernels: list[Any]) -> int:
    return sum(sum(kernel.stats.cache_misses.values()) for kernel in kernels)
