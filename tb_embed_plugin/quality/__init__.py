"""How far a layout can be believed: measures between activations and layouts, per step and per point."""

from tb_embed_plugin.quality.coherence import movement, temporal_coherence
from tb_embed_plugin.quality.neighbors import nearest_neighbors
from tb_embed_plugin.quality.preservation import continuity, neighborhood_preservation, trustworthiness

__all__ = [
    "continuity",
    "movement",
    "nearest_neighbors",
    "neighborhood_preservation",
    "temporal_coherence",
    "trustworthiness",
]
