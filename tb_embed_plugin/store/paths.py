"""Where everything is: the names of DESIGN.md's on-disk format, and nothing else."""

import re
from urllib.parse import quote, unquote

from tb_embed_plugin.metadata import PLUGIN_NAME
from tb_embed_plugin.store import filesystem

SERIES_FILE = "series.json"
METADATA_FILE = "metadata.tsv"
LAYOUT_FILE = "layout.json"

_STEP_FILE = re.compile(r"(\d{9,})\.safetensors")


def series_root(run_dir: str) -> str:
    """The folder of all series of a run."""
    return filesystem.join(run_dir, "plugins", PLUGIN_NAME)


def series_path(run_dir: str, tag: str) -> str:
    return filesystem.join(series_root(run_dir), encode_name(tag))


def snapshots_path(series: str) -> str:
    return filesystem.join(series, "snapshots")


def layouts_path(series: str) -> str:
    return filesystem.join(series, "layouts")


def sprites_path(series: str) -> str:
    return filesystem.join(series, "sprites")


def step_file(step: int) -> str:
    return f"{step:09d}.safetensors"


def list_steps(directory: str) -> list[int]:
    """Returns the steps that have a file in `directory`, ascending. Partial and foreign files are passed over."""
    matches = (_STEP_FILE.fullmatch(name) for name in filesystem.list_directory(directory))
    return sorted(int(match[1]) for match in matches if match)


def encode_name(name: str) -> str:
    """Percent-encodes a tag or layout name for use as one folder name.

    Raises:
        ValueError: The name is empty.
    """
    if not name:
        raise ValueError("A tag or layout name is empty. Give it at least one character.")
    # A leading dot would hide the folder, or be "..".
    encoded = quote(name, safe="")
    return "%2E" + encoded[1:] if encoded.startswith(".") else encoded


def decode_name(folder: str) -> str:
    return unquote(folder)
