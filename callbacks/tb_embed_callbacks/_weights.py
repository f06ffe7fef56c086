"""Weights as points: each row of an embedding, or of any 2-D variable, while it is trained."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import keras
import numpy as np
from numpy.typing import NDArray

from tb_embed_callbacks._targets import find_layer
from tb_embed_plugin.store import ProbeSet

WantedWeights: TypeAlias = str | keras.Layer | keras.Variable | Callable[[keras.Model], Any]
"""A layer's name or path, a layer, a variable, or a function of the model that returns one of these."""

Vocabulary: TypeAlias = Sequence[str] | Mapping[int, str] | ProbeSet
"""A word for each row; or row → word, for only these rows; or all that is known of the rows."""

_WORD_COLUMN = "word"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WatchedWeights:
    """A 2-D variable whose rows are the points.

    Attributes:
        name: What the series is called, unless told otherwise.
        variable: float, shape (n_rows, n_features).
        rows: Which rows; None: all.
        points: What is known of them.
    """

    name: str
    variable: Any
    rows: NDArray[np.int64] | None
    points: ProbeSet

    def read(self) -> NDArray[Any]:
        """Returns the rows as they are now."""
        array = read_variable(self.variable)
        array = array if array.dtype in (np.float16, np.float32) else array.astype(np.float32)
        return array if self.rows is None else array[self.rows]


def read_variable(variable: Any) -> NDArray[Any]:
    """Returns a variable's value, also where it is mirrored on several devices and so is no array."""
    array: NDArray[Any] = keras.ops.convert_to_numpy(keras.ops.copy(variable))
    return array


def find_weights(
    model: keras.Model,
    weights: Sequence[WantedWeights] | Mapping[str, WantedWeights],
    vocabulary: Vocabulary | Mapping[str, Vocabulary] | None,
) -> list[WatchedWeights]:
    """Finds the variables.

    Raises:
        ValueError: There is no such variable, it is not 2-D, or the vocabulary does not fit it.
    """
    named = weights.items() if isinstance(weights, Mapping) else ((None, wanted) for wanted in weights)
    found = [(name or own_name, variable) for name, (own_name, variable) in ((n, _find(model, w)) for n, w in named)]
    by_name = _vocabularies(vocabulary, [name for name, _ in found])
    return [_watch(name, variable, by_name.get(name)) for name, variable in found]


def _find(model: keras.Model, wanted: Any) -> tuple[str, Any]:
    if isinstance(wanted, keras.Variable):
        return wanted.path, _check(wanted)
    if callable(wanted) and not isinstance(wanted, keras.Layer):
        return _find(model, wanted(model))
    if not isinstance(wanted, str | keras.Layer):
        raise ValueError(
            f"weights has {wanted!r}; expected the name of a layer, a layer, a variable, or a function of the model."
        )
    path, layer = find_layer(model, wanted)
    matrices = [variable for variable in layer.weights if len(variable.shape) == 2]
    if len(matrices) != 1:
        names = [f"{variable.name} {tuple(variable.shape)}" for variable in layer.weights]
        raise ValueError(
            f"Layer {path!r} has {len(matrices)} variables of two axes; expected one, whose rows are the points. It has: "
            f"{', '.join(names) or 'none'}. Give the variable itself."
        )
    return f"{path}/{matrices[0].name}", matrices[0]


def _check(variable: Any) -> Any:
    if len(variable.shape) != 2:
        raise ValueError(
            f"Variable {variable.path!r} has shape {tuple(variable.shape)}; expected two axes: rows are the points."
        )
    return variable


def _vocabularies(vocabulary: Any, names: list[str]) -> Mapping[str, Vocabulary]:
    is_by_name = isinstance(vocabulary, Mapping) and all(isinstance(key, str) for key in vocabulary)
    if vocabulary is None:
        return {}
    if not is_by_name:
        if len(names) != 1:
            raise ValueError(
                f"There are weights {names} and one vocabulary. Say whose it is: vocabulary={{{names[0]!r}: ...}}."
            )
        return {names[0]: vocabulary}
    unknown = sorted(set(vocabulary) - set(names))
    if unknown:
        raise ValueError(f"vocabulary names {unknown}; expected some of the weights {names}.")
    return dict(vocabulary)


def _watch(name: str, variable: Any, vocabulary: Any) -> WatchedWeights:
    n_rows = int(variable.shape[0])
    if isinstance(vocabulary, ProbeSet):
        if vocabulary.n_points != n_rows:
            raise ValueError(
                f"{name!r} has {n_rows} rows, and the probe set given as its vocabulary {vocabulary.n_points} points."
            )
        return WatchedWeights(name=name, variable=variable, rows=None, points=vocabulary)
    if isinstance(vocabulary, Mapping):
        rows = np.array(list(vocabulary), dtype=np.int64)
        if not len(rows) or rows.min() < 0 or rows.max() >= n_rows:
            raise ValueError(
                f"{name!r} has {n_rows} rows; vocabulary chooses {sorted(vocabulary)[:5]} and so on. Count from 0."
            )
        points = ProbeSet(n_points=len(rows), metadata={_WORD_COLUMN: list(vocabulary.values())})
        return WatchedWeights(name=name, variable=variable, rows=rows, points=points)
    if vocabulary is None:
        return WatchedWeights(name=name, variable=variable, rows=None, points=ProbeSet(n_points=n_rows))
    if len(vocabulary) != n_rows:
        raise ValueError(
            f"{name!r} has {n_rows} rows and vocabulary {len(vocabulary)} words. Give one per row, with those for padding and "
            "unknown words, or a dictionary row → word for only these rows."
        )
    points = ProbeSet(n_points=n_rows, metadata={_WORD_COLUMN: list(vocabulary)})
    return WatchedWeights(name=name, variable=variable, rows=None, points=points)
