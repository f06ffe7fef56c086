"""Trains a text classifier that never sees one of the classes, then asks where it would put that class.

fastText's model (Joulin et al. 2017): the mean of a text's word vectors, and one linear layer on top. Its texts are laid out by
parametric t-SNE, a network that maps text vectors to places, also those it has never seen: the class left out is placed as
guests on the map of the others. A ridgeline plot shows how probable the classifier finds each class it knows, for the texts of
each class and for those left out.
"""

from collections.abc import Sequence
from pathlib import Path

import keras
import logdir
import numpy as np
import tensorflow as tf
import texts
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from tb_embed_callbacks import TrainingEvolution

VECTORS = "text_vectors"


def encode(collection: texts.Texts, n_words: int, length: int) -> tuple[NDArray[np.int32], list[str]]:
    """Returns texts as indices of words, shape (n_texts, length), and the vocabulary; index 0 is no word."""
    vocabulary = [word for word, _ in texts.count_words(collection).most_common(n_words)]
    index = {word: i + 1 for i, word in enumerate(vocabulary)}
    encoded = np.zeros((len(collection.words), length), dtype=np.int32)
    for row, words in zip(encoded, collection.words, strict=True):
        known = [index[word] for word in words if word in index][:length]
        row[: len(known)] = known
    return encoded, vocabulary


def make_model(n_words: int, length: int, n_dims: int, n_classes: int) -> keras.Model:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((length,)),
            # Index 0 is masked: the mean is over the words that are there.
            layers.Embedding(n_words + 1, n_dims, mask_zero=True, name="word_vectors"),
            layers.GlobalAveragePooling1D(name=VECTORS),
            layers.Dense(n_classes, activation="softmax", name="classes"),
        ],
        name="fasttext",
    )


