"""Every demo, run whole but small: real training, a layout, and a logdir that both tabs can read."""

import importlib
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from tensorboard.plugins.base_plugin import TBContext

from tb_embed_plugin import open_series
from tb_embed_plugin.plugin import TrainingEvolutionPlugin
from tb_embed_plugin.store import Series, read_guests
from tb_embed_plugin.store.ideal_inputs import list_ideal_inputs
from tests.conftest import REPOSITORY
from tests.store.test_projector import Projector
from tests.wsgi import Site

# What Keras' TensorBoard callback does to TensorFlow's variables under numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a demo left behind."""

    log_dir: Path
    run: Path
    output: str

    def figure(self, pattern: str) -> float:
        """The number, or percentage, that follows or stands at the group of `pattern` in what was printed."""
        found = re.findall(pattern, self.output)
        assert found, self.output
        return float(found[-1])

    def series(self, tag: str) -> Series:
        return open_series(str(self.run), tag)


@pytest.fixture
def run_demo(tmp_path, monkeypatch, capsys):
    """Runs a demo in this process, for starting TensorFlow takes longer than training does."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "demo"))

    def run(name: str, *options: str) -> Outcome:
        log_dir = tmp_path / "logs"
        importlib.import_module(name).main(["--logdir", str(log_dir), "--no-serve", *options])
        (run_dir,) = log_dir.iterdir()
        outcome = Outcome(log_dir=log_dir, run=run_dir, output=capsys.readouterr().out)
        assert f"tensorboard --logdir {log_dir}" in outcome.output
        return outcome

    return run


def assert_tab_shows(outcome: Outcome, tags: set[str]) -> None:
    """Every series is listed with a layout of all its steps, and its frames can be had."""
    site = Site(TrainingEvolutionPlugin(TBContext(logdir=str(outcome.log_dir))))
    listed = {series["tag"]: series for series in site.get("/series").get_json()["series"]}
    assert set(listed) == tags
    for tag, series in listed.items():
        for layout in series["layouts"]:
            assert layout["steps"] == series["steps"]
        assert series["layouts"], tag


def assert_projector_shows(outcome: Outcome, tag: str) -> None:
    """TensorBoard's own Projector gives the newest activations, the metadata and the sprite."""
    projector, series = Projector(outcome.log_dir), outcome.series(tag)
    shown = {"run": outcome.run.name, "name": f"{tag} (newest snapshot)"}
    newest = series.read_snapshot(series.steps()[-1]).activations
    np.testing.assert_array_equal(projector.tensor(**shown), newest)
    assert projector.get("/metadata", **shown).get_data(as_text=True).count("\n") >= series.n_points
    assert projector.get("/sprite_image", **shown).data == series.read_sprite(0)


def write_texts(path: Path, n_texts: int) -> Path:
    """A CSV file of three classes whose texts share no content words, so that right and wrong answers are known."""
    rng = np.random.default_rng(0)
    subjects = [
        ("oil", "prices", "crude", "barrel", "market", "shares"),
        ("team", "coach", "goal", "season", "league", "match"),
        ("software", "computer", "windows", "users", "internet", "web"),
    ]
    rows = []
    for i in range(n_texts):
        label = i % len(subjects)
        words = " ".join([*rng.choice(subjects[label], 8), *rng.choice(["the", "of", "and", "in"], 6)])
        rows.append(f'"{label + 1}","Title {i}","{words}"')
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_raw_pixels_shows_the_inputs_at_one_step_without_training(run_demo):
    outcome = run_demo("raw_pixels", "--points", "200")
    assert_tab_shows(outcome, {"pixels"})
    assert_projector_shows(outcome, "pixels")
    series = outcome.series("pixels")
    assert series.steps() == [0]
    assert series.sprites is not None
    assert outcome.figure(r"among the pixels +([\d.]+)") > 0.8
    assert outcome.figure(r"in the tsne layout +([\d.]+)") > outcome.figure(r"in the pca +layout +([\d.]+)")


def test_autoencoder_restores_variance_it_was_never_told_classes_of(run_demo):
    outcome = run_demo("autoencoder", "--points", "150", "--epochs", "5", "--code", "8")
    assert_tab_shows(outcome, {"code"})
    assert outcome.series("code").layout_names() == ["pca", "tsne"]
    # The mean image restores nothing.
    assert outcome.figure(r"restore ([\d.]+)%") > 20
    assert outcome.figure(r"axes show ([\d.]+)%") > 12.5


def test_word_vectors_learn_which_words_belong_together(run_demo, tmp_path):
    data = write_texts(tmp_path / "texts.csv", 600)
    outcome = run_demo("word_vectors", "--data", str(data), "--steps", "200", "--dims", "8", "--neighbors", "4")
    assert_tab_shows(outcome, {"vectors"})
    series = outcome.series("vectors")
    words = next(column.values for column in series.columns if column.name == "word")
    assert "crude" in words
    shares = [series.read_snapshot(step).scalars["related neighbors"] for step in series.steps()]
    assert shares[-1] > max(0.6, shares[0])


