"""Sprite pages: the probe set's thumbnails, in grids that a browser's graphics card can hold."""

import io
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tb_embed_plugin.store import filesystem

MAX_PAGE_SIDE = 8192
"""Pixels; the largest texture that the Projector takes, and most graphics cards."""

MAX_THUMBNAIL_SIDE = 64
"""Pixels; larger images are scaled down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpritePage:
    """One page: thumbnails row by row, `n_columns` to the row."""

    file: str
    n_columns: int
    n_thumbnails: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprites:
    """All pages of a series; `thumbnail_size` is (width, height) in pixels."""

    thumbnail_size: tuple[int, int]
    pages: tuple[SpritePage, ...]

    def as_document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Sprites":
        width, height = document["thumbnail_size"]
        return cls(thumbnail_size=(width, height), pages=tuple(SpritePage(**page) for page in document["pages"]))


def check_images(images: ArrayLike, n_points: int) -> NDArray[Any]:
    """Returns images as an array (n_points, height, width[, 3 or 4]), uint8 or float in [0, 1].

    Raises:
        ValueError: They are something else.
    """
    array = np.asarray(images)
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.shape[:1] != (n_points,) or not (array.ndim == 3 or (array.ndim == 4 and array.shape[3] in (3, 4))):
        raise ValueError(
            f"images has shape {np.shape(images)}; expected ({n_points}, height, width) for grey, or "
            f"({n_points}, height, width, 3 or 4) for color."
        )
    if 0 in array.shape:
        raise ValueError(f"images has shape {array.shape}: there is nothing to show. Leave images out.")
    if array.dtype.kind == "f" and not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(
            f"images range from {array.min():g} to {array.max():g}; expected float in [0, 1], or uint8. "
            "Undo the normalization for the thumbnails, e.g. (images - images.min()) / np.ptp(images)."
        )
    if array.dtype.kind != "f" and array.dtype != np.uint8:
        raise ValueError(f"images has dtype {array.dtype}; expected uint8, or float in [0, 1].")
    return array


def write_sprites(directory: str, images: NDArray[Any]) -> Sprites:
    """Writes images (as `check_images` returns them) as PNG pages, 000.png and on."""
    size = _thumbnail_size(images.shape[2], images.shape[1])
    per_page = (MAX_PAGE_SIDE // size[0]) * (MAX_PAGE_SIDE // size[1])
    pages: list[SpritePage] = []
    for first in range(0, len(images), per_page):
        part = images[first : first + per_page]
        page = SpritePage(file=f"{len(pages):03d}.png", n_columns=_n_columns(len(part), size), n_thumbnails=len(part))
        filesystem.write_atomically(filesystem.join(directory, page.file), _draw_page(part, size, page.n_columns))
        pages.append(page)
    return Sprites(thumbnail_size=size, pages=tuple(pages))


def _thumbnail_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, MAX_THUMBNAIL_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _n_columns(n_thumbnails: int, size: tuple[int, int]) -> int:
    # A square grid, as the Projector wants it, but within the page's sides.
    width, height = size
    columns = math.ceil(math.sqrt(n_thumbnails))
    least = math.ceil(n_thumbnails / (MAX_PAGE_SIDE // height))
    return min(max(columns, least), MAX_PAGE_SIDE // width)


def _draw_page(images: NDArray[Any], size: tuple[int, int], n_columns: int) -> bytes:
    # Imported here: TensorBoard reads sprites without ever drawing one.
    from PIL import Image

    n_rows = math.ceil(len(images) / n_columns)
    page = Image.new(_mode(images), (n_columns * size[0], n_rows * size[1]))
    for i, thumbnail in enumerate(_thumbnails(images, size)):
        page.paste(thumbnail, (i % n_columns * size[0], i // n_columns * size[1]))
    buffer = io.BytesIO()
    page.save(buffer, format="PNG")
    return buffer.getvalue()


def _thumbnails(images: NDArray[Any], size: tuple[int, int]) -> Iterator[Any]:
    from PIL import Image

    for image in images:
        pixels = np.rint(image * 255).astype(np.uint8) if image.dtype.kind == "f" else image
        thumbnail = Image.fromarray(np.ascontiguousarray(pixels))
        yield thumbnail if thumbnail.size == size else thumbnail.resize(size, Image.Resampling.BOX)


def _mode(images: NDArray[Any]) -> str:
    return "L" if images.ndim == 3 else {3: "RGB", 4: "RGBA"}[images.shape[3]]
