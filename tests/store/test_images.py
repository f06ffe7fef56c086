import numpy as np
import pytest

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.store.images import Images


class Recording:
    """A data set that is read in slices, like one of HDF5, and knows how many images were asked for at once."""

    def __init__(self, images):
        self.shape, self.dtype = images.shape, images.dtype
        self._images = images
        self.most = 0

    def __getitem__(self, rows):
        assert isinstance(rows, slice), "only slices are cheap"
        self.most = max(self.most, rows.stop - rows.start)
        return self._images[rows]


def test_a_hundred_thousand_images_are_read_a_few_megabytes_at_a_time(tmp_path):
    # 410 MB, if they were ever held together.
    images = np.broadcast_to(np.linspace(0, 1, 32 * 32, dtype=np.float32).reshape(32, 32), (100_000, 32, 32))
    source = Recording(images)
    SeriesWriter(tmp_path, "fc1", ProbeSet(n_points=100_000, images=source))
    assert source.most * 32 * 32 * 4 <= 16 * 2**20
    sprites = open_series(str(tmp_path)).sprites
    assert [page.n_thumbnails for page in sprites.pages] == [256 * 256, 100_000 - 256 * 256]


def test_memory_mapped_images_show_what_an_array_shows(tmp_path, digits):
    images = np.round(digits[0] * 255).astype(np.uint8)
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    one, other = (ProbeSet(n_points=200, images=source) for source in (images, mapped))
    assert one.fingerprint() == other.fingerprint()
    for name, probe_set in (("array", one), ("mapped", other)):
        SeriesWriter(tmp_path / name, "fc1", probe_set)
    assert open_series(str(tmp_path / "array")).read_sprite(0) == open_series(str(tmp_path / "mapped")).read_sprite(0)


def test_other_pixels_make_another_fingerprint(digits):
    images = digits[0].copy()
    before = ProbeSet(n_points=200, images=images).fingerprint()
    images[-1, -1, -1] = 0.5
    assert ProbeSet(n_points=200, images=images).fingerprint() != before


def test_one_channel_is_grey():
    images = Images(np.zeros((3, 8, 8, 1)), 3)
    assert images.shape == (3, 8, 8)
    assert [batch.shape for batch in images.batches()] == [(3, 8, 8)]


def test_a_list_of_images_will_do():
    assert Images([np.zeros((4, 6), dtype=np.uint8)] * 3, 3).shape == (3, 4, 6)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 8, 8)), r"shape \(2, 8, 8\); expected \(3, height, width\)"),
        (np.zeros((3, 8, 8, 2)), r"shape \(3, 8, 8, 2\)"),
        (np.full((3, 8, 8), 1.5), r"range from 1\.5 to 1\.5; expected float in \[0, 1\]"),
        (np.full((3, 8, 8), np.nan), "range from nan"),
        (np.zeros((3, 8, 8), dtype=np.int64), "dtype int64"),
        (np.zeros((3, 0, 8)), "nothing to show"),
        ([np.zeros((8, 8)), np.zeros((8, 9)), np.zeros((8, 8))], r"image 0 has shape \(8, 8\), image 1 has \(8, 9\)"),
        (np.array([np.zeros((8, 8)), np.zeros((9, 8)), None], dtype=object), "unlike size"),
    ],
)
def test_what_cannot_be_shown_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        ProbeSet(n_points=3, images=images)


@pytest.mark.parametrize("side", [0, 1000])
def test_thumbnails_of_no_size_or_of_a_screens_are_refused(side):
    with pytest.raises(ValueError, match=f"max_thumbnail_side is {side}"):
        ProbeSet(n_points=3, max_thumbnail_side=side)
