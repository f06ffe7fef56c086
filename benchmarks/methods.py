"""The ways of laying a whole series out that are compared, each run to convergence, with their strengths of coupling.

ours            lay_out_sequence, over distortion budgets
scikit-learn    t-SNE of each step by itself; also with each step turned onto the one before (Procrustes)
openTSNE chain  t-SNE of each step, all its iterations, started from the layout of the step before: as it is, and shrunk
                to the spread that openTSNE advises
AlignedUMAP     over strengths of alignment. UMAP's scale is not t-SNE's: for KL the layouts are brought to the one
                scale at which KL is least, which changes none of the other measures
dynamic t-SNE   Rauber et al. 2016: one constant strength of coupling for all points and transitions, and the same start
                for all steps; on this project's kernels. Its strengths are the optimizer's, not the paper's lambda
"""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from benchmarks import cache, peers
from benchmarks.measures import Yardstick
from benchmarks.report import package_version
from tb_embed_plugin.layout import LayoutConfig, affinity, coupling, gradient, lay_out_sequence, optimizer, repulsion

LayOut = Callable[[Yardstick, int], NDArray[np.float32]]

SCIKIT_LEARN, ALIGNED = "scikit-learn", "scikit-learn, turned"
CHAIN, SHRUNK_CHAIN = "openTSNE chain", "openTSNE chain, shrunk"
UMAP, DYNAMIC, OURS = "AlignedUMAP", "dynamic t-SNE", "ours"
FAMILIES = (OURS, SCIKIT_LEARN, ALIGNED, CHAIN, SHRUNK_CHAIN, UMAP, DYNAMIC)

