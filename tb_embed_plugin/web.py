"""What every route needs of HTTP: parameters, replies, and errors as one sentence."""

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from tensorboard.backend import http_util
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed
from werkzeug.wrappers import Request, Response

from tb_embed_plugin.store import StoreError

Handler = Callable[[Request], Response]


def make_app(handler: Handler) -> Callable[..., Any]:
    """Makes a WSGI application that only reads, and answers with one sentence where it cannot."""

    @Request.application
    def app(request: Request) -> Response:
        try:
            if request.method not in ("GET", "HEAD"):
                raise MethodNotAllowed(["GET", "HEAD"], f"{request.method} is not allowed; these routes only read.")
            return handler(request)
        except HTTPException as error:
            return respond(request, str(error.description), "text/plain", code=error.code or 500)
        except (KeyError, FileNotFoundError, StoreError) as error:
            return respond(request, message_of(error), "text/plain", code=404)

    return app


def message_of(error: Exception) -> str:
    """The sentence of an error."""
    # str() of a KeyError is the repr of its message.
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)


def parameter(request: Request, name: str) -> str:
    """Returns a parameter; answers 400 where it is missing."""
    value = request.args.get(name)
    if value is None:
        raise BadRequest(f"Parameter {name!r} is missing; see http_api.md.")
    return value


def integer_parameter(request: Request, name: str, default: int | None = None) -> int:
    """Returns a parameter that is a whole number of 0 or greater."""
    if default is not None and name not in request.args:
        return default
    return _parse_integer(parameter(request, name))


def steps_parameter(request: Request) -> list[int] | None:
    """Returns the training steps that are asked for, or None where none are named."""
    if "steps" not in request.args:
        return None
    return [_parse_integer(step) for step in request.args["steps"].split(",")]


def _parse_integer(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise BadRequest(f"{text[:40]!r} is not a whole number of 0 or greater.")
    return int(text)


def respond_json(request: Request, content: Mapping[str, Any]) -> Response:
    # Serialized here: TensorBoard's own serializer walks every value in Python first, which takes seconds at 100,000.
    return respond(request, json.dumps(content, allow_nan=False, separators=(",", ":")), "application/json")


def respond_binary(request: Request, make: Callable[[], bytes], entity_tag: str = "") -> Response:
    """Replies with gzipped bytes, or with 304 where the browser has those of that tag: without making them, if it is given."""
    content = b"" if entity_tag else make()
    entity_tag = entity_tag or hashlib.blake2b(content, digest_size=12).hexdigest()
    if request.if_none_match.contains(entity_tag):
        response = Response(status=304)
    else:
        compressed = gzip.compress(content or make(), compresslevel=1, mtime=0)
        response = respond(request, compressed, "application/octet-stream", content_encoding="gzip")
    # Kept by the browser, but asked about each time: a name may stand for another layout tomorrow.
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(entity_tag)
    return response


def respond(
    request: Request, content: str | bytes, content_type: str, *, code: int = 200, content_encoding: str | None = None
) -> Response:
    response: Response = http_util.Respond(request, content, content_type, code=code, content_encoding=content_encoding)
    return response