def test_cnn_session_learns_and_lays_out_its_final_weights_by_class(run_demo):
    outcome = run_demo("cnn_session", "--points", "150", "--iterations", "60", "--every", "30", "--units", "128", "--png")
    assert_tab_shows(outcome, {"logits", "final weights"})
    assert outcome.series("logits").steps() == [0, 30, 60]
    # Ten classes: 0.1 by chance.
    assert outcome.figure(r"test accuracy ([\d.]+)") > 0.25
    weights = outcome.series("final weights")
    assert weights.steps() == [60]
    votes = next(column for column in weights.columns if column.name == "label")
    assert votes.values == tuple(str(vote) for vote in weights.read_snapshot(60).activations.argmax(axis=1))
    for step in (0, 30, 60):
        with Image.open(outcome.run / f"logits_{step:06}.png") as image:
            assert len(image.convert("RGB").getcolors(1 << 24)) > 10


def test_dense_activations_gives_the_projector_all_that_it_needs(run_demo, tmp_path):
    digits = load_digits()
    images, labels = np.uint8(digits.images * 15), digits.target
    arrays = {"x_train": images[200:], "y_train": labels[200:], "x_test": images[:200], "y_test": labels[:200]}
    np.savez(tmp_path / "digits.npz", **arrays)
    outcome = run_demo("dense_activations", "--epochs", "3", "--data", str(tmp_path / "digits.npz"))
    assert_tab_shows(outcome, {"hidden"})
    assert_projector_shows(outcome, "hidden")
    accuracies = [float(found) for found in re.findall(r"validation accuracy ([\d.]+)", outcome.output)]
    assert len(accuracies) == 3
    assert accuracies[-1] > 0.5
    assert outcome.series("hidden").n_points == 200
    # What it printed is the configuration: the last snapshot as tensor, labels, thumbnails.
    for part in ("tensor_path", "tensor_shape: 200", "metadata_path", "image_path", "single_image_dim"):
        assert part in outcome.output
    assert {path.name for path in outcome.run.iterdir()} >= {"train", "validation", "projector_config.pbtxt"}


def test_text_classes_places_the_class_that_was_left_out(run_demo, tmp_path):
    data = write_texts(tmp_path / "texts.csv", 300)
    options = ["--class-names", "Business,Sports,Computers", "--without", "Sports", "--points", "60"]
    small = ["--epochs", "3", "--dims", "8", "--length", "16", "--iterations", "50"]
    outcome = run_demo("text_classes", "--data", str(data), *options, *small)
    assert_tab_shows(outcome, {"text_vectors"})
    series = outcome.series("text_vectors")
    labels = next(column for column in series.columns if column.name == "label").values
    assert set(labels) == {"Business", "Computers"}
    # The two that are known share no content word.
    assert outcome.figure(r"classes it knows +([\d.]+)") > 0.9
    guests = read_guests(series.open_layout("parametric"))
    assert guests is not None
    assert guests.steps == series.steps()[-1:]
    assert guests.positions.shape == (1, 60, 2)
    assert np.isfinite(guests.positions).all()
    with Image.open(outcome.run / "ridgeline.png") as image:
        assert len(image.convert("RGB").getcolors(1 << 24)) > 10


def test_fingerprints_record_ideal_inputs_that_the_network_takes_for_their_class(run_demo):
    outcome = run_demo("fingerprints", "--points", "150", "--units", "100", "--epochs", "6")
    assert_tab_shows(outcome, {"hidden"})
    assert list_ideal_inputs(outcome.series("hidden").path) == outcome.series("hidden").steps()
    assert outcome.figure(r"test accuracy ([\d.]+)") > 0.5
    assert outcome.figure(r"(\d+) of 10 ideal inputs") >= 8
    for moment in ("before", "after"):
        assert 0 < outcome.figure(rf"selectivity {moment} +training ([\d.]+)") < 1


def test_sklearn_loop_captures_a_network_without_any_framework(run_demo):
    outcome = run_demo("sklearn_loop", "--points", "200", "--epochs", "3")
    assert_tab_shows(outcome, {"hidden"})
    series = outcome.series("hidden")
    first, *_, last = (series.read_snapshot(step) for step in series.steps())
    assert last.scalars["probe_accuracy"] > max(0.6, first.scalars["probe_accuracy"])
    labels = np.array(next(column.values for column in series.columns if column.name == "label"))
    hits = last.per_point["prediction"].astype(str) == labels
    assert hits.mean() == pytest.approx(last.scalars["probe_accuracy"])


def test_run_lists_the_demos_when_asked_for_one_that_is_not_there():
    result = subprocess.run([REPOSITORY / "demo" / "run", "nothing"], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    for name in ("first_look", "raw_pixels", "autoencoder", "word_vectors"):
        assert re.search(rf"^ +{name} +\w", result.stderr, re.MULTILINE)
    assert not re.search(r"^ +(datasets|logdir|texts) ", result.stderr, re.MULTILINE)
