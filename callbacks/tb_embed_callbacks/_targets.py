"""What to capture of a Keras model: finding layers and tensors by name, and saying which there are."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import keras

Wanted: TypeAlias = str | keras.Layer | keras.KerasTensor | Callable[..., Any]
"""A name, a layer, a tensor of the graph, or a function: of the model, or of the model and a batch of inputs."""

_IDENTITY_AT_INFERENCE = (keras.layers.Dropout, keras.layers.GaussianNoise, keras.layers.SpatialDropout2D)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """One thing to capture; of the last three, one is given.

    Attributes:
        name: What the series is called, unless told otherwise.
        operation: A layer, or another operation: its output in the model's forward pass; the last one where it is called
            several times.
        tensor: A tensor of the model's graph.
        function: Of the model and a batch of inputs; returns a tensor.
    """

    name: str
    operation: Any = None
    tensor: Any = None
    function: Callable[[keras.Model, Any], Any] | None = None

    @property
    def is_channels_first(self) -> bool:
        source = self.operation if self.tensor is None else self.tensor._keras_history.operation
        return getattr(source, "data_format", None) == "channels_first"


def find_targets(model: keras.Model, layers: Sequence[Wanted] | Mapping[str, Wanted] | None) -> list[Target]:
    """Finds all that is wanted; None: the last hidden layer.

    Raises:
        ValueError: There is no such thing; the message lists what there is.
    """
    if layers is None:
        return [_make_target(_last_hidden_layer(model), None, model)]
    if not layers:
        raise ValueError("layers is empty: there is nothing to capture. Leave it out for the last hidden layer.")
    named = layers.items() if isinstance(layers, Mapping) else ((None, wanted) for wanted in layers)
    targets = [_find_target(model, wanted, name) for name, wanted in named]
    names = [target.name for target in targets]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"Captured twice under one name: {sorted(twice)}. Name each: layers={{'a': ..., 'b': ...}}.")
    return targets


def find_layer(model: keras.Model, wanted: str | keras.Layer) -> tuple[str, Any]:
    """Returns the path and the layer (or operation) of a name, a path such as "encoder/dense_1", or a layer.

    Raises:
        ValueError: The model has none such; the message lists the paths there are.
    """
    found = dict(walk_layers(model))
    for path, layer in found.items():
        if layer is wanted or path == wanted:
            return path, layer
    asked = wanted if isinstance(wanted, str) else wanted.name
    names = ", ".join(map(repr, found)) or "none: it is not built"
    raise ValueError(f"Model {model.name!r} has no layer {asked!r}; it has {names}.")


def walk_layers(parent: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yields path and layer of all that a model is made of, the operations of its graph and nested models included."""
    for child in _children(parent):
        path = prefix + child.name
        yield path, child
        if isinstance(child, keras.Layer):
            yield from walk_layers(child, path + "/")


def _children(parent: Any) -> list[Any]:
    # A graph's operations are its layers and what was computed between them; only they tell of inputs.
    operations = getattr(parent, "operations", None)
    if operations is None:
        functional = getattr(parent, "_functional", None)
        operations = getattr(functional, "operations", None)
    return list(operations or getattr(parent, "layers", None) or parent._flatten_layers(include_self=False, recursive=False))


def _find_target(model: keras.Model, wanted: Any, name: str | None) -> Target:
    if isinstance(wanted, keras.KerasTensor):
        return Target(name=name or wanted._keras_history.operation.name, tensor=wanted)
    if isinstance(wanted, str | keras.Layer):
        return _make_target(wanted, name, model)
    if not callable(wanted):
        raise ValueError(
            f"layers has {wanted!r}; expected a name, a layer, a tensor of the model's graph, or a function of the model."
        )
    name = name or _name_function(wanted)
    if _count_arguments(wanted) > 1:
        return Target(name=name, function=wanted)
    found = wanted(model)
    if callable(found) and not isinstance(found, keras.Layer):
        raise ValueError(
            f"The function {name!r} in layers returned {found!r}; expected a layer, a name or a tensor of the graph."
        )
    return _find_target(model, found, name)


def _make_target(wanted: str | keras.Layer, name: str | None, model: keras.Model) -> Target:
    path, layer = find_layer(model, wanted)
    if isinstance(layer, keras.layers.InputLayer):
        return Target(name=name or path, tensor=layer.output)
    return Target(name=name or path, operation=layer)


def _name_function(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", "<lambda>")
    if name == "<lambda>":
        raise ValueError("A function in layers has no name to call its series by. Name it: layers={'encoder': ...}.")
    return name


def _count_arguments(function: Callable[..., Any]) -> int:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind in kinds and parameter.default is parameter.empty
    ]
    if len(required) not in (1, 2):
        raise ValueError(
            f"A function in layers takes {len(required)} arguments; expected f(model), which returns a layer or a tensor "
            "of its graph, or f(model, x), which computes activations of a batch of inputs."
        )
    return len(required)


def _last_hidden_layer(model: keras.Model) -> keras.Layer:
    """The layer whose output enters the last layer with weights; past those that do nothing at inference."""
    if not getattr(model, "inputs", None):
        names = ", ".join(repr(path) for path, _ in walk_layers(model)) or "none yet: it is not built"
        raise ValueError(
            f"Model {model.name!r} has no graph of layers (it is a subclassed model, or not built), so its last hidden layer "
            f"cannot be told. Say which layers to capture (it has {names}), or compute it: "
            "layers={'hidden': lambda model, x: model.encoder(x)}."
        )
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    with_weights = [i for i, layer in enumerate(layers) if layer.weights]
    output = with_weights[-1] if with_weights else len(layers)
    hidden = [layer for layer in layers[:output] if not isinstance(layer, _IDENTITY_AT_INFERENCE)]
    return hidden[-1] if hidden else layers[-1]
