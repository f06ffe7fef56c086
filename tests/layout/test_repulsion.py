import numba
import numpy as np
import pytest

from tb_embed_plugin.layout.gradient import _log
from tb_embed_plugin.layout.repulsion import EXACT_BELOW, GridPlan, compute_repulsion, repulse_exactly, repulse_on_grid

rng = np.random.default_rng(0)


def clusters(n_dims, n_points, spread):
    centers = rng.uniform(-spread, spread, size=(12, n_dims))
    return (centers[rng.integers(12, size=n_points)] + rng.normal(size=(n_points, n_dims)) * spread / 20).T


LAYOUTS = {
    "normal": lambda n_dims, n: rng.normal(size=(n_dims, n)) * 10,
    "uniform": lambda n_dims, n: rng.uniform(-25, 25, size=(n_dims, n)),
    "clustered": lambda n_dims, n: clusters(n_dims, n, 50),
    "elongated": lambda n_dims, n: rng.normal(size=(n_dims, n)) * np.array([[50], [0.1], [1]])[:n_dims],
    "as a layout starts": lambda n_dims, n: rng.normal(size=(n_dims, n)) * 1e-4,
    "shrunk": lambda n_dims, n: rng.normal(size=(n_dims, n)) * 1e-2,
    "far from the origin": lambda n_dims, n: rng.normal(size=(n_dims, n)) * 10 + 100,
    "one point far out": lambda n_dims, n: np.concatenate(
        [rng.normal(size=(n_dims, n - 1)) * 3, np.full((n_dims, 1), 1e3)], axis=1
    ),
}


def stacked(n_dims, n_points, *names):
    return np.array([LAYOUTS[name](n_dims, n_points) for name in names], dtype=np.float32)


def relative_error(found, exact):
    return np.sqrt(np.square(found - exact).mean() / np.square(exact).mean())


@pytest.mark.parametrize("n_dims", [2, 3])
@pytest.mark.parametrize("name", LAYOUTS)
def test_grid_agrees_with_all_pairs(name, n_dims):
    positions = stacked(n_dims, 3000, name)
    repulsion, normalizers = repulse_on_grid(positions)
    exact, exact_normalizers = repulse_exactly(positions)
    assert relative_error(repulsion, exact) < {2: 2e-3, 3: 5e-3}[n_dims]
    np.testing.assert_allclose(normalizers, exact_normalizers, rtol=1e-3)


def test_exact_repulsion_is_its_formula():
    positions = rng.normal(size=(1, 2, 50)).astype(np.float32)
    difference = positions[0, :, :, None] - positions[0, :, None, :]
    q = 1 / (1 + np.square(difference).sum(axis=0))
    repulsion, normalizers = repulse_exactly(positions)
    np.testing.assert_allclose(repulsion[0], (q**2 * difference).sum(axis=2), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(normalizers, q.sum() - 50, rtol=1e-5)


@pytest.mark.parametrize("n_dims", [2, 3])
def test_grid_gives_the_same_bits_on_any_number_of_threads_and_beside_any_steps(n_dims):
    positions = stacked(n_dims, 1000, "normal", "clustered", "normal", "shrunk")
    n_threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        serial, serial_normalizers = repulse_on_grid(positions)
    finally:
        numba.set_num_threads(n_threads)
    parallel, normalizers = repulse_on_grid(positions)
    np.testing.assert_array_equal(parallel, serial)
    np.testing.assert_array_equal(normalizers, serial_normalizers)
    alone, _ = repulse_on_grid(positions[1:2])
    np.testing.assert_array_equal(alone[0], parallel[1])


@pytest.mark.parametrize("n_points", [1, 2, 100])
@pytest.mark.parametrize("n_dims", [2, 3])
def test_identical_points_repel_each_other_nowhere(n_points, n_dims):
    positions = np.full((2, n_dims, n_points), 7, dtype=np.float32)
    repulsion, normalizers = repulse_on_grid(positions)
    np.testing.assert_allclose(repulsion, 0, atol=1e-6)
    np.testing.assert_allclose(normalizers, n_points * (n_points - 1), rtol=1e-5, atol=1e-3)


def test_grid_is_chosen_from_its_threshold_on():
    below, above = stacked(2, EXACT_BELOW[2] - 1, "normal"), stacked(2, EXACT_BELOW[2], "normal")
    np.testing.assert_array_equal(compute_repulsion(below)[0], repulse_exactly(below)[0])
    np.testing.assert_array_equal(compute_repulsion(above)[0], repulse_on_grid(above)[0])


@pytest.mark.parametrize("extent", [0.0, 1e-4, 1.0, 100.0, 1e6])
def test_grid_never_outgrows_its_points(extent):
    plan = GridPlan.of(extent, 10_000, 2)
    assert plan.n_nodes**2 < 10 * 10_000
    assert plan.n_nodes * plan.spacing > extent


def test_fast_logarithm_is_one():
    values = np.concatenate([1 + np.logspace(-7, 2, 200), np.logspace(2, 12, 200)]).astype(np.float32)
    np.testing.assert_allclose([_log(value) for value in values], np.log(values.astype(np.float64)), rtol=1e-6)
