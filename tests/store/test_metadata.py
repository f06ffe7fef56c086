import numpy as np
import pytest

from tb_embed_plugin import ProbeSet, open_series
from tb_embed_plugin.store import FormatError
from tb_embed_plugin.store.metadata import make_column, read_metadata, write_metadata


def test_kinds_are_found_from_the_values():
    kinds = {
        "label": make_column("label", np.arange(8), 8, kind="categorical").kind,
        "size": make_column("size", np.arange(8), 8).kind,
        "flag": make_column("flag", np.arange(8) > 3, 8).kind,
        "side": make_column("side", list("lrlrlrlr"), 8).kind,
        "caption": make_column("caption", [f"image {i}" for i in range(8)], 8).kind,
    }
    assert kinds == {"label": "categorical", "size": "number", "flag": "categorical", "side": "categorical", "caption": "text"}


def test_columns_come_back_with_markup_as_text_and_breaks_as_spaces(log_dir):
    label, size, caption = open_series(str(log_dir / "run1")).columns
    assert label.categories()[0] == [str(digit) for digit in range(10)]
    assert np.isnan(size.numbers()[3])
    assert np.isfinite(np.delete(size.numbers(), 3)).all()
    assert caption.values[0] == "digit 0 <b> of 0</b>"


def test_categories_are_in_natural_order():
    categories, codes = make_column("block", ["b10", "b2", "b1", "b2"], 4, kind="categorical").categories()
    assert categories == ["b1", "b2", "b10"]
    assert codes.tolist() == [2, 1, 0, 1]


@pytest.mark.parametrize(("names", "has_header"), [(["a"], False), (["a", "b"], True)])
def test_file_follows_the_projectors_header_rule(tmp_path, names, has_header):
    path = tmp_path / "metadata.tsv"
    columns = [make_column(name, ["x", "y"], 2) for name in names]
    write_metadata(str(path), columns)
    lines = path.read_text().split("\n")
    assert lines[-1] == ""
    assert (lines[0] == "\t".join(names)) == has_header
    kinds = {column.name: column.kind for column in columns}
    assert [column.values for column in read_metadata(str(path), kinds, 2)] == [("x", "y")] * len(names)


def test_missing_rows_are_noticed(tmp_path):
    path = tmp_path / "metadata.tsv"
    path.write_text("x\n")
    with pytest.raises(FormatError, match="does not hold 2 rows of 1 columns"):
        read_metadata(str(path), {"a": "text"}, 2)


def test_numbers_that_are_none_are_noticed(tmp_path):
    path = tmp_path / "metadata.tsv"
    path.write_text("1\nx\n")
    (column,) = read_metadata(str(path), {"a": "number"}, 2)
    with pytest.raises(FormatError, match="'a' has values that are not numbers"):
        column.numbers()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": [1, 2]}, r"column 'label' has shape \(2,\), but the probe set has 3 points"),
        ({"metadata": {"size": np.ones((3, 2))}}, r"column 'size' has shape \(3, 2\)"),
        ({"labels": [0, 1, 2], "metadata": {"label": [1, 2, 3]}}, "not all different"),
        ({"labels": [0, 1, 5], "class_names": ["cat", "dog"]}, "integers from 0 to 1"),
    ],
)
def test_wrong_columns_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ProbeSet(n_points=3, **arguments)


def test_class_names_replace_integer_labels():
    (label,) = ProbeSet(n_points=3, labels=np.array([[0], [1], [0]]), class_names=["cat", "dog"]).columns
    assert label.values == ("cat", "dog", "cat")
