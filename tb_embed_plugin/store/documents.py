"""Reading and writing the JSON documents, with their format version."""

import json
import math
from collections.abc import Mapping
from typing import Any

from tb_embed_plugin.metadata import FORMAT_VERSION
from tb_embed_plugin.store import filesystem
from tb_embed_plugin.store.errors import FormatError


def write_document(path: str, content: Mapping[str, Any]) -> None:
    """Writes a JSON document atomically, with the format version; numbers that are not finite become null."""
    document = {"format_version": FORMAT_VERSION, **content}
    text = json.dumps(without_non_finite(document), indent=1, ensure_ascii=False, allow_nan=False)
    filesystem.write_atomically(path, (text + "\n").encode())


def read_document(path: str) -> dict[str, Any]:
    """Reads a JSON document.

    Raises:
        FileNotFoundError: There is no such file.
        FormatError: It is damaged, or of a format version newer than this package knows.
    """
    try:
        document = json.loads(filesystem.read_bytes(path))
        version = document["format_version"]
    except (ValueError, TypeError, KeyError) as error:
        raise FormatError(f"{path} is damaged ({error!r}): expected a JSON object with a format_version.") from error
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise FormatError(
            f"{path} has format version {version!r}, but this tb-embed-plugin reads up to {FORMAT_VERSION}. "
            "Upgrade it: pip install --upgrade tb-embed-plugin."
        )
    return dict(document)


def without_non_finite(value: Any) -> Any:
    """Returns `value` with every float that JSON cannot hold replaced by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: without_non_finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_non_finite(item) for item in value]
    return value
