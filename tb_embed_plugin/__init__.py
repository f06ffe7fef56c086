"""See how a network's representation forms: capture activations, lay all steps out together, play them in TensorBoard.

The names below are loaded on first use, so that `import tb_embed_plugin`, which TensorBoard does at its start, costs
nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

from tb_embed_plugin import metadata

if TYPE_CHECKING:
    from tb_embed_plugin.layout import LayoutConfig, LayoutSequence, lay_out_sequence
    from tb_embed_plugin.store import ProbeSet, SeriesWriter, open_series

__version__ = metadata.VERSION

__all__ = [
    "LayoutConfig",
    "LayoutSequence",
    "ProbeSet",
    "SeriesWriter",
    "__version__",
    "lay_out_sequence",
    "open_series",
]

_HOMES = {
    "LayoutConfig": "tb_embed_plugin.layout",
    "LayoutSequence": "tb_embed_plugin.layout",
    "ProbeSet": "tb_embed_plugin.store",
    "SeriesWriter": "tb_embed_plugin.store",
    "lay_out_sequence": "tb_embed_plugin.layout",
    "open_series": "tb_embed_plugin.store",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
