"""Keras' other back ends, where they are installed, and several devices: each needs a process of its own."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

SCRIPT = Path(__file__).with_name("train_elsewhere.py")
# What is not installed is not tried: JAX is no requirement of the tests (see CONTRIBUTING.md).
BACKENDS = [name for name in ("jax", "torch") if importlib.util.find_spec(name)]


@pytest.mark.parametrize(("backend", "kind"), [("tensorflow", "mirrored"), *((backend, "plain") for backend in BACKENDS)])
def test_training_is_captured(tmp_path, backend, kind):
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "callbacks"), str(REPOSITORY)]),
    }
    command = [sys.executable, "-W", "error::RuntimeWarning", str(SCRIPT), str(tmp_path / "logs"), kind]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.stdout == f"{backend} {kind} captured\n", result.stdout + result.stderr
