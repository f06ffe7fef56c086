"""Guests of a layout."""

import numpy as np

from tb_embed_plugin.store import StoredLayout, encode_tensors, read_guests


def encode_guests(layout: StoredLayout) -> bytes:
    """Returns the places of a layout's guests as a safetensors file; see http_api.md.

    Raises:
        KeyError: It has none.
    """
    guests = read_guests(layout)
    if guests is None:
        raise KeyError(f"Layout {layout.name!r} has no guests; tb-embed layout --place puts some there.")
    metadata = {"layout": layout.version, "version": guests.version, "steps": ",".join(map(str, guests.steps))}
    # In place of the file as it is: what is read is known to be whole.
    return b"".join(encode_tensors({"positions": np.asarray(guests.positions, dtype=np.float32)}, metadata))
