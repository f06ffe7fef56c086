"""What the speed and memory benchmarks lay out, and the log directories that hold it."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.series import DATA, load_mnist
from tb_embed_plugin import ProbeSet, SeriesWriter, open_series

TAG = "layer"


def write_log_dir(folder: Path, n_points: int, snapshots: Iterable[NDArray[np.float32]]) -> Path:
    """Writes a log directory of one run with one series, as training does."""
    writer = SeriesWriter(folder / "run", TAG, ProbeSet(n_points=n_points))
    for step, snapshot in enumerate(snapshots):
        writer.write_snapshot(step, snapshot)
    return folder


def read_layout(log_dir: Path, name: str = "tsne") -> NDArray[np.float32]:
    """Returns the positions that `tb-embed layout` wrote, shape (n_steps, n_points, n_dims)."""
    layout = open_series(str(log_dir / "run"), TAG).open_layout(name)
    return np.stack([layout.read_frame(step).positions for step in layout.steps])


def resample_mnist(n_points: int, data: Path = DATA, n_features: int = 50, noise: float = 0.1) -> NDArray[np.float32]:
    """MNIST's 20,000 images in random order, over and over, Gaussian noise on every pixel, and reduced by PCA.

    Args:
        n_points: How many.
        data: Folder of mnist_10k.npz.
        n_features: Principal components that are kept.
        noise: Standard deviation, of pixels in [0, 1].
    """
    x_train, _, x_test, _ = load_mnist(data)
    images = np.concatenate([x_train, x_test]).reshape(-1, 784)
    rng = np.random.default_rng(0)
    drawn = images[rng.permutation(n_points) % len(images)]
    drawn = drawn + rng.normal(scale=noise, size=drawn.shape).astype(np.float32)
    drawn -= drawn.mean(axis=0)
    _, axes = np.linalg.eigh(drawn.T @ drawn)
    return np.ascontiguousarray(drawn @ axes[:, : -n_features - 1 : -1], dtype=np.float32)


def drifting_clusters(n_steps: int, n_points: int, n_features: int) -> Iterable[NDArray[np.float32]]:
    """Yields snapshots of a hundred clusters that part, one at a time: a series need not fit in this process's memory."""
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(100, n_features)).astype(np.float32)
    cluster = rng.integers(len(centers), size=n_points)
    scatter = rng.normal(size=(n_points, n_features)).astype(np.float32)
    for step in range(n_steps):
        scatter += 0.1 * rng.normal(size=scatter.shape).astype(np.float32)
        yield scatter + centers[cluster] * np.float32(2 * step / max(1, n_steps - 1))


def interpolate_steps(activations: NDArray[np.float32], n_steps: int) -> NDArray[np.float32]:
    """Returns as many steps as asked for, evenly along a series; between two of its steps, a mean of both."""
    times = np.linspace(0, len(activations) - 1, n_steps)
    before = np.minimum(times.astype(int), len(activations) - 2)
    share = (times - before).astype(np.float32)[:, None, None]
    return activations[before] * (1 - share) + activations[before + 1] * share
