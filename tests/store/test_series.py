import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.metadata import FORMAT_VERSION
from tb_embed_plugin.store import FormatError, StoreError, find_series, paths
from tests.conftest import STEPS, write_series


def test_what_is_written_is_read_back(log_dir):
    series = open_series(str(log_dir / "run1"))
    assert (series.tag, series.n_points, series.steps()) == ("fc/1", 200, STEPS)
    snapshot = series.read_snapshot(10)
    expected = np.random.default_rng(0).normal(size=(2, 200, 5)).astype(np.float32)[1]
    assert snapshot.activations.dtype == np.float32
    np.testing.assert_array_equal(snapshot.activations, expected)
    assert snapshot.scalars == {"loss": pytest.approx(1 / 11)}
    assert abs(snapshot.wall_time - time.time()) < 3600


def test_float16_snapshots_stay_float16(tmp_path):
    SeriesWriter(tmp_path, "half", ProbeSet(n_points=2)).write_snapshot(0, np.ones((2, 3), dtype=np.float16))
    assert open_series(str(tmp_path)).read_snapshot(0).activations.dtype == np.float16


def test_per_point_columns_come_back_also_without_the_activations(tmp_path):
    writer = SeriesWriter(tmp_path, "a", ProbeSet(n_points=3, labels=[0, 1, 1], class_names=["cat", "dog"]))
    columns = {"prediction": np.array([0, 1, 0]), "confidence": [0.5, 0.75, 1.0], "loss": np.array([1, np.nan, 2])}
    writer.write_snapshot(5, np.ones((3, 7), dtype=np.float16), per_point=columns)
    series = open_series(str(tmp_path))
    assert series.class_names == ["cat", "dog"]
    for read in (series.read_snapshot(5).per_point, series.read_per_point(5)):
        assert {name: values.dtype for name, values in read.items()} == {
            "prediction": np.int32,
            "confidence": np.float32,
            "loss": np.float32,
        }
        for name, values in columns.items():
            np.testing.assert_array_equal(read[name], values)
    with pytest.raises(KeyError, match="No snapshot at step 6"):
        series.read_per_point(6)


def test_per_point_columns_of_the_wrong_length_are_refused(tmp_path):
    writer = SeriesWriter(tmp_path, "a", ProbeSet(n_points=3))
    with pytest.raises(ValueError, match=r"Column 'loss' of the snapshot at step 5 has shape \(2,\).*expected .*\(3,\)"):
        writer.write_snapshot(5, np.ones((3, 7)), per_point={"loss": [1.0, 2.0]})
    assert writer.steps() == []


def test_series_of_before_there_were_class_names_and_per_point_columns_are_read(log_dir):
    path = log_dir / "run1" / "plugins" / "training_evolution" / "fc%2F1" / "series.json"
    document = json.loads(path.read_text())
    del document["class_names"]
    path.write_text(json.dumps(document))
    series = open_series(str(log_dir / "run1"))
    assert series.class_names is None
    assert series.read_per_point(10) == series.read_snapshot(10).per_point == {}


def test_a_resumed_training_drops_the_steps_that_it_makes_again(log_dir, probe_set):
    writer = SeriesWriter(log_dir / "run1", "fc/1", probe_set)
    assert writer.discard_from(10) == [10, 200]
    writer.write_snapshot(10, np.zeros((200, 5)))
    series = open_series(str(log_dir / "run1"))
    assert series.steps() == [0, 10]
    assert not series.read_snapshot(10).activations.any()
    assert series.layout_names() == ["tsne"]


