"""A real training, a real TensorBoard process, and a real Chromium looking at it."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

N_POINTS = 300
STEPS = [0, 25, 50, 75, 100]

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """A log directory with one run of a Keras network on digits, captured at five steps and laid out."""
    import keras
    from tb_embed_callbacks import IdealInputs, TrainingEvolution

    from tb_embed_plugin.cli import main

    keras.utils.set_random_seed(0)
    log_dir = tmp_path_factory.mktemp("trained")
    digits = load_digits()
    x, y = (digits.images / 16).astype(np.float32)[..., None], digits.target
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, activation="relu", name="conv"),
            layers.Flatten(),
            layers.Dense(32, activation="relu", name="fc1"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    evolution = TrainingEvolution(
        log_dir / "run1",
        x[:N_POINTS],
        labels=y[:N_POINTS],
        images=x[:N_POINTS],
        metadata={"ink": x[:N_POINTS].sum(axis=(1, 2, 3)), "caption": [f"image number {i}" for i in range(N_POINTS)]},
        layers=["conv", "fc1"],
        every=25,
        pooling="average",
    )
    ideal = IdealInputs(log_dir / "run1", "fc1", every=25, n_iterations=30, on_error="raise")
    callbacks = [evolution, ideal, keras.callbacks.TensorBoard(log_dir / "run1", write_graph=False)]
    with warnings.catch_warnings():
        # Keras' own TensorBoard callback, under numpy 2.
        warnings.filterwarnings("ignore", message="__array__ implementation", category=DeprecationWarning)
        model.fit(x[N_POINTS:1100], y[N_POINTS:1100], batch_size=32, epochs=4, callbacks=callbacks, verbose=0)
    assert main(["layout", str(log_dir), "--quiet"]) == 0
    assert main(["layout", str(log_dir), "--tag", "fc1", "--method", "pca", "--dims", "3", "--name", "deep", "--quiet"]) == 0
    return log_dir


@pytest.fixture
def log_dir(trained, tmp_path) -> Path:
    """A copy of the trained log directory that a test may change."""
    return Path(shutil.copytree(trained, tmp_path / "logs"))


@contextlib.contextmanager
def tensorboard(*arguments: str, python: str = sys.executable, cwd: Path | None = None, path_prefix: str = ""):
    """Starts TensorBoard and yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [python, "-m", "tensorboard.main", "--port", str(port), "--host", "127.0.0.1", *arguments]
    if path_prefix:
        command += ["--path_prefix", path_prefix]
    # Its own folder: Python would otherwise import the package from the repository's root.
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=cwd or os.sep)
    address = f"http://127.0.0.1:{port}{path_prefix}"
    try:
        wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(120)


@contextlib.contextmanager
def tensorboard_for(page, *arguments: str, **options):
    """TensorBoard that ends after its page was left: a tab that asks by itself would meet a closed door."""
    with tensorboard(*arguments, **options) as address:
        yield address
        page.goto("about:blank")


def wait_for(address: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"TensorBoard ended: {process.stderr.read()}")
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.1)
    pytest.fail("TensorBoard did not answer within five minutes.")


@pytest.fixture(scope="session")
def address(trained):
    """Where one TensorBoard serves the trained log directory to all tests that change nothing in it."""
    with tensorboard("--logdir", str(trained)) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    # A plain import: without playwright these tests have to fail, not to be skipped.
    from playwright import sync_api

    # As patient as pages are: five seconds, the default, are little on a busy machine.
    sync_api.expect.set_options(timeout=120_000)
    executable = shutil.which("chromium")
    assert executable, "The browser tests need chromium; tests/run installs it."
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A page that fails its test where anything is written to the console as an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(120_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if is_our_error(message) else None)
    yield page
    context.close()
    assert errors == []


def is_our_error(message) -> bool:
    # TensorBoard's own page asks for fonts that a closed network does not have, and forgets its path prefix for some.
    return message.type == "error" and "training_evolution" in message.location["url"]


def open_tab(page, address: str):
    """Opens the tab and returns its frame once a layout is shown."""
    page.goto(f"{address}/#training_evolution")
    frame = page.frame_locator('iframe[src*="plugin_entry"]')
    frame.locator('[data-state="ready"]').wait_for()
    return frame


def projector_entries(address: str, run: str = "run1") -> dict[str, int]:
    """What the built-in Projector lists of a run: each tensor's name, and how many values it serves."""
    routes = f"{address}/data/plugin/projector"
    with urllib.request.urlopen(f"{routes}/info?run={run}", timeout=120) as reply:
        names = [entry["tensorName"] for entry in json.load(reply)["embeddings"]]
    sizes = {}
    for name in names:
        with urllib.request.urlopen(f"{routes}/tensor?run={run}&name={urllib.parse.quote(name)}", timeout=120) as reply:
            sizes[name] = len(reply.read()) // 4
    return sizes
