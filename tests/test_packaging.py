"""The wheel and the sdist, built from a clean copy of what git tracks."""

import os
import sys
import tarfile
import zipfile

from tests.conftest import path_without_node, run


def test_wheel_holds_the_front_end_built_and_not_its_sources(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "tb_embed_plugin/static/index.js" in names
    assert "tb_embed_plugin/static/index.css" in names
    assert "tb_embed_callbacks/training_evolution.py" in names
    assert "tb_embed_plugin/py.typed" in names
    top = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert top == {"tb_embed_plugin", "tb_embed_callbacks"}
    assert [name for name in names if "frontend" in name or "node_modules" in name] == []


def test_sdist_carries_the_front_end_and_builds_without_node(checkout, tmp_path):
    run(sys.executable, "-m", "build", "--sdist", "--outdir", tmp_path, checkout)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
        assert [name for name in names if "node_modules" in name] == []
        assert any(name.endswith("tb_embed_plugin/static/index.js") for name in names)
        assert any(name.endswith("frontend/package.json") for name in names)
    environment = {**os.environ, "PATH": path_without_node(tmp_path / "bin")}
    # Without build isolation nothing can fetch Node either.
    run(sys.executable, "-m", "pip", "install", "--quiet", "--target", tmp_path / "site", "setuptools>=77", "wheel")
    environment["PYTHONPATH"] = str(tmp_path / "site")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path, sdist]
    run(*command, env=environment)
    (wheel,) = tmp_path.glob("*.whl")
    assert "tb_embed_plugin/static/index.js" in zipfile.ZipFile(wheel).namelist()
