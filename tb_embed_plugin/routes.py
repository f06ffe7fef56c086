"""The routes of http_api.md: each parses a request, an `_impl` makes plain data of it, the store reads the files."""

import contextlib
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from tensorboard.backend import http_util
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from tb_embed_plugin.series_index import SeriesIndex
from tb_embed_plugin.store import Column, Series, SeriesLocation, StoredLayout, StoreError, without_non_finite

_STATIC = Path(__file__).parent / "static"
_STATIC_TYPES = {".js": "text/javascript", ".css": "text/css", ".map": "application/json"}

NO_POSITION = 65535
"""Quantized coordinate of a point that has no position."""

_Handler = Callable[[Request], Response]


class Routes:
    """All routes, over one index of series."""

    def __init__(self, index: SeriesIndex, log_dir: str) -> None:
        self._index = index
        self._log_dir = log_dir

    def apps(self) -> dict[str, Callable[..., Any]]:
        """Returns route → WSGI application."""
        handlers: dict[str, _Handler] = {
            "/series": self._serve_series,
            "/frames": self._serve_frames,
            "/quality": self._serve_quality,
            "/metadata": self._serve_metadata,
            "/sprite": self._serve_sprite,
            "/static/*": self._serve_static,
        }
        return {route: _as_app(handler) for route, handler in handlers.items()}

    def _serve_series(self, request: Request) -> Response:
        return _respond_json(request, self._series_impl())

    def _series_impl(self) -> dict[str, Any]:
        return {"log_dir": self._log_dir, "series": [_describe_series(location) for location in self._index.refresh()]}

    def _serve_frames(self, request: Request) -> Response:
        series, name = self._series(request), _parameter(request, "layout")
        steps = _parse_steps(request.args["steps"]) if "steps" in request.args else None
        try:
            content = _frames_impl(series.open_layout(name), steps)
        except KeyError:
            # The layout may have been replaced between its two files; a step that is truly missing is so again.
            content = _frames_impl(series.open_layout(name), steps)
        compressed = gzip.compress(content, compresslevel=1, mtime=0)
        return _respond(request, compressed, "application/octet-stream", content_encoding="gzip")

    def _serve_quality(self, request: Request) -> Response:
        layout = self._series(request).open_layout(_parameter(request, "layout"))
        return _respond_json(request, {"version": layout.version, "steps": layout.steps, "quality": layout.quality})

    def _serve_metadata(self, request: Request) -> Response:
        columns = self._series(request).columns
        return _respond_json(request, {"columns": [_describe_column(column) for column in columns]})

    def _serve_sprite(self, request: Request) -> Response:
        page = _parse_integer(_parameter(request, "page"))
        return _respond(request, self._series(request).read_sprite(page), "image/png")

    def _serve_static(self, request: Request) -> Response:
        name = request.path.rpartition("/static/")[2]
        # Looked up among what is there, never joined: "../" and the like are names of nothing.
        files = {file.name: file for file in _STATIC.iterdir()} if _STATIC.is_dir() else {}
        if name not in files or files[name].suffix not in _STATIC_TYPES:
            raise NotFound(f"No static file {name!r}; was the package built by pip?")
        return _respond(request, files[name].read_bytes(), _STATIC_TYPES[files[name].suffix])

    def _series(self, request: Request) -> Series:
        return Series(self._index.find(_parameter(request, "run"), _parameter(request, "tag")).path)


def _describe_series(location: SeriesLocation) -> dict[str, Any]:
    names = {"run": location.run, "tag": location.tag}
    try:
        series = Series(location.path)
        return {
            **names,
            "n_points": series.n_points,
            "steps": series.steps(),
            "columns": [{"name": name, "kind": kind} for name, kind in series.kinds.items()],
            "sprites": series.sprites.as_document() if series.sprites else None,
            "layouts": list(_describe_layouts(series)),
        }
    except (StoreError, OSError, KeyError) as error:
        return {**names, "error": _message(error)}


