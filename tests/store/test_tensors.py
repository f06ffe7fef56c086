import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy

from tb_embed_plugin.store.tensors import read_tensors, write_tensors

TENSORS = {
    "bytes": np.arange(3, dtype=np.uint8),
    "transposed": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    "halves": np.linspace(0, 1, 5, dtype=np.float16),
    "scalar": np.array(2.5),
    "nothing": np.zeros((0, 4), dtype=np.int32),
    "flags": np.array([True, False]),
    "big-endian": np.array([1, 2], dtype=">i8"),
}


def test_files_are_what_the_safetensors_library_reads(tmp_path):
    path = str(tmp_path / "a.safetensors")
    write_tensors(path, TENSORS, {"step": "5", "ü": "ß"})
    with safetensors.safe_open(path, framework="numpy") as file:
        assert file.metadata() == {"step": "5", "ü": "ß"}
    for read in (safetensors.numpy.load_file(path), read_tensors(path)[0]):
        assert set(read) == set(TENSORS)
        for name, array in TENSORS.items():
            assert (read[name].shape, read[name].dtype) == (array.shape, array.dtype.newbyteorder("<"))
            np.testing.assert_array_equal(read[name], array)


def test_only_the_tensors_that_are_wanted_are_read(tmp_path):
    path = str(tmp_path / "a.safetensors")
    write_tensors(path, TENSORS, {})
    assert set(read_tensors(path, lambda name: name.startswith("b"))[0]) == {"bytes", "big-endian"}


@pytest.mark.parametrize("array", [np.array(["a"]), np.ones(2, dtype=complex), np.ones(2, dtype=ml_dtypes.bfloat16)])
def test_what_a_file_cannot_hold_is_refused(tmp_path, array):
    with pytest.raises(TypeError, match=f"dtype {array.dtype} has no form"):
        write_tensors(str(tmp_path / "a.safetensors"), {"a": array}, {})
