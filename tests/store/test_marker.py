from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tb_embed_plugin.metadata import PLUGIN_NAME


def test_tensorboard_finds_the_tag_under_our_plugins_name(log_dir):
    events = EventAccumulator(str(log_dir / "run1")).Reload()
    assert set(events.PluginTagToContent(PLUGIN_NAME)) == {"fc/1"}


def test_marker_sorts_before_a_live_writers_file(log_dir):
    (marker,) = (log_dir / "run1").glob("*tfevents*")
    assert marker.name < "events.out.tfevents.1700000000.host"
