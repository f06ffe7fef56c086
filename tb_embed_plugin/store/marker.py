"""The marker summary: one real event, so that TensorBoard lists the run and knows the tag is ours.

TensorBoard samples tensor summaries down, so the data itself lives in side files.
"""

import hashlib
import io
import os
import time

from tb_embed_plugin.metadata import PLUGIN_NAME
from tb_embed_plugin.store import filesystem


def write_marker(run_dir: str, tag: str) -> None:
    """Writes the event file that marks `tag`, unless it is there."""
    # Sorts before any event file that has a time in its name: TensorBoard's Python loader reads a run's event files in
    # this order and never turns back, so a name sorting last would stop it from following a live writer's file.
    digest = hashlib.sha256(tag.encode()).hexdigest()[:12]
    name = f"events.out.tfevents.0000000000.{PLUGIN_NAME}.{digest}"
    path = os.path.join(run_dir, name)
    # What a killed writer of the same tag left.
    filesystem.remove_partials(run_dir, name)
    if not os.path.exists(path):
        filesystem.write_atomically(path, _make_events(tag))


def _make_events(tag: str) -> bytes:
    # Imported here: readers never need protobuf.
    from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
    from tensorboard.summary.writer.record_writer import RecordWriter

    now = time.time()
    metadata = summary_pb2.SummaryMetadata(
        plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name=PLUGIN_NAME),
        data_class=summary_pb2.DATA_CLASS_TENSOR,
    )
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[b"see plugins/" + PLUGIN_NAME.encode()])
    tensor.tensor_shape.SetInParent()
    value = summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
    buffer = io.BytesIO()
    records = RecordWriter(buffer)
    records.write(event_pb2.Event(wall_time=now, file_version="brain.Event:2").SerializeToString())
    records.write(event_pb2.Event(wall_time=now, summary=summary_pb2.Summary(value=[value])).SerializeToString())
    return buffer.getvalue()
