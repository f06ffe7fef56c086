"""PyTorch and Lightning: tests/run installs them where a build without CUDA is to be had, and sets TB_EMBED_EXPECT_TORCH."""

import importlib.util
import os

import numpy as np
import pytest

from tb_embed_plugin import open_series
from tb_embed_plugin.store import is_finished

IS_EXPECTED = bool(os.environ.get("TB_EMBED_EXPECT_TORCH"))
pytestmark = [
    pytest.mark.skipif(not IS_EXPECTED and importlib.util.find_spec("lightning") is None, reason="needs the extra lightning"),
    # What Lightning says of itself and of the machine.
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning"),
]


@pytest.fixture
def module():
    import lightning
    import torch

    class Classifier(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.encoder = torch.nn.Sequential(torch.nn.Linear(64, 16), torch.nn.ReLU(), torch.nn.Dropout(0.5))
            self.classes = torch.nn.Linear(16, 10)

        def forward(self, x):
            return self.classes(self.encoder(x.flatten(1)))

        def training_step(self, batch, _):
            x, y = batch
            loss = torch.nn.functional.cross_entropy(self(x), y)
            self.log("loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 0.01)

    torch.manual_seed(0)
    return Classifier()


def fit(module, digits, tmp_path, callback, n_epochs=3):
    import lightning
    import torch

    x, y = torch.as_tensor(digits[0], dtype=torch.float32), torch.as_tensor(digits[1])
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=20)
    trainer = lightning.Trainer(
        max_epochs=n_epochs,
        callbacks=[callback],
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=str(tmp_path),
    )
    trainer.fit(module, loader)


def test_a_lightning_training_is_captured_at_inference_and_trains_on_as_before(tmp_path, digits, module):
    import torch
    from tb_embed_callbacks.lightning import TrainingEvolution

    x_probe = torch.as_tensor(digits[0], dtype=torch.float32)
    module.classes.eval()
    evolution = TrainingEvolution(tmp_path / "run", x_probe, layers=["encoder"], labels=digits[1], images=digits[0])
    fit(module, digits, tmp_path, evolution)
    series = open_series(str(tmp_path / "run"))
    assert series.tag == "encoder"
    assert series.steps() == [0, 10, 20, 30]
    assert is_finished(series.path)
    assert (module.encoder.training, module.classes.training) == (True, False)
    module.eval()
    with torch.no_grad():
        expected = module.encoder(x_probe.flatten(1)).numpy()
    np.testing.assert_allclose(series.read_snapshot(30).activations, expected, atol=1e-6)
    assert np.isfinite(series.read_snapshot(20).scalars["loss"])


def test_a_wrong_layer_is_said_before_lightning_trains(tmp_path, digits, module):
    from tb_embed_callbacks.lightning import TrainingEvolution

    evolution = TrainingEvolution(tmp_path / "run", np.float32(digits[0]), layers=["decoder"])
    with pytest.raises(ValueError, match=r"no layers \['decoder'\]; it has classes, encoder, encoder.0"):
        fit(module, digits, tmp_path, evolution)


def test_a_pytorch_loop_is_captured_by_forward_hooks(tmp_path, monkeypatch):
    from tests.conftest import REPOSITORY

    monkeypatch.syspath_prepend(str(REPOSITORY / "demo"))
    import pytorch_loop

    arguments = ["--no-serve", "--logdir", str(tmp_path), "--points", "100", "--steps", "40", "--every", "20"]
    pytorch_loop.main(arguments)
    series = open_series(str(tmp_path / "pytorch-digits-1"))
    assert series.steps() == [0, 20, 40]
    assert series.layout_names() == ["tsne"]
    assert series.read_snapshot(40).scalars["loss"] < series.read_snapshot(20).scalars["loss"]
