"""Who writes, where several processes train one model."""

import sys
from typing import Any

import keras


def is_chief(model: keras.Model) -> bool:
    """Returns whether this process is the one that writes: the only one, or the first."""
    if keras.backend.backend() == "tensorflow":
        # What TensorFlow's own summaries go by.
        return bool(model.distribute_strategy.extended.should_save_summary)
    if keras.backend.backend() == "jax":
        jax: Any = sys.modules["jax"]
        return bool(jax.process_index() == 0)
    if keras.backend.backend() == "torch":
        distributed: Any = sys.modules["torch"].distributed
        return not (distributed.is_available() and distributed.is_initialized()) or distributed.get_rank() == 0
    return True
