"""Captures a PyTorch training loop by forward hooks. Needs PyTorch: pip install tb-embed-plugin[torch]."""

from collections.abc import Sequence

import datasets
import logdir
import numpy as np
import torch
from numpy.typing import NDArray

from tb_embed_plugin import ProbeSet, SeriesWriter

LAYER = "fc1"


class Network(torch.nn.Module):
    """A small convolutional network."""

    def __init__(self, image_shape: tuple[int, ...], n_classes: int) -> None:
        super().__init__()
        height, width, channels = image_shape
        self.conv1 = torch.nn.Conv2d(channels, 16, 3, padding=1)
        self.conv2 = torch.nn.Conv2d(16, 32, 3, padding=1)
        self.fc1 = torch.nn.Linear(32 * (height // 2) * (width // 2), 64)
        self.dropout = torch.nn.Dropout(0.3)
        self.classes = torch.nn.Linear(64, n_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = torch.relu(self.conv2(x)).flatten(1)
        return self.classes(self.dropout(torch.relu(self.fc1(x))))


def capture(model: torch.nn.Module, layer: str, x: torch.Tensor, batch_size: int = 256) -> NDArray[np.float32]:
    """Returns what a layer makes of all inputs, shape (n_points, n_features), and leaves the model as it was."""
    parts: list[NDArray[np.float32]] = []
    handle = model.get_submodule(layer).register_forward_hook(
        lambda _module, _inputs, output: parts.append(output.flatten(1).float().cpu().numpy())
    )
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            for batch in x.split(batch_size):
                model(batch)
    finally:
        handle.remove()
        model.train(was_training)
    return np.concatenate(parts)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = logdir.make_parser(__file__, __doc__)
    datasets.add_arguments(parser)
    parser.add_argument("--points", type=int, default=1000, help="test images to watch (default: 1000)")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--every", type=int, default=25, help="steps between captures (default: 25)")
    options = parser.parse_args(arguments)
    name, (images, labels), (probe_images, probe_labels) = datasets.load(options)
    probe_images, probe_labels = probe_images[: options.points], probe_labels[: options.points]

    torch.manual_seed(0)
    # Channels come first in PyTorch.
    x, y = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels)
    x_probe = torch.from_numpy(probe_images).permute(0, 3, 1, 2).contiguous()
    model = Network(images.shape[1:], int(labels.max()) + 1)
    optimizer = torch.optim.Adam(model.parameters())

    run = logdir.next_run(options, f"pytorch-{name}")
    logdir.say(f"Training on {len(x)} images of {name}; capturing {len(x_probe)} test images into {run}")
    with SeriesWriter(run, LAYER, ProbeSet(n_points=len(x_probe), labels=probe_labels, images=probe_images)) as writer:
        writer.write_snapshot(0, capture(model, LAYER, x_probe))
        for step in range(1, options.steps + 1):
            rows = torch.randint(len(x), (32,))
            loss = torch.nn.functional.cross_entropy(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % options.every == 0 or step == options.steps:
                writer.write_snapshot(step, capture(model, LAYER, x_probe), scalars={"loss": loss.item()})
                print(f"step {step}: loss {loss.item():.3f}")

    logdir.lay_out(run)
    logdir.serve(options)


if __name__ == "__main__":
    main()
