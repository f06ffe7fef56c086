"""Parametric t-SNE on MNIST: how well images are placed that the map has not seen.

Fits on the 10,000 training images of mnist_10k.npz, places its 10,000 test images, and measures in two dimensions
    error   share of test images whose nearest training image in the picture is of another class
    T(12)   trustworthiness of the test images' picture (Venna & Kaski 2001)
beside what van der Maaten (2009) published, 9.9 % and .93, with 60,000 training images: six times the data, so that the
figures are near, not comparable.

scikit-learn's TSNE cannot place anything it was not fitted to. It lays both halves out together, so it has seen the test
images (not their labels): the error among them bounds what a map could reach.

examples:
  python -m benchmarks.parametric                    all, in some minutes on two cores
  python -m benchmarks.parametric --method parametric pca
  python -m benchmarks.parametric --quick            a few hundred of scikit-learn's digits: does it run?
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier

from benchmarks.report import Column, log, print_table, write_json
from benchmarks.series import DATA, load_mnist
from tb_embed_plugin.layout.parametric import ParametricTSNE
from tb_embed_plugin.quality import trustworthiness

N_NEIGHBORS = 12

PUBLISHED = {"method": "parametric t-SNE (van der Maaten 2009)", "n_fitted": 60_000, "error": 0.099, "trustworthiness": 0.93}

Array = NDArray[np.float32]
Places = tuple[Array, Array]

COLUMNS = [
    Column("method"),
    Column("n_fitted", "d", "fitted to"),
    Column("error", ".3f", "1-NN error"),
    Column("trustworthiness", ".3f", "T(12)"),
    Column("seconds", ".0f", "s"),
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Data:
    """Points in (n_points, n_features), and their classes."""

    x_train: Array
    y_train: NDArray[np.integer]
    x_test: Array
    y_test: NDArray[np.integer]


def load_data(folder: Path, *, is_quick: bool) -> Data:
    if is_quick:
        digits = load_digits()
        x, y = (digits.data[:400] / 16).astype(np.float32), digits.target[:400]
        return Data(x_train=x[:200], y_train=y[:200], x_test=x[200:], y_test=y[200:])
    x_train, y_train, x_test, y_test = load_mnist(folder)
    flat = [images.reshape(len(images), -1).astype(np.float32) for images in (x_train, x_test)]
    return Data(x_train=flat[0], y_train=y_train, x_test=flat[1], y_test=y_test)


def place_parametric(data: Data, *, is_quick: bool, **options: object) -> Places:
    small = {"hidden_layer_sizes": (50, 50), "n_iterations": 50, "n_imitation_updates": 50} if is_quick else {}
    tsne = ParametricTSNE(random_state=0, **{**small, **options}).fit(data.x_train)
    return tsne.transform(data.x_train), tsne.transform(data.x_test)


def place_pca(data: Data, *, is_quick: bool) -> Places:  # noqa: ARG001
    pca = PCA(2, random_state=0).fit(data.x_train)
    return pca.transform(data.x_train).astype(np.float32), pca.transform(data.x_test).astype(np.float32)


def place_together(data: Data, *, is_quick: bool) -> Places:  # noqa: ARG001
    from sklearn.manifold import TSNE

    both = TSNE(random_state=0).fit_transform(np.concatenate([data.x_train, data.x_test]))
    return both[: len(data.x_train)], both[len(data.x_train) :]


def place_parametric_umap(data: Data, *, is_quick: bool) -> Places:
    from umap.parametric_umap import ParametricUMAP

    mapper = ParametricUMAP(n_epochs=20 if is_quick else 200, verbose=False)
    return mapper.fit_transform(data.x_train), mapper.transform(data.x_test)


METHODS: dict[str, Callable[..., Places]] = {
    "pca": place_pca,
    "parametric": place_parametric,
    "descended": lambda data, is_quick: place_parametric(data, is_quick=is_quick, n_divergence_updates=5 if is_quick else 60),
    "multi-scale": lambda data, is_quick: place_parametric(data, is_quick=is_quick, multi_scale=True),
    "parametric-umap": place_parametric_umap,
    "scikit-learn": place_together,
}

TITLES = {
    "pca": "PCA",
    "parametric": "parametric t-SNE",
    "descended": "parametric t-SNE, then its divergence",
    "multi-scale": "parametric t-SNE, several scales",
    "parametric-umap": "parametric UMAP",
    "scikit-learn": "scikit-learn TSNE of both halves together",
}


def measure(name: str, data: Data, *, is_quick: bool) -> dict[str, object]:
    """Returns one row of the table; where a method cannot be had, why."""
    row: dict[str, object] = {"method": TITLES[name], "n_fitted": len(data.x_train) * (2 if name == "scikit-learn" else 1)}
    start = time.perf_counter()
    try:
        train, test = METHODS[name](data, is_quick=is_quick)
    except ImportError as error:
        log(f"{name} cannot be had here: {error}")
        return {**row, "failure": str(error)}
    seconds = time.perf_counter() - start
    nearest = KNeighborsClassifier(1).fit(train, data.y_train)
    error = 1 - nearest.score(test, data.y_test)
    trusted = float(trustworthiness(data.x_test, np.ascontiguousarray(test, dtype=np.float32), N_NEIGHBORS))
    return {**row, "error": error, "trustworthiness": trusted, "seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of mnist_10k.npz")
    parser.add_argument("--method", nargs="+", choices=METHODS, default=list(METHODS), help="only these")
    parser.add_argument("--quick", action="store_true", help="a few hundred digits; writes no results")
    options = parser.parse_args()
    data = load_data(options.data, is_quick=options.quick)
    rows = []
    for name in options.method:
        log(TITLES[name])
        rows.append(measure(name, data, is_quick=options.quick))
        print_table([rows[-1]], COLUMNS)
        if not options.quick:
            write_json("parametric", published=PUBLISHED, rows=rows)
    print_table([*rows, PUBLISHED], COLUMNS)


if __name__ == "__main__":
    main()
