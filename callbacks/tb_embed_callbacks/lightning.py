"""The PyTorch Lightning callback: `from tb_embed_callbacks.lightning import TrainingEvolution`."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import lightning.pytorch
import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from tb_embed_callbacks._cadence import Cadence, Every
from tb_embed_callbacks._pause import OnError
from tb_embed_callbacks._recorder import Capture, Dtype, Recorder, check_options
from tb_embed_plugin.store import ProbeSet


class TrainingEvolution(lightning.pytorch.Callback):  # type: ignore[misc]
    """Captures what a LightningModule makes of a probe set while it trains, for TensorBoard's tab "Training Evolution".

    Example:
        evolution = TrainingEvolution("logs/run1", x_probe, labels=y_probe, layers=["encoder.fc1"])
        lightning.Trainer(max_epochs=10, callbacks=[evolution]).fit(module, loader)

    A step is one update of the weights, as the trainer counts them. The step that training starts from and the one that it ends
    with are always captured. Where several processes train, the first one writes.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        x: Any,
        *,
        layers: Sequence[str],
        labels: ArrayLike | None = None,
        class_names: Sequence[str] | None = None,
        images: Any = None,
        metadata: Any = None,
        every: Every = "epoch",
        max_snapshots: int = 200,
        batch_size: int = 256,
        dtype: Dtype | None = None,
        live: bool = False,
        on_error: OnError = "warn",
    ) -> None:
        """Checks everything that can be checked without the module.

        Args:
            log_dir: The run's folder, below TensorBoard's --logdir. Use a new one for each run.
            x: The probe set, as the module's `forward` takes it: a tensor or array, one row per point.
            layers: What to capture: names of submodules, such as "encoder.fc1". Each makes a series of its own.
            labels: Class of each point, shape (n_points,).
            class_names: Names for integer labels.
            images: Thumbnails, (n_points, height, width[, channels]), uint8 or float in [0, 1].
            metadata: Further columns: name → one value per point, or a table.
            every: "epoch"; a number of steps; "log", for steps in a geometric series; a list of steps; or a function that tells
                of a step whether it is due.
            max_snapshots: At most so many are written.
            batch_size: Points per forward pass.
            dtype: How activations are stored: "float32", "float16", or None for what the module computes in.
            live: Lays the run out while it trains, in a process of low priority.
            on_error: "warn": a capture that fails warns once, capturing pauses, is tried again later, and training goes on.
                "raise": it raises.

        Raises:
            ValueError: An argument is wrong; the message says how.
        """
        super().__init__()
        if not layers or isinstance(layers, str):
            raise ValueError(f"layers is {layers!r}; expected names of submodules in a list, such as ['encoder.fc1'].")
        check_options(log_dir, on_error, dtype)
        self._x = torch.as_tensor(x)
        self._log_dir = log_dir
        self._layers = list(layers)
        self._probe_set = ProbeSet(
            n_points=len(self._x), labels=labels, class_names=class_names, images=images, metadata=metadata
        )
        self._cadence = Cadence(every, max_snapshots)
        self._batch_size = batch_size
        self._recording: dict[str, Any] = {"dtype": dtype, "live": live, "on_error": on_error}
        self._recorder: Recorder | None = None
        self._last_step = 0

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        if not trainer.is_global_zero:
            return
        names = {name for name, _ in pl_module.named_modules()}
        missing = [layer for layer in self._layers if layer not in names]
        if missing:
            raise ValueError(f"The module has no layers {missing}; it has {', '.join(sorted(filter(None, names)))}.")
        self._last_step = trainer.global_step
        self._recorder = Recorder(
            self._log_dir,
            dict.fromkeys(self._layers, self._probe_set),
            first_step=self._last_step,
            provenance={layer: {"layer": layer, "torch": torch.__version__} for layer in self._layers},
            **self._recording,
        )
        self._cadence.plan(self._last_step, trainer.max_epochs, None)
        self._capture(trainer, pl_module)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:  # noqa: ARG002
        # With accumulated gradients only some batches make a step.
        if trainer.global_step > self._last_step:
            self._last_step = trainer.global_step
            if self._cadence.is_due_after_batch(self._last_step):
                self._capture(trainer, pl_module)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        if self._cadence.is_due_after_epoch(trainer.current_epoch):
            self._capture(trainer, pl_module)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        self._capture(trainer, pl_module, is_last=True)
        if self._recorder is not None:
            self._recorder.close()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:  # noqa: ARG002
        if self._recorder is not None:
            self._recorder.abandon()

    def _capture(self, trainer: Any, pl_module: Any, *, is_last: bool = False) -> None:
        recorder = self._recorder
        if recorder is not None and self._cadence.has_room(recorder.n_captured, is_last=is_last):
            scalars = {name: float(value) for name, value in trainer.callback_metrics.items()}
            recorder.capture(trainer.global_step, lambda: self._compute(pl_module), scalars=scalars, is_last=is_last)

    def _compute(self, module: Any) -> dict[str, Capture]:
        parts: dict[str, list[NDArray[Any]]] = {layer: [] for layer in self._layers}
        modes = {part: part.training for part in module.modules()}
        module.eval()
        try:
            with ExitStack() as hooks, torch.no_grad():
                for layer in self._layers:
                    hooks.callback(module.get_submodule(layer).register_forward_hook(_keep(parts[layer])).remove)
                for batch in self._x.split(self._batch_size):
                    module(batch.to(module.device))
        finally:
            # Each as it was: parts may be frozen at inference for good.
            for part, mode in modes.items():
                part.training = mode
        return {layer: Capture(activations=np.concatenate(arrays)) for layer, arrays in parts.items()}


def _keep(parts: list[NDArray[Any]]) -> Callable[..., None]:
    def hook(module: Any, inputs: Any, output: Any) -> None:  # noqa: ARG001 (PyTorch calls it so)
        # numpy has no bfloat16.
        output = output if output.dtype in (torch.float16, torch.float32) else output.float()
        parts.append(output.flatten(1).cpu().numpy())

    return hook
