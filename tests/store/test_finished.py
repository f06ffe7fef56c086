import pytest

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.store import is_finished

ACTIVATIONS = [[1.0], [2.0]]


def open_writer(run_dir):
    return SeriesWriter(run_dir, "fc", ProbeSet(n_points=2))


def test_a_closed_series_is_finished_until_it_is_resumed(tmp_path):
    with open_writer(tmp_path) as writer:
        writer.write_snapshot(0, ACTIVATIONS)
        path = open_series(str(tmp_path)).path
        assert not is_finished(path)
    assert is_finished(path)
    writer.close()
    assert is_finished(path)
    writer.write_snapshot(1, ACTIVATIONS)
    assert not is_finished(path)
    writer.close()
    open_writer(tmp_path)
    assert not is_finished(path)


def test_a_training_that_fails_leaves_its_series_open(tmp_path):
    def fail():
        with open_writer(tmp_path):
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        fail()
    assert not is_finished(open_series(str(tmp_path)).path)
