"""The notebook, executed from top to bottom in a kernel of its own, with the TensorBoard that it starts."""

import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import REPOSITORY

PATIENCE = """
import datetime, functools
from tensorboard import manager
# A busy machine may need longer than the minute that the magic waits.
manager.start = functools.partial(manager.start, timeout=datetime.timedelta(minutes=10))
"""


@pytest.fixture
def notebook():
    return nbformat.read(REPOSITORY / "demo" / "evolution.ipynb", as_version=4)


def test_notebook_is_kept_without_outputs(notebook):
    assert all(cell.outputs == [] and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")


def test_notebook_trains_lays_out_and_shows_tensorboard(notebook, tmp_path, monkeypatch):
    # TensorBoard leaves a note there of where it runs, and would take one that another test started for its own.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "callbacks")]))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    # As in an activated environment: the magic looks for TensorBoard on the path.
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    notebook.cells.insert(0, nbformat.v4.new_code_cell(PATIENCE))
    client = NotebookClient(
        notebook,
        timeout=900,
        startup_timeout=300,
        resources={"metadata": {"path": str(tmp_path)}},
        # Kills the kernel's process group, and so TensorBoard, which would outlive it.
        shutdown_kernel="immediate",
    )
    client.execute()

    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    texts = "".join(output.get("text", "") for output in outputs)
    assert "test accuracy 0.9" in texts
    assert "steps laid out as 'tsne'" in texts
    html = "".join(str(output.get("data", {}).get("text/html", "")) for output in outputs)
    assert "tensorboard-frame" in html, texts
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert (tmp_path / "logs" / "notebook-1").is_dir()
