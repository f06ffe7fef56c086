"""Lays all snapshots out together, so that a point moves only when its representation moved."""

from tb_embed_plugin.layout.config import LayoutConfig
from tb_embed_plugin.layout.sequence import LayoutSequence, lay_out_sequence

__all__ = ["LayoutConfig", "LayoutSequence", "lay_out_sequence"]
