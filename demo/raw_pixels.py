"""Lays out the inputs themselves: images as points, without any training. What does a network have to start from?

One snapshot at step 0 is a whole series. Besides the joint t-SNE it gets a PCA layout, and both are judged by a question
that has a right answer: is the nearest other image of the same class?
"""

from collections.abc import Sequence

import datasets
import logdir
import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series

TAG = "pixels"


def nearest_shares_class(points: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The share of points whose nearest other point has their own label.

    Args:
        points: shape (n_points, n_dims).
        labels: shape (n_points,).
    """
    # Without an argument, kneighbors leaves each point itself out.
    (nearest,) = NearestNeighbors(n_neighbors=1).fit(points).kneighbors(return_distance=False).T
    return float(np.mean(labels[nearest] == labels))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = logdir.make_parser(__file__, __doc__)
    datasets.add_arguments(parser)
    parser.add_argument("--points", type=int, default=1000, help="test images to show (default: 1000)")
    options = parser.parse_args(arguments)
    name, _, (images, labels) = datasets.load(options)
    images, labels = images[: options.points], labels[: options.points]
    pixels = datasets.flatten(images)

    run = logdir.next_run(options, f"raw_pixels-{name}")
    logdir.say(f"Writing {pixels.shape[0]} images of {pixels.shape[1]} pixels into {run}")
    # Everything that is shown of a point whatever the step: its class as color, its image as thumbnail, numbers to color by.
    probe_set = ProbeSet(n_points=len(pixels), labels=labels, images=images, metadata={"ink": pixels.mean(axis=1)})
    with SeriesWriter(run, TAG, probe_set) as writer:
        writer.write_snapshot(0, pixels)

    for method in ("tsne", "pca"):
        logdir.lay_out(run, "--method", method)

    logdir.say("How often the nearest image is of the same class")
    print(f"among the pixels       {nearest_shares_class(pixels, labels):.3f}")
    series = open_series(str(run), TAG)
    for method in ("tsne", "pca"):
        positions = series.open_layout(method).read_frame(0).positions
        print(f"in the {method:4} layout     {nearest_shares_class(positions, labels):.3f}")
    shares = series.open_layout("pca").parameters["explained_variance"]
    print("PCA's two axes explain " + " and ".join(f"{share:.1%}" for share in shares) + " of the variance.")
    logdir.serve(options)


if __name__ == "__main__":
    main()
