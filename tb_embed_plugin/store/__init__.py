"""The on-disk format: series of snapshots, their layouts, metadata and sprites.

A series lives in `<run>/plugins/training_evolution/<tag>/`. Every file is written under a temporary name, flushed and
renamed: what can be seen is whole. A step exists when its file does; there is no index to fall out of date.
"""

from tb_embed_plugin.store.documents import without_non_finite
from tb_embed_plugin.store.errors import FormatError, MissingLayoutError, StoreError
from tb_embed_plugin.store.finished import is_finished
from tb_embed_plugin.store.guests import Guests, read_guests, write_guests
from tb_embed_plugin.store.layout_appender import LayoutAppender
from tb_embed_plugin.store.layout_status import (
    LayoutFailure,
    LayoutProgress,
    clear_failure,
    clear_progress,
    read_layout_status,
    write_failure,
    write_progress,
)
from tb_embed_plugin.store.layouts import LayoutWriter, StoredFrame, StoredLayout, delete_layout, look_again
from tb_embed_plugin.store.lock import FollowerLock, SeriesLockedError
from tb_embed_plugin.store.metadata import LABEL_COLUMN, Column
from tb_embed_plugin.store.probe_set import ProbeSet
from tb_embed_plugin.store.series import Series, SeriesLocation, find_series, open_series
from tb_embed_plugin.store.snapshots import Snapshot, SnapshotFacts, stat_snapshot
from tb_embed_plugin.store.tensors import encode_tensors
from tb_embed_plugin.store.writer import SeriesWriter

__all__ = [
    "LABEL_COLUMN",
    "Column",
    "FollowerLock",
    "FormatError",
    "Guests",
    "LayoutAppender",
    "LayoutFailure",
    "LayoutProgress",
    "LayoutWriter",
    "MissingLayoutError",
    "ProbeSet",
    "Series",
    "SeriesLocation",
    "SeriesLockedError",
    "SeriesWriter",
    "Snapshot",
    "SnapshotFacts",
    "StoreError",
    "StoredFrame",
    "StoredLayout",
    "clear_failure",
    "clear_progress",
    "delete_layout",
    "encode_tensors",
    "find_series",
    "is_finished",
    "look_again",
    "open_series",
    "read_guests",
    "read_layout_status",
    "stat_snapshot",
    "without_non_finite",
    "write_failure",
    "write_guests",
    "write_progress",
]
