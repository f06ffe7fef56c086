"""What capturing costs a training: a convolutional network on MNIST's 10,000 training images, 1,000 probes after every epoch.

One training, in which three kinds of epochs take turns, in blocks, round after round:

bare       nothing is captured
forward    the probes' forward pass to the same layer, by Keras' own `predict_on_batch`, and nothing is kept
capture    `TrainingEvolution`: the forward pass, predictions, confidence and loss, and all that is written to disk

An epoch's time is from its first hook to its last; the first epoch of each block is not counted, so that a captured epoch bears
what the one before left to the writing thread. Overhead is (capture - forward) / bare, of medians: the epoch's lengthening
beyond the forward pass itself, promised to be at most 3 %. Processor time, of all threads, is told beside the wall's: a busy
machine lengthens the one less. Memory is the growth of this process' peak in an epoch of capture over one of forward, in
snapshots; promised are at most two. Results go to results/capture.json.

examples:
  python -m benchmarks.capture
  python -m benchmarks.capture --rounds 20
  python -m benchmarks.capture --quick        scikit-learn's digits, two rounds: does it run?
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from tb_embed_callbacks import TrainingEvolution

from benchmarks.report import Column, print_table, write_json
from benchmarks.series import add_data_option, load_mnist

LAYER = "conv2"
KINDS = ("bare", "forward", "capture")
_EPOCHS_PER_BLOCK = 3
_BATCH = 256

_COLUMNS = [
    Column("epochs"),
    Column("seconds", ".3f"),
    Column("least", ".3f"),
    Column("greatest", ".3f"),
    Column("cpu_seconds", ".3f", "CPU seconds"),
    Column("peak", ".1f", "peak growth, MB"),
]


class Rotation(keras.callbacks.Callback):
    """Lets kinds of epochs take turns, and times each.

    Attributes:
        seconds: kind → wall time of each epoch that counts.
        cpu_seconds: The same, of all threads.
        peaks: kind → bytes by which the process' peak grew in each.
    """

    def __init__(self, forward: Callable[[], object], evolution: TrainingEvolution) -> None:
        super().__init__()
        self._forward = forward
        self._evolution = evolution
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.cpu_seconds: dict[str, list[float]] = defaultdict(list)
        self.peaks: dict[str, list[int]] = defaultdict(list)

    def set_model(self, model: keras.Model) -> None:
        super().set_model(model)
        self._evolution.set_model(model)

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        self._evolution.set_params(params)

    def on_train_begin(self, logs: Any = None) -> None:
        self._evolution.on_train_begin(logs)

    def on_train_end(self, logs: Any = None) -> None:
        self._evolution.on_train_end(logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._evolution.on_epoch_begin(epoch, logs)
        if epoch % _EPOCHS_PER_BLOCK == 0:
            # What the last block left to do is its own.
            self._evolution._recorder.flush()
        self._memory = start_peak()
        self._start = time.perf_counter(), time.process_time()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        # Cheap, and so that steps are counted in every epoch.
        self._evolution.on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        kind = self._kind(epoch)
        if kind == "forward":
            self._forward()
        elif kind == "capture":
            self._evolution.on_epoch_end(epoch, logs)
        seconds, cpu_seconds = time.perf_counter() - self._start[0], time.process_time() - self._start[1]
        if epoch % _EPOCHS_PER_BLOCK:
            self.seconds[kind].append(seconds)
            self.cpu_seconds[kind].append(cpu_seconds)
            self.peaks[kind].append(read_peak() - self._memory)

    def _kind(self, epoch: int) -> str:
        return KINDS[epoch // _EPOCHS_PER_BLOCK % len(KINDS)]


def start_peak() -> int:
    """Forgets the process' peak; returns its resident bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return read_peak()


