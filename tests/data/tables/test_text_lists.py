import pytest

from captcha_model.data.tables.text_lists import is_label_list, parse_text_list
from captcha_model.errors import DataError


def rows_of(text, files=()):
    return [(row.line, row.file, row.text) for row in parse_text_list(text, "t.txt", files).rows]


def refused(text, files=()) -> str:
    with pytest.raises(DataError) as caught:
        rows_of(text, files)
    assert caught.value.code == "TABLE_INVALID"
    return str(caught.value)


def test_a_path_a_tab_and_a_label():
    text = "train/word 1.png\tGenaxis Theatre\r\n\ntrain/2.png\t[06]\n"
    assert rows_of(text) == [(1, "train/word 1.png", "Genaxis Theatre"), (3, "train/2.png", "[06]")]


def test_several_images_of_one_text():
    assert rows_of('["11.jpg", "12.jpg"]\tab\n') == [(1, "11.jpg", "ab"), (1, "12.jpg", "ab")]
    assert rows_of("[1].jpg\tab") == [(1, "[1].jpg", "ab")]
    assert "no list of file names in line 1" in refused("[1, 2]\tab")


def test_labels_of_text_boxes_are_refused():
    boxes = '[{"transcription": "ab", "points": [[0, 0]]}]'
    assert "text detection" in refused(f"img_1.jpg\t{boxes}")


@pytest.mark.parametrize("line", ["a.png\tb\tc", "a.png b"])
def test_a_line_with_another_number_of_tabs(line):
    assert "Not so: line 2" in refused(f"0.png\tab\n{line}\n")


@pytest.mark.parametrize("delimiter", [" ", ",", ";"])
def test_a_file_and_a_label(delimiter):
    text = f"1.jpg{delimiter}ab3\nmy image.PNG{delimiter}a b"
    assert rows_of(text) == [(1, "1.jpg", "ab3"), (2, "my image.PNG", "a b")]
    assert "in line 2" in refused(f"1.jpg{delimiter}ab3\nxyz\n")


@pytest.mark.parametrize(
    "names",
    [
        [f"{number}.jpg" for number in range(1, 13)],
        [f"{number:04}.png" for number in range(1, 13)],
        [f"images/{number}.jpg" for number in range(12)],
    ],
)
def test_a_label_a_line_for_numbered_images(names):
    labels = [f"ab{number}" for number in range(12)]
    files = [*sorted(names), "t.txt"]
    assert rows_of("\n".join(labels) + "\n\n", files) == [
        (line, name, label) for line, (name, label) in enumerate(zip(names, labels, strict=True), 1)
    ]


@pytest.mark.parametrize(
    "files", [["1.jpg"], ["1.jpg", "3.jpg"], ["a.jpg", "b.jpg"], ["1.jpg", "2.jpg", "01.jpg"], []]
)
def test_other_numbers_of_images_are_refused(files):
    assert "has 2 lines without a file name" in refused("ab\ncd\n", files)


def test_a_blank_line_between_labels_keeps_its_number():
    files = ["1.jpg", "2.jpg", "3.jpg"]
    assert [row[2] for row in rows_of("ab\n\ncd", files)] == ["ab", "", "cd"]


@pytest.mark.parametrize("text", ["file_name\ttext\n1.png\tab\n", "file,label\n1.png,ab\n"])
def test_a_header_of_a_list_is_named(text):
    assert "line 1 looks like a header" in refused(text)


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"ab\nc d\n", True), (b"1.png ab\n", False), (b"1\tab\n", False), (b"\n", False)],
)
def test_lists_of_labels_only(data, expected):
    assert is_label_list(data) == expected
