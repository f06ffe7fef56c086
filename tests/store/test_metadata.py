import datetime

import numpy as np
import pandas
import pyarrow
import pytest

from tb_embed_plugin import ProbeSet, open_series
from tb_embed_plugin.store import Column, FormatError, SeriesWriter
from tb_embed_plugin.store.metadata import make_column, make_columns, read_metadata, write_metadata


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
        ({"labels": [0, 1, 1], "class_names": ["cat", "cat"]}, "not all different"),
        ({"labels": np.eye(3)}, r"labels\.argmax\(axis=1\)"),
        ({"metadata": pandas.DataFrame({"size": [1, 2]})}, r"column 'size' has shape \(2,\), but the probe set has 3"),
        ({"metadata": pyarrow.table({"size": [1, 2]})}, r"column 'size' has shape \(2,\), but the probe set has 3"),
        ({"metadata": {"size": Column(name="", kind="number", values=("1", "2", "x"))}}, "kind 'number'.*'x'"),
        ({"metadata": {"taken": Column(name="", kind="date", values=("2024-01-05", "", "soon"))}}, "kind 'date'.*'soon'"),
    ],
)
def test_wrong_columns_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ProbeSet(n_points=3, **arguments)


def test_class_names_replace_integer_labels():
    (label,) = ProbeSet(n_points=3, labels=np.array([[0], [1], [0]]), class_names=["cat", "dog"]).columns
    assert label.values == ("cat", "dog", "cat")


DATES = [datetime.datetime(2024, 1, 5), None, datetime.datetime(2024, 1, 6, 12, 30)]
TABLE = {
    "breed": ["tabby", "tabby", "siamese"],
    "size": [1.5, None, 3.0],
    "n_kittens": [1, None, 2],
    "is_tame": [True, None, False],
    "taken": DATES,
    "caption": ["a <b>cat</b>", "two\tcats", "a\r\ncat"],
}
PANDAS = pandas.DataFrame({**TABLE, "breed": pandas.Categorical(TABLE["breed"])}).astype(
    {"n_kittens": "Int64", "is_tame": "boolean"}
)
ARROW = pyarrow.table({**TABLE, "breed": pyarrow.array(TABLE["breed"]).dictionary_encode()})


@pytest.mark.parametrize("table", [PANDAS, ARROW, {**TABLE, "breed": PANDAS["breed"]}], ids=["pandas", "arrow", "dictionary"])
def test_tables_make_typed_columns(tmp_path, table):
    SeriesWriter(tmp_path, "fc1", ProbeSet(n_points=3, metadata=table))
    columns = {column.name: column for column in open_series(str(tmp_path)).columns}
    assert {name: column.kind for name, column in columns.items()} == {
        "breed": "categorical",
        "size": "number",
        "n_kittens": "number",
        "is_tame": "categorical",
        "taken": "date",
        "caption": "text",
    }
    assert columns["breed"].values == ("tabby", "tabby", "siamese")
    np.testing.assert_array_equal(columns["size"].numbers(), [1.5, np.nan, 3])
    np.testing.assert_array_equal(columns["n_kittens"].numbers(), [1, np.nan, 2])
    assert columns["is_tame"].values == ("True", "", "False")
    assert columns["taken"].values == ("2024-01-05T00:00:00", "", "2024-01-06T12:30:00")
    np.testing.assert_array_equal(columns["taken"].numbers(), [1704412800000, np.nan, 1704544200000])
    assert columns["caption"].values == ("a <b>cat</b>", "two cats", "a cat")


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (np.array(["2024-01-05", "NaT"], dtype="datetime64[ns]"), ("2024-01-05", "")),
        ([datetime.date(2024, 1, 5), None], ("2024-01-05", "")),
        (pandas.Series([pandas.Timestamp("2024-01-05 01:00", tz="Europe/Berlin"), pandas.NaT]), ("2024-01-05", "")),
        (np.array(["2024-01-05T00:00:00.250", "NaT"], dtype="datetime64[us]"), ("2024-01-05T00:00:00.250", "")),
    ],
)
def test_dates_are_written_as_short_as_they_are_and_in_utc(values, texts):
    column = make_column("taken", values, 2)
    assert column.kind == "date"
    assert column.values == texts


def test_an_array_with_fields_and_an_array_without_a_name_make_columns():
    fields = np.array([(1, "a"), (2, "b")], dtype=[("size", "i4"), ("name", "U1")])
    assert [(column.name, column.kind) for column in make_columns(fields, 2)] == [("size", "number"), ("name", "categorical")]
    (column,) = make_columns(["the", "cat"], 2)
    assert (column.name, column.values) == ("metadata", ("the", "cat"))


def test_a_column_says_its_own_kind():
    zip_codes = Column(name="zip", kind="categorical", values=("10115", "10117"))
    (column,) = ProbeSet(n_points=2, metadata={"zip code": zip_codes}).columns
    assert (column.name, column.kind, column.values) == ("zip code", "categorical", zip_codes.values)


@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
def test_rows_without_any_value_are_no_blank_lines_which_the_projector_would_pass_over(tmp_path, names):
    path = tmp_path / "metadata.tsv"
    columns = [make_column(name, ["x", None, "\u200bx"], 3) for name in names]
    write_metadata(str(path), columns)
    lines = path.read_text().split("\n")[-4:-1]
    assert all(line.strip() for line in lines)
    kinds = {column.name: column.kind for column in columns}
    assert [column.values for column in read_metadata(str(path), kinds, 3)] == [("x", "", "\u200bx")] * len(names)


def test_what_no_file_can_hold_becomes_a_question_mark():
    assert make_column("name", ["\ud800", "b"], 2).values == ("?", "b")
