import keras
import numpy as np
import pytest

from tb_embed_plugin import open_series
from tb_embed_plugin.cli import main
from tb_embed_plugin.placing import place_guests, read_activations
from tb_embed_plugin.store import read_guests
from tests.conftest import STEPS

METHODS = ["pca", "random-projection", "parametric"]


def lay_out(log_dir, *arguments) -> int:
    return main(["layout", str(log_dir), "--quiet", *map(str, arguments)])


@pytest.mark.parametrize("method", METHODS)
def test_points_of_the_probe_set_are_placed_where_the_layout_has_them(log_dir, method, tmp_path):
    quick = ["--iterations", "5"] if method == "parametric" else []
    series = open_series(str(log_dir / "run1"))
    everything = np.stack([series.read_snapshot(step).activations for step in STEPS])
    np.save(tmp_path / "guests.npy", everything[:, 20:50])
    # Laid out first, since there is no such layout.
    assert lay_out(log_dir, "--method", method, *quick, "--place", tmp_path / "guests.npy") == 0
    layout = series.open_layout(method)
    guests = read_guests(layout)
    assert guests.steps == STEPS
    for index, step in enumerate(STEPS):
        positions = layout.read_frame(step).positions
        np.testing.assert_allclose(guests.positions[index], positions[20:50], atol=1e-4 * np.ptp(positions))


def test_guests_of_one_step_have_places_at_that_step_alone(log_dir, tmp_path, capsys):
    assert lay_out(log_dir, "--method", "pca") == 0
    series = open_series(str(log_dir / "run1"))
    version = series.open_layout("pca").version
    guest = series.read_snapshot(10).activations[:1].copy()
    guest = np.concatenate([guest, np.full_like(guest, np.nan)])
    np.save(tmp_path / "guests.npy", guest)
    assert lay_out(log_dir, "--method", "pca", "--place", tmp_path / "guests.npy", "--step", "10") == 0
    assert "2 guests placed in 'pca' at step 10" in capsys.readouterr().out
    layout = series.open_layout("pca")
    assert layout.version == version
    first = read_guests(layout)
    assert first.steps == [10]
    np.testing.assert_allclose(first.positions[0, 0], layout.read_frame(10).positions[0], atol=1e-4)
    assert np.isnan(first.positions[0, 1]).all()
    assert lay_out(log_dir, "--method", "pca", "--place", tmp_path / "guests.npy") == 0
    assert read_guests(layout).steps == [STEPS[-1]]
    assert read_guests(layout).version != first.version
    # A new layout has none: its places would be others.
    assert lay_out(log_dir, "--method", "pca") == 0
    assert read_guests(series.open_layout("pca")) is None


def test_by_cosine_the_length_of_a_guest_does_not_count(log_dir):
    assert lay_out(log_dir, "--method", "pca", "--metric", "cosine") == 0
    series = open_series(str(log_dir / "run1"))
    place_guests(series, "pca", 7 * series.read_snapshot(STEPS[-1]).activations[:3])
    layout = series.open_layout("pca")
    np.testing.assert_allclose(read_guests(layout).positions[0], layout.read_frame(STEPS[-1]).positions[:3], atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "arguments", "message"),
    [
        ((4, 6), ["--method", "pca"], "4 guests have 6 features"),
        ((2, 4, 5), ["--method", "pca"], "activations of 2 steps, but layout 'pca' has 3"),
        ((3, 4, 5), ["--method", "pca", "--step", "10"], "Give as many, and no step"),
        ((4, 5), ["--method", "pca", "--step", "11"], "has no step 11"),
        ((4, 5), [], "Layout 'tsne' (tsne) has no map"),
        ((4,), ["--method", "pca"], "expected activations of shape"),
        ((4, 5), ["--watch"], "--place needs a layout that is finished"),
    ],
)
def test_what_cannot_be_placed_is_refused(log_dir, tmp_path, capsys, shape, arguments, message):
    np.save(tmp_path / "guests.npy", np.zeros(shape))
    assert lay_out(log_dir, *arguments, "--place", tmp_path / "guests.npy") in (1, 2)
    assert message.removeprefix("4 ") in capsys.readouterr().err


def test_files_of_anything_else_are_refused(tmp_path, log_dir, capsys):
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_activations(str(tmp_path / "objects.npy"))
    assert lay_out(log_dir, "--method", "pca", "--place", tmp_path / "nothing.npy") == 2
    assert "nothing.npy" in capsys.readouterr().err
    assert lay_out(log_dir, "--method", "pca", "--step", "10") == 2
    assert "--step says when" in capsys.readouterr().err


def test_a_map_with_code_in_it_is_not_run(log_dir, tmp_path):
    assert lay_out(log_dir, "--method", "parametric", "--iterations", "2") == 0
    series = open_series(str(log_dir / "run1"))
    trap = keras.Sequential([keras.Input((5,)), keras.layers.Lambda(lambda x: x[:, :2])])
    trap.save(tmp_path / "map.keras")
    layout = series.open_layout("parametric")
    (log_dir / "run1/plugins/training_evolution/fc%2F1/layouts/parametric/map.keras").write_bytes(
        (tmp_path / "map.keras").read_bytes()
    )
    with pytest.raises(ValueError, match=r"damaged|unsafe"):
        place_guests(series, layout.name, series.read_snapshot(10).activations)