def read_peak() -> int:
    """Returns the most bytes that were resident since."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def build(shape: tuple[int, ...]) -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu", padding="same", name=LAYER),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def measure(images: tuple[NDArray[Any], ...], rounds: int) -> dict[str, Any]:
    x_train, y_train, x_probe, y_probe = images
    model = build(x_train.shape[1:])
    head = keras.Model(model.inputs, model.get_layer(LAYER).output)

    def forward() -> None:
        for first in range(0, len(x_probe), _BATCH):
            head.predict_on_batch(x_probe[first : first + _BATCH])

    with tempfile.TemporaryDirectory() as folder:
        n_epochs = rounds * len(KINDS) * _EPOCHS_PER_BLOCK
        evolution = TrainingEvolution(
            folder, x_probe, labels=y_probe, layers=[LAYER], max_snapshots=n_epochs + 2, batch_size=_BATCH, on_error="raise"
        )
        rotation = Rotation(forward, evolution)
        model.fit(x_train, y_train, batch_size=128, epochs=n_epochs, verbose=0, callbacks=[rotation])
    return summarize(rotation, len(x_probe) * int(np.prod(head.output_shape[1:])) * 4)


def summarize(rotation: Rotation, snapshot_bytes: int) -> dict[str, Any]:
    median = {kind: float(np.median(rotation.seconds[kind])) for kind in KINDS}
    cpu_median = {kind: float(np.median(rotation.cpu_seconds[kind])) for kind in KINDS}
    peak = {kind: max(rotation.peaks[kind]) for kind in KINDS}
    rows = [
        {
            "epochs": kind,
            "seconds": median[kind],
            "least": min(rotation.seconds[kind]),
            "greatest": max(rotation.seconds[kind]),
            "cpu_seconds": cpu_median[kind],
            "peak": peak[kind] / 1e6,
            "all_seconds": rotation.seconds[kind],
            "all_cpu_seconds": rotation.cpu_seconds[kind],
            "all_peaks": rotation.peaks[kind],
        }
        for kind in KINDS
    ]
    return {
        "rows": rows,
        "overhead": (median["capture"] - median["forward"]) / median["bare"],
        "cpu_overhead": (cpu_median["capture"] - cpu_median["forward"]) / cpu_median["bare"],
        "snapshot_bytes": snapshot_bytes,
        "growth_in_snapshots": (peak["capture"] - peak["forward"]) / snapshot_bytes,
    }


def load_digits() -> tuple[NDArray[Any], ...]:
    from sklearn.datasets import load_digits as load

    digits = load()
    images = (digits.images / 16).astype(np.float32)[..., None]
    return images[200:600], digits.target[200:600], images[:200], digits.target[:200]


def main() -> None:
    options = parse_options()
    if options.quick:
        images = load_digits()
    else:
        x_train, y_train, x_test, y_test = load_mnist(options.data)
        images = x_train, y_train, x_test[:1000], y_test[:1000]
    results = measure(images, options.rounds)
    print(f"{len(images[0]):,} images, {len(images[2]):,} probes, snapshots of {results['snapshot_bytes'] / 1e6:.1f} MB")
    print_table(results["rows"], _COLUMNS)
    checks = [
        {"promise": "epoch longer, beyond the forward pass", "limit": 0.03, "measured": results["overhead"]},
        {"promise": "the same, in processor time", "limit": 0.03, "measured": results["cpu_overhead"]},
        {"promise": "memory, in snapshots", "limit": 2.0, "measured": results["growth_in_snapshots"]},
    ]
    for check in checks:
        check["verdict"] = "pass" if check["measured"] <= check["limit"] else "FAIL"
    columns = [Column("promise"), Column("limit", ".2f"), Column("measured", ".3f"), Column("verdict")]
    print_table(checks, columns)
    print("Written:", write_json("capture" + ("-quick" if options.quick else ""), **results, checks=checks))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.capture", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, help="how often each kind has its block of epochs (default: 10)")
    parser.add_argument("--quick", action="store_true", help="small sizes, two rounds: does it run?")
    add_data_option(parser)
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 10)
    return options


if __name__ == "__main__":
    main()