def draw_ridges(path: Path, title: str, names: Sequence[str], log_p: dict[str, NDArray[np.float32]]) -> None:
    """Draws a ridge for each class the network knows: how its log-probability is spread, for each group of texts.

    Args:
        path: Where the PNG goes.
        title: Above it.
        names: The known classes, one ridge each.
        log_p: Group of texts → log-probabilities, shape (n_texts, n_classes). The last group is drawn in front, in black.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 1.2 * len(names) + 1.5), layout="constrained")
    axes = figure.subplots()
    bins = np.linspace(-12, 0, 49)
    for ridge in range(len(names)):
        base = len(names) - 1 - ridge
        for color, (group, values) in enumerate(log_p.items()):
            is_last = color == len(log_p) - 1
            density, _ = np.histogram(np.clip(values[:, ridge], bins[0], bins[-1]), bins, density=True)
            # By its square root, so that a tall peak leaves the small ones to be seen.
            height = base + 0.9 * np.sqrt(density / 4)
            shade = "black" if is_last else colormaps["tab10"](color)
            middles = (bins[1:] + bins[:-1]) / 2
            axes.fill_between(middles, base, height, color=shade, alpha=0.25, linewidth=0, zorder=ridge)
            axes.plot(middles, height, color=shade, linewidth=2 if is_last else 1, zorder=ridge, label=None if ridge else group)
    axes.set(yticks=range(len(names)), yticklabels=names[::-1], xlabel="log-probability of the class", title=title)
    axes.legend(title="texts of", loc="upper left", fontsize="small")
    figure.savefig(path, dpi=100)


def leave_out(options: object, run: Path, collection: texts.Texts, encoded: NDArray[np.int32], left_out: int) -> None:
    """Trains without one class, lays out the others' test texts, and sends the class left out after them."""
    known_names = [name for label, name in enumerate(collection.class_names) if label != left_out]
    is_left_out = collection.labels == left_out
    # Labels of the known classes close ranks.
    labels = collection.labels - (collection.labels > left_out)
    is_test = np.arange(len(labels)) % 4 == 0
    train, test = np.flatnonzero(~is_left_out & ~is_test), np.flatnonzero(~is_left_out & is_test)
    rng = np.random.default_rng(0)
    probe, guests = (rng.permutation(rows)[: options.points] for rows in (test, np.flatnonzero(is_left_out)))

    keras.utils.set_random_seed(0)
    model = make_model(options.words, encoded.shape[1], options.dims, len(known_names))
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    evolution = TrainingEvolution(
        run,
        encoded[probe],
        labels=labels[probe],
        class_names=known_names,
        metadata={"title": [collection.titles[row] for row in probe]},
        layers=[VECTORS],
        every="epoch",
    )
    board = keras.callbacks.TensorBoard(str(run))
    data = {"validation_data": (encoded[test], labels[test]), "batch_size": 32, "epochs": options.epochs}
    history = model.fit(encoded[train], labels[train], **data, callbacks=[evolution, board], verbose=0)
    print(f"accuracy on the classes it knows  {history.history['val_accuracy'][-1]:.3f}")

    vectors = keras.Model(model.inputs, model.get_layer(VECTORS).output).predict(encoded[guests], verbose=0)
    np.save(run / "left_out.npy", vectors)
    logdir.lay_out(run, "--method", "parametric", "--iterations", str(options.iterations), "--place", str(run / "left_out.npy"))

    # 1e-9: a probability may be too small for float32.
    strange = np.log(model.predict(encoded[guests], verbose=0) + 1e-9)
    familiar = np.log(model.predict(encoded[probe], verbose=0) + 1e-9)
    taken = np.bincount(strange.argmax(axis=1), minlength=len(known_names)) / len(strange)
    shares = (f"{name} ({share:.0%})" for name, share in zip(known_names, taken, strict=True))
    print(f"{collection.class_names[left_out]} is taken for {', '.join(shares)}")
    confidence = np.concatenate([familiar.max(axis=1), strange.max(axis=1)])
    is_known = np.arange(len(confidence)) < len(familiar)
    print(f"confidence tells known texts from those left out: AUROC {roc_auc_score(is_known, confidence):.3f}")
    groups = {name: familiar[labels[probe] == label] for label, name in enumerate(known_names)}
    groups[f"{collection.class_names[left_out]} (left out)"] = strange
    draw_ridges(run / "ridgeline.png", f"A classifier that never saw {collection.class_names[left_out]}", known_names, groups)
    with tf.summary.create_file_writer(str(run)).as_default():
        tf.summary.image("ridgeline", tf.io.decode_png((run / "ridgeline.png").read_bytes())[None], step=options.epochs)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = logdir.make_parser(__file__, __doc__)
    texts.add_arguments(parser)
    parser.add_argument(
        "--without", metavar="CLASS,CLASS", help="classes to leave out, each in a run of its own (default: each)"
    )
    parser.add_argument("--points", type=int, default=500, help="texts on the map, and guests, at most (default: 500)")
    parser.add_argument("--words", type=int, default=5000, help="the most frequent words (default: 5000)")
    parser.add_argument("--length", type=int, default=64, help="words of each text (default: 64)")
    parser.add_argument("--dims", type=int, default=32, help="width of a word vector (default: 32)")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--iterations", type=int, default=200, help="of the map's t-SNE (default: 200)")
    options = parser.parse_args(arguments)
    name, collection = texts.load(options)
    chosen = options.without.split(",") if options.without else collection.class_names
    if unknown := set(chosen) - set(collection.class_names):
        raise SystemExit(f"There is no class {', '.join(sorted(unknown))}; there are {', '.join(collection.class_names)}.")
    encoded, vocabulary = encode(collection, options.words, options.length)
    options.words = len(vocabulary)
    for class_name in chosen:
        run = logdir.next_run(options, f"text_classes-{name}-without-{class_name.replace('/', '-')}")
        logdir.say(f"Training without {class_name}; capturing the vectors of test texts into {run}")
        leave_out(options, run, collection, encoded, collection.class_names.index(class_name))
    logdir.serve(options)


if __name__ == "__main__":
    main()
