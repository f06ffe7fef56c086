import numpy as np
import pytest
from scipy import sparse

from tb_embed_plugin.layout.affinity import compute_affinities, effective_perplexity
from tb_embed_plugin.layout.coupling import pull_together
from tb_embed_plugin.layout.gradient import AffinityStack, compute_gradient
from tb_embed_plugin.layout.repulsion import compute_repulsion

rng = np.random.default_rng(0)


def divergence(joint, positions):
    """KL(P ‖ Q), straight from its definition."""
    squared = ((positions[:, :, None] - positions[:, None, :]) ** 2).sum(axis=0)
    q = 1 / (1 + squared)
    np.fill_diagonal(q, 0)
    q /= q.sum()
    p = joint.toarray()
    return (p[p > 0] * np.log(p[p > 0] / q[p > 0])).sum()


@pytest.mark.parametrize("n_dims", [2, 3])
def test_gradient_is_that_of_the_divergence(n_dims):
    joints = [compute_affinities(rng.normal(size=(30, 5)), 5.0).joint for _ in range(2)]
    positions = rng.normal(size=(2, n_dims, 30)).astype(np.float32)
    gradient, divergences = compute_gradient(positions, AffinityStack.of(joints), 1.0, compute_repulsion(positions))
    for step, joint in enumerate(joints):
        exact = positions[step].astype(np.float64)
        assert divergences[step] == pytest.approx(divergence(joint, exact), rel=1e-5)
        for axis, point in [(0, 0), (n_dims - 1, 17)]:
            moved = exact.copy()
            moved[axis, point] += 1e-5
            slope = (divergence(joint, moved) - divergence(joint, exact)) / 1e-5
            assert gradient[step, axis, point] == pytest.approx(slope, abs=1e-5)


def test_affinities_are_symmetric_sum_to_one_and_have_the_perplexity():
    affinities = compute_affinities(rng.normal(size=(200, 5)), 20.0)
    assert affinities.neighbors.shape == (200, 60)
    assert affinities.joint.sum() == pytest.approx(1, abs=1e-5)
    assert abs(affinities.joint - affinities.joint.T).max() == 0
    entropy = -np.log(np.maximum(affinities.joint.data * 200, 1e-30)) @ affinities.joint.data
    assert 15 < np.exp(entropy) < 40


def test_affinities_of_points_all_alike_are_alike_and_one_point_has_none():
    assert np.ptp(compute_affinities(np.zeros((5, 3)), 1.0).joint.sum(axis=1)) < 0.5
    assert compute_affinities(np.zeros((1, 3)), 1.0).joint.nnz == 0


@pytest.mark.parametrize(
    ("asked", "n_points", "expected"), [(None, 10_000, 30), (None, 80, 8), (50, 100, 33), (5, 1000, 5), (None, 2, 1)]
)
def test_perplexity_shrinks_with_the_points(asked, n_points, expected):
    assert effective_perplexity(asked, n_points) == expected


def test_pulling_together_solves_its_linear_system():
    stiffness = rng.uniform(0, 100, size=(4, 7)).astype(np.float32)
    positions = rng.normal(size=(5, 2, 7)).astype(np.float32)
    pulled = positions.copy()
    pull_together(pulled, stiffness)
    for point in range(7):
        difference = sparse.diags([-np.ones(4), np.ones(4)], offsets=[0, 1], shape=(4, 5)).toarray()
        system = np.eye(5) + difference.T @ np.diag(stiffness[:, point]) @ difference
        np.testing.assert_allclose(pulled[:, :, point], np.linalg.solve(system, positions[:, :, point]), rtol=1e-4, atol=1e-5)


def test_infinitely_stiff_coupling_makes_all_steps_one():
    positions = rng.normal(size=(3, 2, 4)).astype(np.float32)
    mean = positions.mean(axis=0)
    pull_together(positions, np.full((2, 4), 1e12, dtype=np.float32))
    np.testing.assert_allclose(positions, np.repeat(mean[None], 3, axis=0), atol=1e-3)
