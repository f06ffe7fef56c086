"""Learns word vectors, and shows a vocabulary find its order: first random, as the minimal tutorials leave it, then learned.

Skip-gram with negative sampling (Mikolov et al. 2013): a word's vector shall tell the words that stand near it from words
drawn at random. The points are the rows of the embedding matrix, a variable rather than activations, and their metadata is
the vocabulary: search for a word in the tab, and look at its nearest neighbors before and after.
"""

from collections.abc import Sequence

import logdir
import numpy as np
import tensorflow as tf
import texts
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from tb_embed_plugin import ProbeSet, SeriesWriter

WINDOW = 5
N_NEGATIVES = 8
BATCH_SIZE = 4096
ASKED = ("oil", "team", "software", "president", "array", "matrix", "training", "random")


def make_pairs(documents: list[NDArray[np.int64]], rng: np.random.Generator) -> NDArray[np.int64]:
    """Returns every word with each one that stands at most WINDOW words off, shape (n_pairs, 2), in random order."""
    pairs = [
        np.stack([document[:-distance], document[distance:]], axis=1)
        for document in documents
        for distance in range(1, WINDOW + 1)
    ]
    forward = np.concatenate(pairs)
    return rng.permutation(np.concatenate([forward, forward[:, ::-1]]))


def unit_rows(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def find_neighbors(vectors: NDArray[np.float32], n_neighbors: int) -> NDArray[np.int64]:
    """The nearest other words of each, nearest first, shape (n_words, n_neighbors)."""
    return NearestNeighbors(n_neighbors=n_neighbors).fit(vectors).kneighbors(return_distance=False)


def find_related(documents: list[NDArray[np.int64]], n_words: int) -> NDArray[np.bool_]:
    """Which words share texts at least twice as often as chance would have it, shape (n_words, n_words)."""
    occurs = np.zeros((len(documents), n_words), dtype=np.float32)
    for row, document in enumerate(documents):
        occurs[row, document] = 1
    frequency = occurs.sum(axis=0)
    return occurs.T @ occurs > 2 * np.outer(frequency, frequency) / len(documents)


class SkipGram(tf.Module):
    """Two vectors per word: one for the word itself, which is what we want, and one for it as a neighbor."""

    def __init__(self, frequency: NDArray[np.float64], n_dims: int) -> None:
        super().__init__()
        shape = (len(frequency), n_dims)
        self.vectors = tf.Variable(tf.random.stateless_uniform(shape, seed=(0, 0), minval=-0.5, maxval=0.5) / n_dims)
        self.contexts = tf.Variable(tf.zeros(shape))
        # Raised to 3/4 as published: rare words are drawn more often than they occur.
        self._noise = tf.constant(np.log(frequency**0.75)[None], tf.float32)
        self._optimizer = tf.keras.optimizers.Adam(0.01)
        self._optimizer.build([self.vectors, self.contexts])

    @tf.function
    def train(self, pairs: tf.Tensor) -> tf.Tensor:
        """Updates the vectors by one batch, (n_pairs, 2), and returns its loss."""
        noise = tf.reshape(tf.random.categorical(self._noise, BATCH_SIZE * N_NEGATIVES), (BATCH_SIZE, N_NEGATIVES))
        with tf.GradientTape() as tape:
            word = tf.gather(self.vectors, pairs[:, 0])
            near = tf.reduce_sum(word * tf.gather(self.contexts, pairs[:, 1]), axis=1)
            far = tf.einsum("bd,bnd->bn", word, tf.gather(self.contexts, noise))
            loss = -tf.reduce_mean(tf.math.log_sigmoid(near) + tf.reduce_sum(tf.math.log_sigmoid(-far), axis=1))
        variables = [self.vectors, self.contexts]
        gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, variables)]
        self._optimizer.apply(gradients, variables)
        return loss


def main(arguments: Sequence[str] | None = None) -> None:
    parser = logdir.make_parser(__file__, __doc__)
    texts.add_arguments(parser)
    parser.add_argument("--words", type=int, default=2000, help="the most frequent words (default: 2000)")
    parser.add_argument("--steps", type=int, default=1500, help=f"batches of {BATCH_SIZE} pairs (default: 1500)")
    parser.add_argument("--dims", type=int, default=64, help="width of a vector (default: 64)")
    parser.add_argument("--neighbors", type=int, default=10, help="nearest words that are judged (default: 10)")
    options = parser.parse_args(arguments)
    tf.random.set_seed(0)
    rng = np.random.default_rng(0)
    name, collection = texts.load(options)
    counts = texts.count_words(collection)
    vocabulary = [word for word, _ in counts.most_common(options.words)]
    frequency = np.array([counts[word] for word in vocabulary], dtype=np.float64)
    index = {word: i for i, word in enumerate(vocabulary)}
    documents = [np.array([index[word] for word in words if word in index], np.int64) for words in collection.words]
    related = find_related(documents, len(vocabulary))
    # Frequent words are left out at random (as published): "the" stands beside every word and tells nothing.
    keep = np.minimum(1, np.sqrt(frequency.mean() / 5 / frequency))
    pairs = make_pairs([document[rng.random(len(document)) < keep[document]] for document in documents], rng)

    run = logdir.next_run(options, f"word_vectors-{name}")
    logdir.say(f"Learning {len(vocabulary)} vectors from {len(pairs)} pairs of words of {name}; capturing them into {run}")
    probe_set = ProbeSet(
        n_points=len(vocabulary),
        labels=texts.main_classes(collection, vocabulary),
        metadata={"word": vocabulary, "count": frequency},
    )
    model = SkipGram(frequency, options.dims)
    # Dense at the start, where most happens.
    due = sorted({0, *np.geomspace(10, options.steps, 12).astype(int).tolist()})
    neighbors = {}
    with SeriesWriter(run, "vectors", probe_set) as writer:
        loss = None
        for step in range(options.steps + 1):
            if step in due:
                # Of unit length: word vectors are compared by their angle.
                vectors = unit_rows(model.vectors.numpy())
                neighbors[step] = find_neighbors(vectors, options.neighbors)
                figures = {"related neighbors": float(np.take_along_axis(related, neighbors[step], axis=1).mean())}
                if loss is not None:
                    figures["loss"] = float(loss)
                writer.write_snapshot(step, vectors, scalars=figures)
                print(f"step {step:5}   " + "   ".join(f"{name} {value:.3f}" for name, value in figures.items()), flush=True)
            loss = model.train(np.take(pairs, np.arange(BATCH_SIZE) + step * BATCH_SIZE, axis=0, mode="wrap"))

    logdir.lay_out(run)
    logdir.say("Nearest words, first and last")
    for word in [index[word] for word in ASKED if word in index]:
        for step in (due[0], due[-1]):
            print(f"{vocabulary[word]:>10} {step:5}: {', '.join(vocabulary[near] for near in neighbors[step][word, :6])}")
    logdir.serve(options)


if __name__ == "__main__":
    main()
