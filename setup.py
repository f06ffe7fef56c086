"""Packages, requirements, entry points, and the step that builds the front end."""

import runpy
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

ROOT = Path(__file__).parent
TOOLCHAIN = runpy.run_path(str(ROOT / "tb_embed_plugin/frontend/toolchain.py"))
VERSION = runpy.run_path(str(ROOT / "tb_embed_plugin/metadata.py"))["VERSION"]

# An unpacked sdist carries the bundle; a checkout builds it, so that what is installed is what the sources say.
IS_SDIST = (ROOT / "PKG-INFO").exists() and (ROOT / "tb_embed_plugin/static/index.js").exists()


def build_front_end() -> None:
    """Builds tb_embed_plugin/static, unless an sdist brought it along."""
    if not IS_SDIST:
        TOOLCHAIN["build"](ROOT / "tb_embed_plugin/static")


class BuildPyWithFrontEnd(build_py):
    """Builds the front end before the package's files are collected."""

    def run(self) -> None:
        build_front_end()
        super().run()


class SdistWithFrontEnd(sdist):
    """Ships the front end built, so that who installs an sdist needs no Node."""

    def run(self) -> None:
        build_front_end()
        super().run()


setup(
    name="tb-embed-plugin",
    version=VERSION,
    description="See how a network's representation forms: activations over training, laid out together, in TensorBoard",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    packages=[*find_packages(include=["tb_embed_plugin", "tb_embed_plugin.*"]), "tb_embed_callbacks"],
    package_dir={"tb_embed_callbacks": "callbacks/tb_embed_callbacks"},
    package_data={"tb_embed_plugin": ["py.typed", "http_api.md", "static/*"], "tb_embed_callbacks": ["py.typed"]},
    include_package_data=False,
    install_requires=[
        "joblib>=1.4",
        "numba>=0.60",
        "numpy>=1.26",
        "pillow>=10",
        "protobuf>=4.25",
        "safetensors>=0.4.3",
        "scikit-learn>=1.4",
        "scipy>=1.12",
        "tensorboard>=2.16",
        "threadpoolctl>=3.1",
        "tqdm>=4.66",
    ],
    extras_require={
        "tensorflow": ["tensorflow>=2.16"],
        "torch": ["torch>=2.4"],
        "lightning": ["lightning>=2.4", "torch>=2.4"],
        "umap": ["umap-learn>=0.5.7"],
        "dask": ["distributed>=2024.5"],
        "benchmark": ["matplotlib>=3.9", "openTSNE>=1.0.2", "umap-learn>=0.5.7"],
        "demo": ["matplotlib>=3.9"],
        "dev": [
            "build>=1.2",
            "distributed>=2024.5",
            "ipykernel>=6.29",
            "matplotlib>=3.9",
            "mypy>=1.15",
            "nbclient>=0.10",
            "pandas>=2.2",
            "playwright>=1.50",
            "pyarrow>=17",
            "pytest>=8.3",
            "pytest-xdist>=3.6",
            "ruff>=0.12",
        ],
    },
    setup_requires=TOOLCHAIN["build_requirements"]() if not IS_SDIST else [],
    entry_points={
        "tensorboard_plugins": ["training_evolution = tb_embed_plugin.plugin:TrainingEvolutionPlugin"],
        "console_scripts": ["tb-embed = tb_embed_plugin.cli:main"],
    },
    cmdclass={"build_py": BuildPyWithFrontEnd, "sdist": SdistWithFrontEnd},
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Visualization",
    ],
)