def test_what_a_killed_writer_left_half_written_is_swept_up_by_the_next(log_dir, probe_set):
    folder = log_dir / "run1" / "plugins" / "training_evolution" / "fc%2F1"
    marker = next((log_dir / "run1").glob("events.*"))
    remains = [folder / "snapshots" / ".000000300.safetensors.12.partial", folder / ".series.json.12.partial"]
    remains.append(marker.with_name(f".{marker.name}.12.partial"))
    kept = [folder / "layouts" / ".tsne.12.partial", log_dir / "run1" / ".events.out.tfevents.7.partial"]
    for path in [*remains, *kept]:
        path.write_text("half")
    SeriesWriter(log_dir / "run1", "fc/1", probe_set)
    assert [path.exists() for path in [*remains, *kept]] == [False] * 3 + [True] * 2


def test_scalars_that_are_not_finite_become_null(tmp_path):
    SeriesWriter(tmp_path, "a", ProbeSet(n_points=1)).write_snapshot(0, np.ones((1, 1)), scalars={"loss": float("nan")})
    assert open_series(str(tmp_path)).read_snapshot(0).scalars == {"loss": None}


def test_series_are_found_however_deep_and_through_links(tmp_path, probe_set):
    write_series(tmp_path / "elsewhere", "a", probe_set)
    write_series(tmp_path / "logs" / "deep" / "er", "b", probe_set)
    (tmp_path / "logs" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "logs" / "loop").symlink_to(tmp_path / "logs")
    found = {(location.run, location.tag) for location in find_series(str(tmp_path / "logs"))}
    assert found == {("linked", "a"), ("deep/er", "b")}


def test_log_directory_itself_may_be_the_run(log_dir):
    assert [location.run for location in find_series(str(log_dir / "run1"))] == ["."]


@pytest.mark.parametrize("tag", ["a/b", "..", ".hidden", "ü", "per%20cent", "a b", "C:\\x"])
def test_any_tag_is_one_folder_and_comes_back(tmp_path, tag):
    SeriesWriter(tmp_path, tag, ProbeSet(n_points=1)).write_snapshot(0, np.ones((1, 1)))
    assert [location.tag for location in find_series(str(tmp_path))] == [tag]
    assert open_series(str(tmp_path), tag).steps() == [0]
    assert [path.parent.parent.name for path in tmp_path.rglob("series.json")] == ["training_evolution"]


@pytest.mark.parametrize(
    ("activations", "message"),
    [
        (np.ones((3, 2)), "Snapshot at step 7 has 3 points but the probe set has 4"),
        (np.ones((4, 2, 2)), r"shape \(4, 2, 2\)"),
        (np.array(["a"] * 4)[:, None], "dtype <U1"),
    ],
)
def test_wrong_activations_are_refused_with_what_was_expected(tmp_path, activations, message):
    writer = SeriesWriter(tmp_path, "a", ProbeSet(n_points=4))
    with pytest.raises(ValueError, match=message):
        writer.write_snapshot(7, activations)
    assert writer.steps() == []


def test_a_step_is_never_overwritten(log_dir, probe_set):
    writer = SeriesWriter(log_dir / "run1", "fc/1", probe_set)
    with pytest.raises(ValueError, match="Step 10 of 'fc/1' is written already"):
        writer.write_snapshot(10, np.zeros((200, 5)))
    assert open_series(str(log_dir / "run1")).read_snapshot(10).activations.any()


def test_series_continues_with_the_same_probe_set_and_refuses_another(log_dir, probe_set):
    SeriesWriter(log_dir / "run1", "fc/1", probe_set).write_snapshot(300, np.ones((200, 5)))
    assert open_series(str(log_dir / "run1")).steps() == [*STEPS, 300]
    with pytest.raises(ValueError, match="another probe set"):
        SeriesWriter(log_dir / "run1", "fc/1", ProbeSet(n_points=200))


def test_newer_format_says_so_and_stops(log_dir):
    path = log_dir / "run1" / "plugins" / "training_evolution" / "fc%2F1" / "series.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format_version": FORMAT_VERSION + 1}))
    with pytest.raises(FormatError, match=f"format version {FORMAT_VERSION + 1}.*pip install --upgrade"):
        open_series(str(log_dir / "run1"))


