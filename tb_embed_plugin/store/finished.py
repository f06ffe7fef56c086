"""The mark that a series is complete: who follows a training need not wait for more.

A training that dies leaves no mark, so followers also need a patience of their own.
"""

import contextlib
import os
import time

from tb_embed_plugin.store import filesystem
from tb_embed_plugin.store.documents import write_document

FINISHED_FILE = "finished.json"


def mark_finished(series: str) -> None:
    """Says that the training is over."""
    write_document(filesystem.join(series, FINISHED_FILE), {"wall_time": time.time()})


def unmark_finished(series: str) -> None:
    """Takes it back: a training that is resumed writes more."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(filesystem.join(series, FINISHED_FILE))


def is_finished(series: str) -> bool:
    """Returns whether the writer of the series in folder `series` said that it is complete."""
    return filesystem.is_file(filesystem.join(series, FINISHED_FILE))
