"""How far a layout can be believed: measures between activations and layouts, per step and per point."""

import tb_embed_plugin.quality.kernel_cache  # noqa: F401  # isort: skip: before the first kernel is defined
from tb_embed_plugin.quality.coherence import movement, temporal_coherence
from tb_embed_plugin.quality.neighbors import nearest_neighbors
from tb_embed_plugin.quality.preservation import continuity, neighborhood_preservation, trustworthiness
from tb_embed_plugin.quality.sequence import SequenceQuality, measure_quality, n_quality_neighbors

__all__ = [
    "SequenceQuality",
    "continuity",
    "measure_quality",
    "movement",
    "n_quality_neighbors",
    "nearest_neighbors",
    "neighborhood_preservation",
    "temporal_coherence",
    "trustworthiness",
]
