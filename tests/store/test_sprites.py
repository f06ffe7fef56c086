import io

import numpy as np
from PIL import Image

from tb_embed_plugin.store import sprites as sprites_module
from tb_embed_plugin.store.images import Images
from tb_embed_plugin.store.sprites import MAX_PAGE_SIDE


def write_sprites(directory, images, **arguments):
    return sprites_module.write_sprites(directory, Images(images, len(images)), **arguments)


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


def test_a_longer_side_than_the_default_is_kept_where_it_is_asked_for(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, size=(4, 96, 80), dtype=np.uint8)
    sprites = write_sprites(str(tmp_path), images, max_side=96)
    assert sprites.thumbnail_size == (80, 96)
    np.testing.assert_array_equal(read_page(tmp_path / sprites.pages[0].file)[96:, 80:], images[3])


def test_scaling_down_keeps_edges_where_they_are(tmp_path):
    image = np.zeros((128, 128), dtype=np.uint8)
    image[:, 64:] = 255
    (page,) = write_sprites(str(tmp_path), image[None]).pages
    row = read_page(tmp_path / page.file)[32].astype(int)
    # Sharp: from black to white within one pixel; Lanczos overshoots by a little, and is cut off at black and white.
    assert row[:31].max() <= 20
    assert row[33:].min() >= 235
