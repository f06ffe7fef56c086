"""The arrows of DESIGN.md: who may import whom."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import tb_embed_callbacks

import tb_embed_plugin
from tests.conftest import REPOSITORY

ALLOWED = {
    "store": {"metadata", "store"},
    "quality": {"quality"},
    "layout": {"layout", "quality"},
    "callbacks": {"package", "store", "callbacks", "metadata"},
    "series_index": {"store"},
    "replies": {"replies", "store"},
    "web": {"store"},
    "routes": {"replies", "series_index", "store", "web"},
    "plugin": {"metadata", "routes", "series_index", "store"},
    "progress": set(),
    "layout_store": {"affinity_cache", "layout", "store"},
    "placing": {"layout", "store"},
    "affinity_cache": {"layout", "metadata", "store"},
    "inspection": {"layout", "store"},
    "live": {"affinity_cache", "inspection", "layout", "layout_store", "progress", "store"},
}
FOREIGN_TO_THE_CORE = {"tensorflow", "keras", "torch", "tensorboard.plugins"}


def part_of(module: str) -> str:
    if module.startswith("tb_embed_callbacks"):
        return "callbacks"
    return module.split(".")[1] if "." in module else "package"


def modules() -> list[tuple[str, Path]]:
    roots = [(REPOSITORY, "tb_embed_plugin"), (REPOSITORY / "callbacks", "tb_embed_callbacks")]
    found = []
    for root, package in roots:
        for path in sorted((root / package).rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            if "frontend" not in path.parts:
                found.append((name, path))
    return found


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative imports hide who needs whom"
            found.add(node.module)
    return found


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_follow_the_arrows(module, path):
    part = part_of(module)
    own = {part_of(name) for name in imports(path) if name.startswith("tb_embed_")}
    if part in ALLOWED:
        assert own <= ALLOWED[part]
    if part in ("store", "layout", "quality"):
        foreign = {name for name in imports(path) for foreign in FOREIGN_TO_THE_CORE if name.startswith(foreign)}
        # The Projector's configuration is a message, and needs no plugin to be written.
        assert foreign <= {"tensorboard.plugins.projector.projector_config_pb2"}


@pytest.mark.parametrize("package", [tb_embed_plugin, tb_embed_callbacks])
def test_all_is_complete_and_loads(package):
    for name in package.__all__:
        assert getattr(package, name) is not None
    homes = set(package._HOMES)
    assert homes == {name for name in package.__all__ if not name.startswith("__")}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing
    for home in package._HOMES.values():
        assert importlib.import_module(home)


def test_importing_the_package_imports_nothing_heavy():
    heavy = ["numpy", "numba", "scipy", "sklearn", "tensorboard", "tensorflow", "PIL", "safetensors"]
    script = f"import sys, tb_embed_plugin; print(*set({heavy}) & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("\n", "")