def test_damaged_files_are_named(log_dir):
    series = open_series(str(log_dir / "run1"))
    path = os.path.join(paths.snapshots_path(series.path), paths.step_file(10))
    with open(path, "r+b") as file:
        file.truncate(100)
    with pytest.raises(FormatError, match=r"000000010\.safetensors is damaged"):
        series.read_snapshot(10)
    with pytest.raises(KeyError, match="No snapshot at step 11"):
        series.read_snapshot(11)


def test_missing_tag_lists_the_tags_there_are(log_dir):
    with pytest.raises(KeyError, match=r"No series 'fc2'.*\['fc/1'\]"):
        open_series(str(log_dir / "run1"), "fc2")


def test_remote_directories_are_read_only():
    with pytest.raises(ValueError, match="Cannot write to 'gs://bucket/run'"):
        SeriesWriter("gs://bucket/run", "a", ProbeSet(n_points=1))


def test_remote_series_are_read_through_tensorboards_file_systems(log_dir):
    import tensorflow as tf

    for directory, _, files in os.walk(log_dir):
        remote = "ram://bucket" + directory[len(str(log_dir)) :]
        tf.io.gfile.makedirs(remote)
        for name in files:
            with open(os.path.join(directory, name), "rb") as source, tf.io.gfile.GFile(f"{remote}/{name}", "wb") as copy:
                copy.write(source.read())
    assert [(location.run, location.tag) for location in find_series("ram://bucket")] == [("run1", "fc/1")]
    series = open_series("ram://bucket/run1")
    assert series.steps() == STEPS
    assert series.read_snapshot(200).activations.shape == (200, 5)
    assert series.open_layout("tsne").read_frame(0).positions.shape == (200, 2)
    assert series.read_sprite(0).startswith(b"\x89PNG")


def test_sprites_that_lead_out_of_the_series_are_not_read(log_dir, tmp_path):
    (tmp_path / "secret.png").write_text("secret")
    series = open_series(str(log_dir / "run1"))
    page = os.path.join(series.path, "sprites", "000.png")
    os.unlink(page)
    os.symlink(tmp_path / "secret.png", page)
    with pytest.raises(StoreError, match="leads out of"):
        series.read_sprite(0)


def test_every_snapshot_is_whole_after_kill_9(tmp_path):
    script = textwrap.dedent(
        """
        import sys, numpy as np
        from tb_embed_plugin import ProbeSet, SeriesWriter
        writer = SeriesWriter(sys.argv[1], "a", ProbeSet(n_points=300))
        first = len(writer.steps())
        for step in range(first, first + 100_000):
            writer.write_snapshot(step, np.full((300, 300), step))
            print(step, flush=True)
        """
    )
    told = -1
    for pause in np.random.default_rng(0).uniform(0, 0.05, size=5):
        process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        told = int(process.stdout.readline())
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split("\n")[:-1]
        process.wait()
        told = int(rest[-1]) if rest else told
        series = open_series(str(tmp_path))
        assert series.steps()[: told + 1] == list(range(told + 1))
        for step in series.steps():
            assert (series.read_snapshot(step).activations == step).all()


def test_writing_needs_numpy_and_no_framework(tmp_path):
    script = """
import sys
for name in ("tensorflow", "keras", "torch", "jax", "lightning", "sklearn", "pandas", "pyarrow"):
    sys.modules[name] = None
import numpy as np
from tb_embed_plugin import ProbeSet, SeriesWriter
probe_set = ProbeSet(n_points=3, labels=[0, 1, 1], images=np.zeros((3, 4, 4)), metadata={"size": [1.5, 2, 3]})
with SeriesWriter(sys.argv[1], "fc1", probe_set) as writer:
    writer.write_snapshot(0, np.eye(3), scalars={"loss": 1.0}, per_point={"prediction": [0, 1, 1]})
"""
    result = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    assert open_series(str(tmp_path)).steps() == [0]
