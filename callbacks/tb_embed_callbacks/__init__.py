"""Captures what a network makes of a fixed set of inputs while it trains.

Names are loaded on first use: a PyTorch user does not need Keras, nor the other way round.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tb_embed_callbacks.ideal_inputs import IdealInputs
    from tb_embed_callbacks.session_recorder import SessionRecorder
    from tb_embed_callbacks.training_evolution import TrainingEvolution
    from tb_embed_callbacks.training_evolution_hook import TrainingEvolutionHook

__all__ = ["IdealInputs", "SessionRecorder", "TrainingEvolution", "TrainingEvolutionHook"]

_HOMES = {
    "IdealInputs": "tb_embed_callbacks.ideal_inputs",
    "SessionRecorder": "tb_embed_callbacks.session_recorder",
    "TrainingEvolution": "tb_embed_callbacks.training_evolution",
    "TrainingEvolutionHook": "tb_embed_callbacks.training_evolution_hook",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
