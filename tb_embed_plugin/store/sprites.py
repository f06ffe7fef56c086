"""Sprite pages: the probe set's thumbnails, in grids that a browser's graphics card can hold."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.store import filesystem
from tb_embed_plugin.store.images import Images

MAX_PAGE_SIDE = 8192
"""Pixels; the largest texture that the Projector takes, and most graphics cards."""

MAX_THUMBNAIL_SIDE = 64
"""Pixels; larger images are scaled down, unless the probe set says otherwise."""


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


def write_sprites(directory: str, images: Images, max_side: int = MAX_THUMBNAIL_SIDE) -> Sprites:
    """Writes images as PNG pages, 000.png and on, one page at a time.

    Args:
        directory: An existing local folder.
        images: The probe set's images.
        max_side: Pixels; images with a longer side are scaled down to it, others are kept as they are.
    """
    size = _thumbnail_size(images.shape[2], images.shape[1], max_side)
    per_page = (MAX_PAGE_SIDE // size[0]) * (MAX_PAGE_SIDE // size[1])
    pages: list[SpritePage] = []
    for first in range(0, len(images), per_page):
        n_thumbnails = min(per_page, len(images) - first)
        page = SpritePage(file=f"{len(pages):03d}.png", n_columns=_n_columns(n_thumbnails, size), n_thumbnails=n_thumbnails)
        _write_page(filesystem.join(directory, page.file), images, first, size, page)
        pages.append(page)
    return Sprites(thumbnail_size=size, pages=tuple(pages))


def _thumbnail_size(width: int, height: int, max_side: int) -> tuple[int, int]:
    scale = min(1.0, max_side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _n_columns(n_thumbnails: int, size: tuple[int, int]) -> int:
    # A square grid, as the Projector wants it, but within the page's sides.
    width, height = size
    columns = math.ceil(math.sqrt(n_thumbnails))
    least = math.ceil(n_thumbnails / (MAX_PAGE_SIDE // height))
    return min(max(columns, least), MAX_PAGE_SIDE // width)


def _write_page(path: str, images: Images, first: int, size: tuple[int, int], page: SpritePage) -> None:
    # Imported here: TensorBoard reads sprites without ever drawing one.
    from PIL import Image

    last = first + page.n_thumbnails
    canvas = None
    for top, start in enumerate(range(first, last, page.n_columns)):
        row = np.concatenate([_thumbnails(batch, size) for batch in images.batches(start, min(start + page.n_columns, last))])
        # One thumbnail beside the other: height first, then which, then width.
        strip = Image.fromarray(np.ascontiguousarray(row.swapaxes(0, 1)).reshape(size[1], len(row) * size[0], *row.shape[3:]))
        if canvas is None:
            n_rows = math.ceil(page.n_thumbnails / page.n_columns)
            canvas = Image.new(strip.mode, (page.n_columns * size[0], n_rows * size[1]))
        canvas.paste(strip, (0, top * size[1]))
    assert canvas is not None
    with filesystem.open_atomically(path) as file:
        canvas.save(file, format="PNG")


def _thumbnails(images: NDArray[Any], size: tuple[int, int]) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = np.rint(images * 255).astype(np.uint8) if images.dtype.kind == "f" else images
    return pixels if pixels.shape[2:0:-1] == size else np.stack([_scale(image, size) for image in pixels])


def _scale(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    from PIL import Image

    # Lanczos keeps edges sharp; colors are weighed by their opacity.
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))
