"""Repulsion of all points by all points: exactly, or on a grid with a correction for points that are near.

With u the squared distance of two points and K = 1 / (1 + u), repulsion is the slope of the potential Σ_j K(u_ij), and the
normalizer Z of Q is its sum. On a grid, the potential is a convolution, done by fast Fourier transform (Linderman et al.
2019, FIt-SNE). Their grid has to resolve K, which is as sharp as a point is wide, so it grows with the layout. Here, as in
the particle-particle-particle-mesh method (Hockney & Eastwood 1988), a coarse grid carries a smooth part S of K, and
K − S, which is zero beyond a cutoff, is summed over pairs. With v = (cutoff² − u) / (1 + cutoff²), K is a geometric series
in v; S is its first terms:

    S = K · (1 − v⁴)    within the cutoff, K beyond it

Points are put on the grid, and the potential is read, with cubic B-splines; their blur is divided out of the transformed
kernel (as in smooth particle-mesh Ewald, Essmann et al. 1995).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import fft

EXACT_BELOW = {2: 3_000, 3: 8_000}
"""n_dims → number of points from which on the grid is used.

Measured, ms of one core, exact / grid: 2-D .67 / .59 at 2,000 points, 1.5 / .8 at 3,000, 16 / 2.5 at 10,000, 145 / 7.7 at
30,000, and 27 on the grid at 100,000; 3-D 5.6 / 7.7 at 5,000, 22 / 15 at 10,000, 90 / 34 at 20,000.
"""

_CHUNK = 64
"""Points per parallel task: small enough to balance the load, large enough to hide its cost."""

_LANES = 32
"""Pairs are made up to a multiple of this: vector instructions, unrolled, leave no remainder."""

_FAR = np.float32(1e6)
"""Where the made-up ones are, in units of the spacing: beyond every cutoff, and its square is finite."""

_CELLS_PER_POINT = {2: 1.6, 3: 8.0}
"""n_dims → grid cells per point: balances the time for transforms against that for pairs, whatever the extent."""

_FINEST_SPACING = 0.15
"""Spacing at which the grid resolves K by itself: pairs are not needed below it, and nothing finer is."""

_FEWEST_CELLS = 24
"""Cells along an axis where the layout is so small that they resolve K many times over."""

_CUTOFF = {2: 5, 3: 3}
"""n_dims → distance up to which pairs are summed, in units of the spacing; sets the accuracy (see tests)."""

_MARGIN = 4
"""Nodes beyond the outermost points: a cubic spline reaches two."""

_KERNEL_MARGIN = 12
"""Nodes over which dividing out the splines spreads the kernel's crease, where it wraps around."""

_LADDER = 1.1
"""Extents are rounded up to powers of this: the kernel is made anew only when the layout has outgrown it."""

_BATCH_BYTES = 16 << 20
"""Size of the grids in work at the same time: cache, rather than memory."""