_STRENGTHS = {
    OURS: (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    UMAP: (0.001, 0.01, 0.1),
    DYNAMIC: (0.001, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0),
}
_FEW_STRENGTHS = {OURS: (0.0, 0.05, 0.5), UMAP: (0.01,), DYNAMIC: (0.03, 0.3)}

_MANY_POINTS = 5000
"""From here on a peer takes from minutes to an hour, and shows fewer strengths."""

_DYNAMIC_EXAGGERATED, _DYNAMIC_PLAIN = 250, 750

_UMAP_EPOCHS = 500
"""UMAP's own number for data of this size; AlignedUMAP alone would take 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way of laying a series out.

    Attributes:
        family: What is drawn as one line.
        strength: Of its coupling, as the family counts it; None where there is none to choose.
        lay_out: Takes the series and a seed; returns positions, shape (n_steps, n_points, 2).
        package: The distribution that must be installed; None: none but this one.
        is_default: Whether this is how the project, or the peer, is used when nothing is said.
    """

    family: str
    strength: float | None
    lay_out: LayOut
    package: str | None = None
    is_default: bool = True

    @property
    def key(self) -> tuple[str, float | None]:
        return self.family, self.strength

    @property
    def name(self) -> str:
        return self.family if self.strength is None else f"{self.family} {self.strength:g}"


def list_methods(n_points: int, *, is_quick: bool = False) -> list[Method]:
    """All that are compared on a series of that size; the references come first."""
    few_peers = {OURS: _STRENGTHS[OURS], UMAP: _FEW_STRENGTHS[UMAP], DYNAMIC: _FEW_STRENGTHS[DYNAMIC]}
    strengths = _FEW_STRENGTHS if is_quick else few_peers if n_points > _MANY_POINTS else _STRENGTHS
    budget = LayoutConfig().distortion_budget
    return [
        Method(family=SCIKIT_LEARN, strength=None, lay_out=_lay_out_steps, package="scikit-learn"),
        Method(family=ALIGNED, strength=None, lay_out=lambda *given: turn(_lay_out_steps(*given)), package="scikit-learn"),
        *(
            Method(family=OURS, strength=share, lay_out=_with_budget(share), is_default=share == budget)
            for share in sorted({*strengths[OURS], budget})
        ),
        Method(family=CHAIN, strength=None, lay_out=_chain(is_shrunk=False), package="openTSNE"),
        Method(family=SHRUNK_CHAIN, strength=None, lay_out=_chain(is_shrunk=True), package="openTSNE"),
        *(
            Method(family=UMAP, strength=share, lay_out=_with_alignment(share), package="umap-learn", is_default=share == 0.01)
            for share in strengths[UMAP]
        ),
        *(
            Method(family=DYNAMIC, strength=share, lay_out=_with_constant_coupling(share), is_default=False)
            for share in strengths[DYNAMIC]
        ),
    ]


def turn(positions: NDArray[np.floating]) -> NDArray[np.float32]:
    """Turns, mirrors and moves each step to lie as near as it can to the one before; distances within it stay."""
    turned = [positions[0] - positions[0].mean(axis=0)]
    for layout in positions[1:]:
        centered = layout - layout.mean(axis=0)
        left, _, right = np.linalg.svd(centered.T.astype(np.float64) @ turned[-1])
        turned.append(centered @ (left @ right))
    return np.stack(turned).astype(np.float32)


# Steps are kept one by one: of many points each takes minutes, and a run that was interrupted goes on.
def _lay_out_steps(yardstick: Yardstick, seed: int) -> NDArray[np.float32]:
    lay_out, version = peers.lay_out_with_scikit_learn, package_version("scikit-learn")

    def keep(step: NDArray[np.float32]) -> NDArray[np.float32]:
        given = step, yardstick.perplexity, seed
        return _kept("scikit-learn", [lay_out], (version, *given), lambda: lay_out(*given))

    return np.stack([keep(step) for step in yardstick.activations])


def _chain(*, is_shrunk: bool) -> LayOut:
    lay_out, version = peers.lay_out_with_opentsne, package_version("openTSNE")

    def follow(
        step: NDArray[np.float32], perplexity: float, seed: int, before: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        start: NDArray[np.floating] | str = "pca" if before is None else before
        if before is not None and is_shrunk:
            start = before / before[:, 0].std() * 1e-4
        key = version, step, perplexity, seed, start
        return _kept("chain", [lay_out], key, lambda: lay_out(step, perplexity, seed=seed, start=start))

    def lay_out_all(yardstick: Yardstick, seed: int) -> NDArray[np.float32]:
        layouts: list[NDArray[np.float32]] = []
        for step in yardstick.activations:
            layouts.append(follow(step, yardstick.perplexity, seed, layouts[-1] if layouts else None))
        return np.stack(layouts)

    return lay_out_all


def _with_alignment(strength: float) -> LayOut:
    def lay_out(yardstick: Yardstick, seed: int) -> NDArray[np.float32]:
        def make() -> NDArray[np.float32]:
            steps = list(yardstick.activations)
            return peers.lay_out_with_aligned_umap(steps, seed=seed, regularisation=strength, n_epochs=_UMAP_EPOCHS)

        key = package_version("umap-learn"), yardstick.activations, strength, _UMAP_EPOCHS, seed
        positions = _kept("AlignedUMAP", [peers.lay_out_with_aligned_umap], key, make)
        return positions * np.float32(_best_scale(yardstick, positions))

    return lay_out


def _best_scale(yardstick: Yardstick, positions: NDArray[np.float32]) -> float:
    """The factor on all positions at which the mean divergence is least."""
    found = minimize_scalar(
        lambda logarithm: yardstick.divergence(positions * np.float32(np.exp(logarithm))).mean(),
        bounds=(-3, 5),
        method="bounded",
        options={"xatol": 0.02},
    )
    return float(np.exp(found.x))


def _with_budget(budget: float) -> LayOut:
    def lay_out(yardstick: Yardstick, seed: int) -> NDArray[np.float32]:
        return lay_out_sequence(yardstick.activations, LayoutConfig(distortion_budget=budget, seed=seed)).positions

    return lay_out


def _with_constant_coupling(strength: float) -> LayOut:
    def lay_out(yardstick: Yardstick, seed: int) -> NDArray[np.float32]:
        def make() -> NDArray[np.float32]:
            n_steps, n_points = yardstick.n_steps, yardstick.n_points
            start = np.random.default_rng(seed).normal(scale=1e-4, size=(1, 2, n_points)).astype(np.float32)
            stiffness = np.full((n_steps - 1, n_points), strength, dtype=np.float32)
            exaggeration = optimizer.early_exaggeration(n_points)
            stack = gradient.AffinityStack.of(list(yardstick.joints))
            descent = optimizer.Descent(np.repeat(start, n_steps, axis=0), stack, stiffness=stiffness / exaggeration)
            descent.run(_DYNAMIC_EXAGGERATED, exaggeration=exaggeration)
            # In units of the learning rate, which is larger without exaggeration.
            descent.stiffness = stiffness
            descent.run(_DYNAMIC_PLAIN)
            return descent.positions.transpose(0, 2, 1).copy()

        key = yardstick.activations, yardstick.perplexity, _DYNAMIC_EXAGGERATED, _DYNAMIC_PLAIN, strength, seed
        return _kept("dynamic", [affinity, coupling, gradient, optimizer, repulsion], key, make)

    return lay_out


def _kept(
    name: str, works: Iterable[Any], key: tuple[object, ...], make: Callable[[], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Returns what was kept under the key and the sources of the functions or modules that do the work, or makes it."""
    kept = f"layouts/{name}-{cache.digest(*map(inspect.getsource, works), *key)}"
    return cache.keep(kept, lambda: {"positions": make()})["positions"]
