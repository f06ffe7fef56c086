"""Data that many tests share: small, but real."""

import os

# Before TensorFlow is first imported, which may be in any test.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from tensorboard.plugins.base_plugin import TBContext

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.plugin import TrainingEvolutionPlugin
from tb_embed_plugin.store import LayoutWriter, Series
from tests.wsgi import Site

REPOSITORY = Path(__file__).parent.parent
STEPS = [0, 10, 200]


@pytest.fixture(scope="session")
def digits():
    """Images (n, 8, 8) in [0, 1] and labels of 200 digits."""
    data = load_digits()
    return data.images[:200] / 16, data.target[:200]


@pytest.fixture
def probe_set(digits):
    images, labels = digits
    sizes = images.sum(axis=(1, 2))
    sizes[3] = np.nan
    captions = [f"digit {i} <b>\tof\n{label}</b>" for i, label in enumerate(labels)]
    return ProbeSet(n_points=200, labels=labels, images=images, metadata={"size": sizes, "caption": captions})


@pytest.fixture
def log_dir(tmp_path, probe_set) -> Path:
    """A log directory with one run, "run1", and its series "fc/1" of three steps, laid out as "tsne"."""
    write_series(tmp_path / "logs" / "run1", "fc/1", probe_set)
    return tmp_path / "logs"


@pytest.fixture
def plugin(log_dir):
    return TrainingEvolutionPlugin(TBContext(logdir=str(log_dir)))


@pytest.fixture
def site(plugin):
    return Site(plugin)


def write_series(run_dir: Path, tag: str, probe_set: ProbeSet) -> Series:
    rng = np.random.default_rng(0)
    writer = SeriesWriter(run_dir, tag, probe_set)
    for step in STEPS:
        writer.write_snapshot(step, rng.normal(size=(probe_set.n_points, 5)), scalars={"loss": 1 / (step + 1)})
    series = open_series(str(run_dir), tag)
    write_layout(series, "tsne", rng.normal(size=(len(STEPS), probe_set.n_points, 2)))
    return series


def write_layout(series: Series, name: str, positions) -> None:
    with LayoutWriter(series.path, name) as writer:
        for step, layout in zip(STEPS, positions.astype(np.float32), strict=True):
            writer.write_frame(step, layout, {"movement": np.zeros(series.n_points, dtype=np.float32)})
        writer.commit(method="tsne", n_dims=2, parameters={}, quality={"trustworthiness": [0.9, float("nan"), 1.0]})


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """What git tracks or would track: no built front end, no node_modules."""
    target = tmp_path_factory.mktemp("checkout")
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    for name in filter(None, names):
        if (REPOSITORY / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, target / name)
    assert not (target / "tb_embed_plugin" / "static").exists()
    return target


def run(*command, **arguments) -> None:
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **arguments)
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-4000:]


def path_without_node(directory: Path) -> str:
    """A PATH that has what the system has, but no Node and no npm."""
    directory.mkdir()
    for folder in reversed(os.environ["PATH"].split(os.pathsep)):
        for tool in Path(folder).iterdir() if Path(folder).is_dir() else []:
            if tool.name not in ("node", "npm", "npx", "nodejs", "corepack"):
                link = directory / tool.name
                link.unlink(missing_ok=True)
                link.symlink_to(tool)
    return str(directory)


@pytest.fixture(scope="session")
def wheel(checkout, tmp_path_factory) -> Path:
    """The wheel, built by pip on a machine without Node."""
    directory = tmp_path_factory.mktemp("wheel")
    environment = {**os.environ, "PATH": path_without_node(directory / "bin")}
    assert shutil.which("node", path=environment["PATH"]) is None
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", directory, checkout, env=environment)
    (wheel,) = directory.glob("*.whl")
    return wheel