def _describe_layouts(series: Series) -> Iterator[dict[str, Any]]:
    # The tab opens the first: what follows the training while there is such a thing, else the joint layout.
    preferred = {"live": 0, "tsne": 1}
    for name in sorted(series.layout_names(), key=lambda name: (preferred.get(name, 2), name)):
        # A live layout may be deleted between the listing and here: then there is one less.
        with contextlib.suppress(FileNotFoundError, KeyError):
            yield _describe_layout(series.open_layout(name))


def _describe_layout(layout: StoredLayout) -> dict[str, Any]:
    return {
        "name": layout.name,
        "method": layout.method,
        "version": layout.version,
        "n_dims": layout.n_dims,
        "steps": layout.steps,
    }


def _describe_column(column: Column) -> dict[str, Any]:
    description: dict[str, Any] = {"name": column.name, "kind": column.kind}
    if column.kind == "categorical":
        categories, codes = column.categories()
        return {**description, "categories": categories, "codes": codes.tolist()}
    if column.kind in ("number", "date"):
        return {**description, "values": without_non_finite(column.numbers().tolist())}
    return {**description, "values": list(column.values)}


def _frames_impl(layout: StoredLayout, steps: list[int] | None) -> bytes:
    steps = layout.steps if steps is None else steps
    frames = [quantize(layout.read_frame(step).positions, layout.extent) for step in steps]
    positions = np.stack(frames) if frames else np.zeros((0, 0, layout.n_dims), dtype=np.uint16)
    metadata = {
        "version": layout.version,
        "steps": ",".join(map(str, steps)),
        "offset": _join_numbers(layout.extent[0]),
        "extent": _join_numbers(layout.extent[1] - layout.extent[0]),
        "scale": repr(_scale(layout.extent)),
    }
    return bytes(safetensors.numpy.save({"positions": positions}, metadata))


def quantize(positions: NDArray[np.floating], extent: NDArray[np.float64]) -> NDArray[np.uint16]:
    """Returns positions as uint16 of the same shape: one scale for all axes, so that the aspect stays true."""
    missing = ~np.isfinite(positions).all(axis=1)
    values = np.rint((positions - extent[0]) / _scale(extent))
    values[missing] = NO_POSITION
    return np.asarray(np.clip(values, 0, NO_POSITION), dtype=np.uint16)


def _scale(extent: NDArray[np.float64]) -> float:
    return float((extent[1] - extent[0]).max()) / (NO_POSITION - 1) or 1.0


def _join_numbers(numbers: NDArray[np.float64]) -> str:
    return ",".join(repr(float(number)) for number in numbers)


def _parameter(request: Request, name: str) -> str:
    value = request.args.get(name)
    if value is None:
        raise BadRequest(f"Parameter {name!r} is missing; see http_api.md.")
    return value


def _parse_integer(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise BadRequest(f"{text[:40]!r} is not a whole number of 0 or greater.")
    return int(text)


def _parse_steps(text: str) -> list[int]:
    return [_parse_integer(step) for step in text.split(",")]


def _as_app(handler: _Handler) -> Callable[..., Any]:
    @Request.application
    def app(request: Request) -> Response:
        try:
            if request.method not in ("GET", "HEAD"):
                raise MethodNotAllowed(["GET", "HEAD"], f"{request.method} is not allowed; these routes only read.")
            return handler(request)
        except HTTPException as error:
            return _respond(request, str(error.description), "text/plain", code=error.code or 500)
        except (KeyError, FileNotFoundError, StoreError) as error:
            return _respond(request, _message(error), "text/plain", code=404)

    return app


def _message(error: Exception) -> str:
    # str() of a KeyError is the repr of its message.
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)


def _respond_json(request: Request, content: dict[str, Any]) -> Response:
    # Serialized here: TensorBoard's own serializer walks every value in Python first, which takes seconds at 100,000.
    return _respond(request, json.dumps(content, allow_nan=False, separators=(",", ":")), "application/json")


def _respond(
    request: Request, content: str | bytes, content_type: str, *, code: int = 200, content_encoding: str | None = None
) -> Response:
    response: Response = http_util.Respond(request, content, content_type, code=code, content_encoding=content_encoding)
    return response
