"""Ideal inputs and class means as pictures."""

import io
import json

import numpy as np
from numpy.typing import NDArray

from tb_embed_plugin.store import LABEL_COLUMN, Series, encode_tensors
from tb_embed_plugin.store.ideal_inputs import IdealInputs, read_ideal_inputs

_MIDDLE = 128
_REACH = 127


def encode_ideal_inputs(series: Series, step: int) -> bytes:
    """Returns the ideal inputs of a step as a safetensors file; see http_api.md."""
    ideal = read_ideal_inputs(series.path, step)
    metadata = {"step": str(step), "names": json.dumps(ideal.names)}
    return b"".join(encode_tensors({"images": _as_pixels(ideal), "scores": ideal.scores}, metadata))


def _as_pixels(ideal: IdealInputs) -> NDArray[np.uint8]:
    """Each image by its own largest value, either way, around a middle gray that is 0."""
    images = np.nan_to_num(ideal.images, posinf=0, neginf=0)
    images = _as_colors(images)
    largest = np.abs(images).max(axis=(1, 2, 3), keepdims=True)
    scaled = np.divide(images, largest, out=np.zeros_like(images), where=largest > 0)
    return np.asarray(np.rint(_MIDDLE + _REACH * scaled), dtype=np.uint8)


def _as_colors(images: NDArray[np.float32]) -> NDArray[np.float32]:
    # Two channels, or more than three, are no colors.
    return images if images.shape[3] in (1, 3) else images.mean(axis=3, keepdims=True)


def encode_class_means(series: Series) -> bytes:
    """Returns the mean thumbnail of each class as a safetensors file; see http_api.md.

    Raises:
        KeyError: The series has no thumbnails, or no labels.
    """
    column = next((column for column in series.columns if column.name == LABEL_COLUMN), None)
    if series.sprites is None or column is None or column.kind != "categorical":
        raise KeyError(f"Series {series.tag!r} has no class means: it lacks {'labels' if series.sprites else 'thumbnails'}.")
    categories, codes = column.categories()
    width, height = series.sprites.thumbnail_size
    sums, counts = np.zeros((len(categories), height, width, 3)), np.zeros(len(categories))
    first = 0
    for page, thumbnails in enumerate(_read_thumbnails(series)):
        # A page may have room for more than there are.
        of_page = np.asarray(codes[first : first + len(thumbnails)])
        for category in np.unique(of_page[of_page >= 0]):
            members = of_page == category
            sums[category] += thumbnails[: len(of_page)][members].sum(axis=0)
            counts[category] += members.sum()
        first += series.sprites.pages[page].n_thumbnails
    means = np.rint(sums / np.maximum(counts, 1)[:, None, None, None]).astype(np.uint8)
    return b"".join(encode_tensors({"images": means}, {"names": json.dumps(list(categories))}))


def _read_thumbnails(series: Series) -> list[NDArray[np.uint8]]:
    """Returns the thumbnails of each page, uint8, shape (n_thumbnails, height, width, 3)."""
    # Imported here: the tab opens without it.
    from PIL import Image

    pages: list[NDArray[np.uint8]] = []
    if series.sprites is None:
        return pages
    width, height = series.sprites.thumbnail_size
    for index, page in enumerate(series.sprites.pages):
        with Image.open(io.BytesIO(series.read_sprite(index))) as image:
            pixels = np.asarray(image.convert("RGB"))
        n_rows = len(pixels) // height
        grid = pixels[: n_rows * height, : page.n_columns * width].reshape(n_rows, height, page.n_columns, width, 3)
        pages.append(grid.transpose(0, 2, 1, 3, 4).reshape(-1, height, width, 3)[: page.n_thumbnails])
    return pages
