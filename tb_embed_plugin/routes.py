"""The routes of http_api.md: each parses a request, and answers with what `replies` makes of what the store reads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tensorboard.backend.experiment_id import WSGI_ENVIRON_KEY
from tensorboard.context import from_environ
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Request, Response

from tb_embed_plugin.replies.fingerprints import encode_fingerprints
from tb_embed_plugin.replies.frames import encode_frames
from tb_embed_plugin.replies.guests import encode_guests
from tb_embed_plugin.replies.ideal_inputs import encode_class_means, encode_ideal_inputs
from tb_embed_plugin.replies.listing import describe_column, describe_series
from tb_embed_plugin.replies.measures import encode_measure
from tb_embed_plugin.replies.neighbors import METRICS, find_neighbors
from tb_embed_plugin.replies.scalars import read_run_scalars, read_snapshot_scalars
from tb_embed_plugin.series_index import SeriesIndex
from tb_embed_plugin.store import Series, StoredLayout, look_again
from tb_embed_plugin.web import (
    Handler,
    integer_parameter,
    make_app,
    parameter,
    respond,
    respond_binary,
    respond_json,
    steps_parameter,
)

_STATIC = Path(__file__).parent / "static"
_STATIC_TYPES = {".js": "text/javascript", ".css": "text/css", ".map": "application/json"}

_DEFAULT_NEIGHBORS = 10
_MAX_NEIGHBORS = 1000

_FINGERPRINTS = {"units": 512, "points": 1024}
"""Rows and columns of a heat map, at most: what a screen has room for."""

_Content = TypeVar("_Content")


class Routes:
    """All routes, over one index of series."""

    def __init__(self, index: SeriesIndex, log_dir: str, data_provider: Any = None) -> None:
        """Takes TensorBoard's data provider for the scalars; without one there are only those of the snapshots."""
        self._index = index
        self._log_dir = log_dir
        self._data_provider = data_provider

    def apps(self) -> dict[str, Callable[..., Any]]:
        """Returns route → WSGI application."""
        handlers: dict[str, Handler] = {
            "/series": self._serve_series,
            "/frames": self._serve_frames,
            "/quality": self._serve_quality,
            "/per_point": self._serve_per_point,
            "/scalars": self._serve_scalars,
            "/neighbors": self._serve_neighbors,
            "/guests": self._serve_guests,
            "/fingerprints": self._serve_fingerprints,
            "/ideal_inputs": self._serve_ideal_inputs,
            "/class_means": self._serve_class_means,
            "/metadata": self._serve_metadata,
            "/sprite": self._serve_sprite,
            "/static/*": self._serve_static,
        }
        return {route: make_app(handler) for route, handler in handlers.items()}

    def _serve_series(self, request: Request) -> Response:
        series = [describe_series(location) for location in self._index.refresh()]
        return respond_json(request, {"log_dir": self._log_dir, "series": series})

    def _serve_frames(self, request: Request) -> Response:
        wanted = steps_parameter(request)

        def answer(layout: StoredLayout) -> Response:
            steps = layout.steps if wanted is None else wanted
            return respond_binary(request, lambda: encode_frames(layout, steps), _tag(layout.version, steps))

        return self._of_layout(request, answer)

    def _serve_per_point(self, request: Request) -> Response:
        series, measure, wanted = self._series(request), parameter(request, "measure"), steps_parameter(request)

        def answer(layout: StoredLayout | None) -> Response:
            steps = wanted if wanted is not None else (layout.steps if layout else series.steps())
            return respond_binary(request, lambda: encode_measure(series, layout, measure, steps))

        return self._of_layout(request, answer) if "layout" in request.args else answer(None)

    def _serve_quality(self, request: Request) -> Response:
        def answer(layout: StoredLayout) -> Response:
            return respond_json(request, {"version": layout.version, "steps": layout.steps, "quality": layout.quality})

        return self._of_layout(request, answer)

    def _serve_scalars(self, request: Request) -> Response:
        run = parameter(request, "run")
        locations = self._index.find_run(run)
        context, experiment = from_environ(request.environ), request.environ.get(WSGI_ENVIRON_KEY, "")
        curves = read_run_scalars(self._data_provider, context, experiment, run, self._index.runs())
        return respond_json(request, {"scalars": curves, "snapshots": read_snapshot_scalars(locations)})

    def _serve_neighbors(self, request: Request) -> Response:
        series = self._series(request)
        step, point = integer_parameter(request, "step"), integer_parameter(request, "point")
        n_neighbors = integer_parameter(request, "k", _DEFAULT_NEIGHBORS)
        if n_neighbors > _MAX_NEIGHBORS:
            raise BadRequest(f"k is {n_neighbors}; ask for at most {_MAX_NEIGHBORS} neighbors.")
        if point >= series.n_points:
            raise KeyError(f"No point {point}; there are {series.n_points}, counted from 0.")
        metric = self._metric(request)
        found = find_neighbors(series.read_snapshot(step).activations, point, n_neighbors, metric)
        return respond_json(request, {"step": step, "point": point, "metric": metric, **found})

    def _serve_guests(self, request: Request) -> Response:
        return self._of_layout(request, lambda layout: respond_binary(request, lambda: encode_guests(layout)))

    def _serve_fingerprints(self, request: Request) -> Response:
        series, step = self._series(request), integer_parameter(request, "step")
        shape = [integer_parameter(request, name, most) for name, most in _FINGERPRINTS.items()]
        for (name, most), asked in zip(_FINGERPRINTS.items(), shape, strict=True):
            if not 1 <= asked <= most:
                raise BadRequest(f"{name} is {asked}; ask for 1 to {most}.")
        return respond_binary(request, lambda: encode_fingerprints(series, step, *shape))

    def _serve_ideal_inputs(self, request: Request) -> Response:
        series, step = self._series(request), integer_parameter(request, "step")
        return respond_binary(request, lambda: encode_ideal_inputs(series, step))

    def _serve_class_means(self, request: Request) -> Response:
        series = self._series(request)
        return respond_binary(request, lambda: encode_class_means(series))

    def _serve_metadata(self, request: Request) -> Response:
        return respond_json(request, {"columns": [describe_column(column) for column in self._series(request).columns]})

    def _serve_sprite(self, request: Request) -> Response:
        return respond(request, self._series(request).read_sprite(integer_parameter(request, "page")), "image/png")

    def _serve_static(self, request: Request) -> Response:
        name = request.path.rpartition("/static/")[2]
        # Looked up among what is there, never joined: "../" and the like are names of nothing.
        files = {file.name: file for file in _STATIC.iterdir()} if _STATIC.is_dir() else {}
        if name not in files or files[name].suffix not in _STATIC_TYPES:
            raise NotFound(f"No static file {name!r}; was the package built by pip?")
        return respond(request, files[name].read_bytes(), _STATIC_TYPES[files[name].suffix])

    def _series(self, request: Request) -> Series:
        return Series(self._index.find(parameter(request, "run"), parameter(request, "tag")).path)

    def _of_layout(self, request: Request, answer: Callable[[StoredLayout], _Content]) -> _Content:
        """Answers from a layout, and anew where it was replaced in the meantime."""
        series, name = self._series(request), parameter(request, "layout")
        return look_again(lambda: answer(series.open_layout(name)))

    def _metric(self, request: Request) -> str:
        """How far apart activations are for the layout that is named; Euclidean where none is."""
        if "layout" not in request.args:
            return METRICS[0]
        metric = self._of_layout(request, lambda layout: layout.parameters.get("metric"))
        return metric if metric in METRICS else METRICS[0]


def _tag(version: str, steps: list[int]) -> str:
    return f"{version}:{hash(tuple(steps)):x}"
