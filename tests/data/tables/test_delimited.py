import pytest

from captcha_model.data.source_options import SourceOptions
from captcha_model.data.tables.delimited import parse_delimited
from captcha_model.errors import DataError


def rows_of(text, name="labels.csv", **options):
    table = parse_delimited(text, name, SourceOptions(**options))
    return [(row.line, row.file, row.text) for row in table.rows]


def refused(text, **options) -> str:
    with pytest.raises(DataError) as caught:
        rows_of(text, **options)
    assert caught.value.code == "TABLE_INVALID"
    return str(caught.value)


TWO = [(2, "0.png", "ab"), (3, "1.png", "cd")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["labels.csv", "labels.tsv", "LABELS.TSV"])
def test_any_delimiter_and_any_end_of_line(delimiter, ending, name):
    lines = [["file_name", "text"], ["0.png", "ab"], ["1.png", "cd"], []]
    assert rows_of(ending.join(delimiter.join(cells) for cells in lines), name) == TWO


def test_a_label_may_contain_the_other_delimiters_and_quotation_marks():
    text = 'file_name;text\n0.png;a,b\n1.png;"c;""d"\n'
    assert rows_of(text) == [(2, "0.png", "a,b"), (3, "1.png", 'c;"d')]
    assert rows_of('file_name,text\n0.png,"123,45"\n') == [(2, "0.png", "123,45")]


def test_the_columns_stand_in_any_order_and_others_are_ignored():
    assert rows_of(",text,width,file_name\n0,ab,20,0.png\n1,cd,20,1.png\n") == TWO
    assert rows_of("file_name, text\n0.png,ab\n1.png,cd\n") == TWO


def test_blank_lines_are_skipped_and_lines_are_counted_as_in_an_editor():
    assert rows_of("file_name,text\n\n0.png,ab\n\n1.png,cd\n\n") == [
        (3, "0.png", "ab"),
        (5, "1.png", "cd"),
    ]


def test_more_cells_than_the_header_is_an_error_with_its_line():
    message = refused("file_name,text\n1.png,12345\n0.png,123,45\n")
    assert "more cells than columns (2) in line 3." in message and '"123,45"' in message
    assert "in lines 2, 3." in refused("file_name,text\n0.png,ab,\n1.png,c,d\n")
    assert "in line 1." in refused("0.png,123,45\n", columns=("file", "text"))


def test_fewer_cells_are_an_error_where_a_needed_one_is_missing():
    assert "too few cells in line 3." in refused("file_name,text\n0.png,ab\n1.png\n")
    assert rows_of("file_name,text,note\n0.png,ab\n1.png,cd,x\n") == TWO


@pytest.mark.parametrize("header", ["file_name,text,text", "file_name,file_name,text", "a,text, a"])
def test_a_repeated_column_is_an_error(header):
    assert "more than one column" in refused(f"{header}\n0.png,ab,cd\n")


@pytest.mark.parametrize(
    ("header", "suggestion"),
    [
        ("image_path,plate_text", "--image-column image_path --text-column plate_text"),
        ("filename,words", "--image-column filename --text-column words"),
        ("file_name,Label", "Perhaps: --text-column Label"),
        ("picture,whatever", "--image-column picture --text-column whatever"),
        ("id number,label", "Name the columns with --image-column and --text-column"),
    ],
)
def test_other_columns_are_suggested(header, suggestion):
    first = "0.png" if "number" not in header else "17"
    assert suggestion in refused(f"{header}\n{first},ab\n")


def test_other_columns_are_taken_when_they_are_named():
    text = "image_path,plate_text\n0.png,ab\n1.png,cd\n"
    assert rows_of(text, image_column="image_path", text_column="plate_text") == TWO
    assert "one column: 'text'" in refused("text,x\n0.png,ab\n", image_column="text")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_without_a_header(delimiter):
    text = f"0.png{delimiter}ab\n1.png{delimiter}cd\n"
    assert rows_of(text, columns=("file", "text")) == [(1, "0.png", "ab"), (2, "1.png", "cd")]
    other = SourceOptions(columns=("n", "label", "img"), image_column="img", text_column="label")
    table = parse_delimited(f"7{delimiter}ab{delimiter}0.png", "x.csv", other)
    assert [(row.file, row.text) for row in table.rows] == [("0.png", "ab")]


@pytest.mark.parametrize(
    ("line", "columns"), [("0.png,ab", "file,text"), ("17,0.png,ab", "column1,file,column3")]
)
def test_a_missing_header_is_noticed(line, columns):
    expected = columns.replace("column1", "text") if columns.startswith("column1") else columns
    assert f"use --columns {expected}" in refused(f"{line}\n")


@pytest.mark.parametrize("text", ['file_name,text\n0.png,"a\n', 'file_name,text\n0.png,"a"b\n'])
def test_bad_quotation_marks(text):
    assert "cannot be read" in refused(text)


def test_a_cell_of_any_length_is_an_error_and_no_crash():
    assert "cannot be read" in refused("file_name,text\n0.png," + "a" * 200_000)


def test_a_quotation_mark_without_its_partner_is_named_by_its_line():
    assert "begins in line 3" in refused('file_name,text\n0.png,ab\n1.png,"cd\n2.png,ef\n')
    message = refused('file_name,text\n0.png,ab\n1.png,"cd\n2.png,ef"\n3.png,gh\n')
    assert "from line 3 to 4" in message


def test_rows_of_empty_cells_are_blank_lines():
    assert rows_of("file_name;text\n;\n0.png;ab\n1.png;cd\n ;\n;\n") == [
        (3, "0.png", "ab"),
        (4, "1.png", "cd"),
    ]


@pytest.mark.parametrize("header", ["file_name,text", "Filename,Label"])
def test_a_header_is_noticed_where_columns_are_given(header):
    message = refused(f"{header}\n0.png,ab\n", columns=("file", "text"))
    assert "line 1 that looks like a header" in message


def test_the_first_line_is_shown_as_it_stands():
    message = refused("\nfile_name; words\n0.png;ab\n")
    assert "Its first line is 'file_name; words'. Perhaps: --text-column words" in message


def test_columns_that_need_no_option_are_not_suggested_with_one():
    message = refused("file_name,text\n0.png,ab\n", text_column="label")
    assert "Perhaps" not in message
    assert message.endswith("Its columns file_name and text are found without options")
