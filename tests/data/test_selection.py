from collections.abc import Sequence
from pathlib import Path

import pytest

from captcha_model.data.samples import Sample
from captcha_model.data.selection import select_listed
from captcha_model.errors import DataError


class Lazy(Sequence):
    """Samples that are created on access, as in a streamed source."""

    def __len__(self) -> int:
        return 1000

    def __getitem__(self, index: int) -> Sample:
        if not 0 <= index < 1000:
            raise IndexError(index)
        return Sample(f"folder/{index}.png", "ab", bytes)


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "val.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_listed_samples_come_in_the_order_of_the_data(tmp_path):
    text = "text,file_name\nab,folder/700.png\nab,folder/3.png\nab,folder/3.png\n"
    chosen = select_listed(Lazy(), table(tmp_path, text))
    assert [sample.name for sample in chosen] == ["folder/3.png", "folder/700.png"]


def test_quoted_names_are_parsed(tmp_path):
    odd = 'a, "b"\n\u00e9.png'
    samples = [Sample(odd, "ab", bytes)]
    text = 'file_name\r\n"a, ""b""\n\u00e9.png"\r\n'
    assert select_listed(samples, table(tmp_path, text, "utf-8-sig")) == samples


def test_names_that_are_not_in_the_data_are_an_error(tmp_path):
    with pytest.raises(DataError, match=r"val\.csv names 1 files .*: folder/1000\.png\.") as caught:
        select_listed(Lazy(), table(tmp_path, "file_name\nfolder/1.png\nfolder/1000.png\n"))
    assert caught.value.code == "FILES_MISSING"


@pytest.mark.parametrize(
    ("text", "encoding", "code"),
    [
        ("", "utf-8", "SOURCE_EMPTY"),
        ("file_name,text\n", "utf-8", "SOURCE_EMPTY"),
        ("name,text\n1.png,ab\n", "utf-8", "TABLE_INVALID"),
        ("text,file_name\nab,1.png\nab\n", "utf-8", "TABLE_INVALID"),
        ('file_name\n"1.png\n', "utf-8", "TABLE_INVALID"),
        ("file_name\n\u00e9.png\n", "latin-1", "TABLE_INVALID"),
    ],
)
def test_invalid_tables(tmp_path, text, encoding, code):
    with pytest.raises(DataError, match=r"val\.csv") as caught:
        select_listed(Lazy(), table(tmp_path, text, encoding))
    assert caught.value.code == code
