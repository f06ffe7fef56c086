import io

import numpy as np
import pytest
from PIL import Image

from tb_embed_plugin import ProbeSet
from tb_embed_plugin.store.sprites import MAX_PAGE_SIDE, check_images, write_sprites


def read_page(path):
    return np.asarray(Image.open(io.BytesIO(path.read_bytes())))


def test_thumbnails_stand_row_by_row_in_a_square_grid(tmp_path, digits):
    images = digits[0][:50]
    sprites = write_sprites(str(tmp_path), images)
    assert sprites.thumbnail_size == (8, 8)
    (page,) = sprites.pages
    assert (page.n_columns, page.n_thumbnails) == (8, 50)
    pixels = read_page(tmp_path / page.file)
    assert pixels.shape == (56, 64)
    np.testing.assert_array_equal(pixels[8:16, 16:24], np.rint(images[10] * 255))


def test_color_and_transparency_are_kept(tmp_path):
    for channels in (3, 4):
        images = np.random.default_rng(0).integers(0, 256, size=(5, 6, 4, channels), dtype=np.uint8)
        (page,) = write_sprites(str(tmp_path), images).pages
        np.testing.assert_array_equal(read_page(tmp_path / page.file)[:6, 4:8], images[1])


def test_large_images_are_scaled_down_with_their_aspect(tmp_path):
    assert write_sprites(str(tmp_path), np.zeros((3, 100, 200, 3), dtype=np.uint8)).thumbnail_size == (64, 32)


def test_pages_fit_a_graphics_card(tmp_path):
    images = np.broadcast_to(np.uint8(7), (129 * 128 + 3, 64, 64))
    sprites = write_sprites(str(tmp_path), images)
    assert [page.n_thumbnails for page in sprites.pages] == [128 * 128, 131]
    for page in sprites.pages:
        assert max(Image.open(tmp_path / page.file).size) <= MAX_PAGE_SIDE


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 8, 8)), r"shape \(2, 8, 8\); expected \(3, height, width\)"),
        (np.zeros((3, 8, 8, 2)), r"shape \(3, 8, 8, 2\)"),
        (np.full((3, 8, 8), 1.5), r"range from 1\.5 to 1\.5; expected float in \[0, 1\]"),
        (np.full((3, 8, 8), np.nan), "range from nan"),
        (np.zeros((3, 8, 8), dtype=np.int64), "dtype int64"),
        (np.zeros((3, 0, 8)), "nothing to show"),
    ],
)
def test_what_cannot_be_shown_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        ProbeSet(n_points=3, images=images)


def test_one_channel_is_grey():
    assert check_images(np.zeros((3, 8, 8, 1)), 3).shape == (3, 8, 8)