def compute_repulsion(positions: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Returns Σ_j (y_i − y_j) / (1 + ‖y_i − y_j‖²)² of each point, and Z = Σ_i Σ_j≠i 1 / (1 + ‖y_i − y_j‖²).

    Exact for few points, on a grid for many (`EXACT_BELOW`); the grid's error is about 0.1 % of the root mean square
    repulsion, and 0.01 % of Z. The same positions give the same bits on any number of threads.

    Args:
        positions: Finite, float32, shape (n_steps, n_dims, n_points), n_dims 2 or 3.

    Returns:
        Repulsion, as positions; Z, float64, shape (n_steps,).
    """
    _, n_dims, n_points = positions.shape
    return repulse_exactly(positions) if n_points < EXACT_BELOW[n_dims] else repulse_on_grid(positions)


def repulse_exactly(positions: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """`compute_repulsion` by summing over all pairs."""
    repulsion = np.empty_like(positions)
    potential = np.empty((len(positions), positions.shape[2]), dtype=np.float32)
    _sum_pairs(positions, _depth(positions), repulsion, potential)
    return repulsion, potential.sum(axis=1, dtype=np.float64) - positions.shape[2]


def repulse_on_grid(positions: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """`compute_repulsion` on a grid, each step on its own."""
    n_steps, n_dims, n_points = positions.shape
    repulsion, normalizers = np.empty_like(positions), np.empty(n_steps)
    corners = positions.min(axis=2)
    extents = (positions.max(axis=2) - corners).max(axis=1)
    plans = [GridPlan.of(float(extent), n_points, n_dims) for extent in extents]
    for plan in dict.fromkeys(plans):
        members = np.array([step for step in range(n_steps) if plans[step] == plan])
        n_at_once = max(1, _BATCH_BYTES // plan.n_bytes)
        for first in range(0, len(members), n_at_once):
            steps = members[first : first + n_at_once]
            _repulse_batch(positions, steps, corners[steps], plan, repulsion, normalizers)
    return repulsion, normalizers


@dataclass(frozen=True, slots=True)
class GridPlan:
    """A grid and what is summed beside it.

    Attributes:
        n_dims: 2 or 3.
        n_nodes: Along each axis.
        spacing: Between nodes, in units of the layout.
        cutoff: Up to where pairs are summed, in units of the layout; 0: not at all.
        n_cells: Along each axis, for finding pairs; a cell is as wide as the cutoff, or would be.
        floor: Constant that is taken off K, or a layout much smaller than 1 would be lost in rounding.
    """

    n_dims: int
    n_nodes: int
    spacing: float
    cutoff: float
    n_cells: int
    floor: float

    @classmethod
    def of(cls, extent: float, n_points: int, n_dims: int) -> "GridPlan":
        """The grid for n_points whose widest axis spans `extent`."""
        # Identical points span nothing; below 1e-9, float32 has no room for the kernel's squares.
        extent = _LADDER ** math.ceil(math.log(max(extent, 1e-9)) / math.log(_LADDER) + 1e-6)
        most = max(_FEWEST_CELLS, round((_CELLS_PER_POINT[n_dims] * n_points) ** (1 / n_dims)))
        n_intervals = min(max(math.ceil(extent / _FINEST_SPACING), _FEWEST_CELLS), most)
        spacing = extent / n_intervals
        return cls(
            n_dims=n_dims,
            n_nodes=n_intervals + 1 + 2 * _MARGIN,
            spacing=spacing,
            cutoff=_CUTOFF[n_dims] * spacing if spacing > 1.01 * _FINEST_SPACING else 0.0,
            n_cells=n_intervals // _CUTOFF[n_dims] + 1,
            floor=1 / (1 + n_dims * extent**2),
        )

    @property
    def n_padded(self) -> int:
        """Nodes along each axis with room for the kernel, so that the layout's ends do not meet."""
        length: int = fft.next_fast_len(2 * self.n_nodes + _KERNEL_MARGIN, real=True)
        return length

    @property
    def n_bytes(self) -> int:
        n_padded: int = self.n_padded ** (self.n_dims - 1)
        return 4 * self.n_nodes * n_padded


@lru_cache(maxsize=16)
def _transformed_kernel(plan: GridPlan) -> NDArray[np.float32]:
    """The real-input Fourier transform of S − floor; real too, as S is even."""
    n_padded = plan.n_padded
    offsets = np.minimum(np.arange(n_padded), n_padded - np.arange(n_padded)) * plan.spacing
    squared = np.square(offsets)
    u = squared if plan.n_dims == 1 else squared[:, None] + squared
    if plan.n_dims == 3:
        u = squared[:, None, None] + u
    v = np.maximum(plan.cutoff**2 - u, 0) / (1 + plan.cutoff**2)
    # 1 / (1 + u) − floor, written so that it keeps its digits where u is tiny.
    farthest = 1 / plan.floor - 1
    smooth = (farthest - u) / ((1 + u) * (1 + farthest)) - v**4 / (1 + u)
    blur = (2 + np.cos(2 * np.pi * np.arange(n_padded) / n_padded)) / 3
    transformed = fft.rfftn(smooth).real
    for axis in range(plan.n_dims):
        shape = [1] * plan.n_dims
        shape[axis] = -1
        transformed /= np.square(blur[: transformed.shape[axis]]).reshape(shape)
    kernel: NDArray[np.float32] = transformed.astype(np.float32)
    return kernel


def _convolve(charges: NDArray[np.float32], plan: GridPlan) -> NDArray[np.float32]:
    """Returns the potential on the grid of the charges on it, shape (n_steps, …) both.

    Axis by axis, leaving out the rows that padding has made zero and those that nobody reads.
    """
    n_nodes, n_padded, n_workers = plan.n_nodes, plan.n_padded, numba.get_num_threads()
    spectrum = fft.rfft(charges, n_padded, axis=-1, workers=n_workers)
    others = range(charges.ndim - 2, 0, -1)
    for axis in others:
        spectrum = fft.fft(spectrum, n_padded, axis=axis, workers=n_workers, overwrite_x=True)
    spectrum *= _transformed_kernel(plan)
    for axis in reversed(others):
        spectrum = fft.ifft(spectrum, axis=axis, workers=n_workers, overwrite_x=True)
        spectrum = spectrum[(slice(None),) * axis + (slice(n_nodes),)]
    potential: NDArray[np.float32] = fft.irfft(spectrum, n_padded, axis=-1, workers=n_workers)
    return potential


def _repulse_batch(
    positions: NDArray[np.float32],
    steps: NDArray[np.int64],
    corners: NDArray[np.float32],
    plan: GridPlan,
    repulsion: NDArray[np.float32],
    normalizers: NDArray[np.float64],
) -> None:
    _, n_dims, n_points = positions.shape
    n_layers = plan.n_nodes if n_dims == 3 else 1
    # A border of empty cells all around spares asking whether a cell has neighbors.
    width = plan.n_cells + 2
    starts = np.zeros((len(steps), width ** (n_dims - 2) * width * width + 1), dtype=np.int32)
    order = np.empty((len(steps), n_points), dtype=np.int32)
    cells = np.empty((len(steps), n_points), dtype=np.int32)
    # In units of the spacing, from the first node on, and sorted by cell.
    scaled = np.empty((len(steps), n_dims, n_points), dtype=np.float32)
    charges = np.zeros((len(steps), n_layers, plan.n_nodes, plan.n_nodes), dtype=np.float32)
    inverse_spacing = np.float32(1 / plan.spacing)
    _spread(
        positions,
        steps,
        corners,
        inverse_spacing,
        _CUTOFF[n_dims],
        width,
        starts,
        order,
        cells,
        scaled,
        _depth(scaled),
        charges,
    )
    grid = charges if n_dims == 3 else charges[:, 0]
    potential = np.ascontiguousarray(_convolve(grid, plan)).reshape(len(steps), n_layers, plan.n_nodes, -1)
    sums = np.empty((len(steps), n_points), dtype=np.float32)
    _gather(
        potential,
        steps,
        np.float32(plan.spacing),
        np.float32(plan.cutoff**2),
        width,
        starts,
        order,
        cells,
        scaled,
        _depth(scaled),
        repulsion,
        sums,
    )
    # K is 1 for the point itself, which does not count.
    normalizers[steps] = sums.sum(axis=1, dtype=np.float64) + n_points * (n_points * plan.floor - 1)


def _depth(positions: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """The third axis, or None: kernels then leave out what asks for it when they are compiled."""
    return positions[:, 2] if positions.shape[1] == 3 else None


# `fastmath` lets the compiler reorder sums and use vector instructions. It forbids asking for inf and nan in here:
# positions are finite, see `optimizer`. So does `error_model`: a division that could raise is done one by one.
@numba.njit(cache=True, parallel=True, fastmath=True)
def _sum_pairs(
    positions: NDArray[np.float32],
    depth: NDArray[np.float32] | None,
    repulsion: NDArray[np.float32],
    potential: NDArray[np.float32],
) -> None:
    n_steps, _, n_points = positions.shape
    n_chunks = (n_points + _CHUNK - 1) // _CHUNK
    for task in numba.prange(n_steps * n_chunks):
        step, chunk = task // n_chunks, task % n_chunks
        xs, ys = positions[step, 0], positions[step, 1]
        if depth is not None:
            zs = depth[step]
        for i in range(chunk * _CHUNK, min((chunk + 1) * _CHUNK, n_points)):
            total = np.float32(0)
            force_x, force_y, force_z = np.float32(0), np.float32(0), np.float32(0)
            for j in range(n_points):
                dx, dy = xs[i] - xs[j], ys[i] - ys[j]
                squared = np.float32(1) + dx * dx + dy * dy
                if depth is not None:
                    dz = zs[i] - zs[j]
                    squared += dz * dz
                q = np.float32(1) / squared
                total += q
                q *= q
                force_x += q * dx
                force_y += q * dy
                if depth is not None:
                    force_z += q * dz
            repulsion[step, 0, i], repulsion[step, 1, i] = force_x, force_y
            if depth is not None:
                repulsion[step, 2, i] = force_z
            potential[step, i] = total


@numba.njit(cache=True)
def _spline(t: np.float32) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Weights of the four nodes around a point that is t ∈ [0, 1) past the second."""
    one, sixth = np.float32(1), np.float32(1 / 6)
    s = one - t
    first, last = s * s * s * sixth, t * t * t * sixth
    second = np.float32(2 / 3) - t * t * (one - np.float32(0.5) * t)
    return first, second, one - first - second - last, last


@numba.njit(cache=True)
def _spline_slope(t: np.float32) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    half = np.float32(0.5)
    s = np.float32(1) - t
    first, last = -half * s * s, half * t * t
    second = t * (np.float32(1.5) * t - np.float32(2))
    return first, second, -first - second - last, last


# Steps are dealt to threads whole: two threads never add to one node, and sums have one order.
@numba.njit(cache=True, parallel=True)
def _spread(
    positions: NDArray[np.float32],
    steps: NDArray[np.int64],
    corners: NDArray[np.float32],
    inverse_spacing: np.float32,
    cell_size: int,
    width: int,
    starts: NDArray[np.int32],
    order: NDArray[np.int32],
    cells: NDArray[np.int32],
    scaled: NDArray[np.float32],
    depth: NDArray[np.float32] | None,
    charges: NDArray[np.float32],
) -> None:
    """Sorts each step's points by cell and puts a charge of 1 on the grid for each."""
    for s in numba.prange(steps.shape[0]):
        _sort_by_cell(positions[steps[s]], corners[s], inverse_spacing, cell_size, width, starts[s], order[s], cells[s])
        for axis in range(positions.shape[1]):
            for rank in range(positions.shape[2]):
                offset = positions[steps[s], axis, order[s, rank]] - corners[s, axis]
                scaled[s, axis, rank] = offset * inverse_spacing + np.float32(_MARGIN)
        _put_charges(scaled[s, 0], scaled[s, 1], None if depth is None else depth[s], charges[s])


@numba.njit(cache=True)
def _sort_by_cell(
    positions: NDArray[np.float32],
    corner: NDArray[np.float32],
    inverse_spacing: np.float32,
    cell_size: int,
    width: int,
    starts: NDArray[np.int32],
    order: NDArray[np.int32],
    cells: NDArray[np.int32],
) -> None:
    """Counting sort. `starts`, 0 when given, tells where in `order` each cell begins, and at the next, where it ends."""
    n_dims, n_points = positions.shape
    unsorted = np.empty(n_points, dtype=np.int32)
    for i in range(n_points):
        cell = 0
        for axis in range(n_dims - 1, -1, -1):
            cell = cell * width + int((positions[axis, i] - corner[axis]) * inverse_spacing) // cell_size + 1
        unsorted[i] = cell
        starts[cell + 1] += 1
    for cell in range(starts.shape[0] - 1):
        starts[cell + 1] += starts[cell]
    for i in range(n_points):
        cell = unsorted[i]
        rank = starts[cell]
        starts[cell] = rank + 1
        order[rank], cells[rank] = i, cell
    # Filling has moved each cell's start to its end, which is the next one's start.
    for cell in range(starts.shape[0] - 1, 0, -1):
        starts[cell] = starts[cell - 1]
    starts[0] = 0


@numba.njit(cache=True)
def _put_charges(
    xs: NDArray[np.float32], ys: NDArray[np.float32], zs: NDArray[np.float32] | None, charges: NDArray[np.float32]
) -> None:
    for i in range(xs.shape[0]):
        column, row, layer = int(xs[i]), int(ys[i]), 1
        weights_x, weights_y = _spline(xs[i] - np.float32(column)), _spline(ys[i] - np.float32(row))
        if zs is not None:
            layer = int(zs[i])
            weights_z = _spline(zs[i] - np.float32(layer))
        for c in range(4 if zs is not None else 1):
            for b in range(4):
                weight = weights_y[b]
                if zs is not None:
                    weight *= weights_z[c]
                for a in range(4):
                    charges[layer - 1 + c, row - 1 + b, column - 1 + a] += weight * weights_x[a]


@numba.njit(cache=True, parallel=True, fastmath=True)
def _gather(
    potential: NDArray[np.float32],
    steps: NDArray[np.int64],
    spacing: np.float32,
    squared_cutoff: np.float32,
    width: int,
    starts: NDArray[np.int32],
    order: NDArray[np.int32],
    cells: NDArray[np.int32],
    scaled: NDArray[np.float32],
    depth: NDArray[np.float32] | None,
    repulsion: NDArray[np.float32],
    sums: NDArray[np.float32],
) -> None:
    """Reads potential and slope off the grid, and adds K − S of the points within the cutoff."""
    n_points = scaled.shape[2]
    n_chunks = (n_points + _CHUNK - 1) // _CHUNK
    to_force = np.float32(-0.5) / spacing
    for task in numba.prange(steps.shape[0] * n_chunks):
        s, chunk = task // n_chunks, task % n_chunks
        xs, ys, zs = scaled[s, 0], scaled[s, 1], None if depth is None else depth[s]
        cell, near = -1, np.empty((scaled.shape[1], 0), dtype=np.float32)
        for i in range(chunk * _CHUNK, min((chunk + 1) * _CHUNK, n_points)):
            total, slope_x, slope_y, slope_z = _read_grid(potential[s], xs, ys, zs, i)
            force_x, force_y, force_z = slope_x * to_force, slope_y * to_force, slope_z * to_force
            if squared_cutoff > 0:
                # Points are in the order of their cells: what is near one is near most of the next.
                if cells[s, i] != cell:
                    cell = cells[s, i]
                    near = _collect_near(xs, ys, zs, starts[s], cell, width)
                near_total, near_x, near_y, near_z = _sum_near(xs, ys, zs, i, near, spacing, squared_cutoff)
                total += near_total
                force_x += near_x
                force_y += near_y
                force_z += near_z
            step, point = steps[s], order[s, i]
            repulsion[step, 0, point], repulsion[step, 1, point] = force_x, force_y
            if depth is not None:
                repulsion[step, 2, point] = force_z
            sums[s, point] = total


@numba.njit(cache=True, fastmath=True, error_model="numpy")
def _read_grid(
    potential: NDArray[np.float32], xs: NDArray[np.float32], ys: NDArray[np.float32], zs: NDArray[np.float32] | None, i: int
) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Returns the potential at point i, and its slope along x, y and z, per node."""
    zero = np.float32(0)
    column, row, layer = int(xs[i]), int(ys[i]), 1
    weights_x, slopes_x = _spline(xs[i] - np.float32(column)), _spline_slope(xs[i] - np.float32(column))
    weights_y, slopes_y = _spline(ys[i] - np.float32(row)), _spline_slope(ys[i] - np.float32(row))
    if zs is not None:
        layer = int(zs[i])
        weights_z, slopes_z = _spline(zs[i] - np.float32(layer)), _spline_slope(zs[i] - np.float32(layer))
    total, total_x, total_y, total_z = zero, zero, zero, zero
    for c in range(4 if zs is not None else 1):
        sheet, sheet_x, sheet_y = zero, zero, zero
        for b in range(4):
            line, line_x = zero, zero
            for a in range(4):
                value = potential[layer - 1 + c, row - 1 + b, column - 1 + a]
                line += value * weights_x[a]
                line_x += value * slopes_x[a]
            sheet += line * weights_y[b]
            sheet_x += line_x * weights_y[b]
            sheet_y += line * slopes_y[b]
        if zs is not None:
            total_z += sheet * slopes_z[c]
            sheet, sheet_x, sheet_y = sheet * weights_z[c], sheet_x * weights_z[c], sheet_y * weights_z[c]
        total += sheet
        total_x += sheet_x
        total_y += sheet_y
    return total, total_x, total_y, total_z


@numba.njit(cache=True)
def _collect_near(
    xs: NDArray[np.float32],
    ys: NDArray[np.float32],
    zs: NDArray[np.float32] | None,
    starts: NDArray[np.int32],
    cell: int,
    width: int,
) -> NDArray[np.float32]:
    """Returns the points of the cells around one, shape (n_dims, a multiple of `_LANES`); the last are made up, far off."""
    n_layers = 1 if zs is None else 3
    n_near = 0
    for c in range(n_layers):
        for b in range(3):
            middle = cell + ((c - n_layers // 2) * width + b - 1) * width
            n_near += starts[middle + 2] - starts[middle - 1]
    near = np.full((2 if zs is None else 3, (n_near + _LANES - 1) // _LANES * _LANES), _FAR, dtype=np.float32)
    filled = 0
    for c in range(n_layers):
        for b in range(3):
            middle = cell + ((c - n_layers // 2) * width + b - 1) * width
            for j in range(starts[middle - 1], starts[middle + 2]):
                near[0, filled], near[1, filled] = xs[j], ys[j]
                if zs is not None:
                    near[2, filled] = zs[j]
                filled += 1
    return near


@numba.njit(cache=True, fastmath=True, error_model="numpy")
def _sum_near(
    xs: NDArray[np.float32],
    ys: NDArray[np.float32],
    zs: NDArray[np.float32] | None,
    i: int,
    near: NDArray[np.float32],
    spacing: np.float32,
    squared_cutoff: np.float32,
) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Returns the sum of K − S = K · v⁴ over the points near i, and the force that goes with it."""
    one, four, zero = np.float32(1), np.float32(4), np.float32(0)
    per_squared, squared_spacing = one / (one + squared_cutoff), spacing * spacing
    total, force_x, force_y, force_z = zero, zero, zero, zero
    near_xs, near_ys, x, y = near[0], near[1], xs[i], ys[i]
    if zs is not None:
        near_zs, z = near[2], zs[i]
    for j in range(near.shape[1]):
        dx, dy = x - near_xs[j], y - near_ys[j]
        squared = dx * dx + dy * dy
        if zs is not None:
            dz = z - near_zs[j]
            squared += dz * dz
        squared *= squared_spacing
        q = one / (one + squared)
        v = max(squared_cutoff - squared, zero) * per_squared
        qv = q * v * v * v
        total += qv * v
        pull = qv * (q * v + four * per_squared)
        force_x += pull * dx
        force_y += pull * dy
        if zs is not None:
            force_z += pull * dz
    return total, force_x * spacing, force_y * spacing, force_z * spacing
