import json
import signal
import subprocess
import sys

import pytest

from captcha_model.data.sources import find_samples
from captcha_model.errors import DataError, DataWarning
from captcha_model.labelling.label_file import UNREADABLE, LabelFile

NAMES = {f"{n}.png" for n in range(6)}


@pytest.fixture
def path(folder):
    return folder / "labels.jsonl"


def samples(path):
    with pytest.warns(UserWarning, match="no label in labels.jsonl yet"):
        return {s.name: s.label for s in find_samples(str(path))}


def test_what_is_written_is_there_for_the_next_one(path):
    file = LabelFile(path, NAMES)
    file.write("0.png", "ab")
    file.write("1.png", "a\u2028é")
    file.write("2.png", None, UNREADABLE)
    file.write("0.png", "abc")
    file.write("3.png", "c")
    file.write("3.png", None)
    again = LabelFile(path, NAMES)
    assert again.labels == file.labels == {"1.png": "a\u2028é", "0.png": "abc"}
    assert [*again.labels] == ["1.png", "0.png"]
    assert again.unreadable == file.unreadable == {"2.png"}
    assert not again.cut


def test_it_is_only_appended_to_and_is_a_data_set(path):
    file = LabelFile(path, NAMES)
    file.write("0.png", "0012")
    before = path.read_bytes()
    file.write("0.png", "12")
    file.write("2.png", "7")
    file.write("1.png", None, UNREADABLE)
    file.write("2.png", None)
    assert path.read_bytes().startswith(before)
    assert samples(path) == {"0.png": "12"}


@pytest.mark.parametrize("cut", [1, 30])
def test_a_line_that_was_cut_is_gone_and_the_next_one_stands_alone(path, cut):
    LabelFile(path, NAMES).write("0.png", "a")
    whole = path.read_bytes()
    LabelFile(path, NAMES).write("1.png", "b")
    path.write_bytes(path.read_bytes()[: len(whole) + cut])
    with pytest.warns(DataWarning, match="last line of .* is cut off and was taken out"):
        file = LabelFile(path, NAMES)
    assert file.cut
    assert path.read_bytes() == whole
    file.write("2.png", "c")
    assert LabelFile(path, NAMES).labels == {"0.png": "a", "2.png": "c"}


@pytest.mark.parametrize(
    "data",
    [
        b'[{"file_name": "0.png", "text": "a"}, {"file_name": "1.png", "text": "b"}]',
        b'{"file_name": "0.png", "text": "a"}\r{"file_name": "1.png", "text": "b"}\r',
        '{"file_name": "0.png", "text": "a"}\n'.encode("utf-16"),
        b'{\n  "file_name": "0.png",\n  "text": "a"\n}',
        b"file_name,text\n0.png,a",
    ],
)
def test_a_file_of_another_kind_stays_as_it_is(path, data):
    path.write_bytes(data)
    with pytest.raises(DataError):
        LabelFile(path, NAMES)
    assert path.read_bytes() == data


def test_only_the_end_of_the_last_line_is_missing(path):
    LabelFile(path, NAMES).write("0.png", "a")
    path.write_bytes(path.read_bytes()[:-1])
    file = LabelFile(path, NAMES)
    assert (file.labels, file.cut) == ({"0.png": "a"}, False)
    file.write("1.png", "b")
    assert LabelFile(path, NAMES).labels == {"0.png": "a", "1.png": "b"}


def test_a_file_of_another_folder_is_told(path):
    LabelFile(path, {"x.png", "y.png"}).write("y.png", "a")
    with pytest.raises(DataError, match=r"names 1 images .* folder: y\.png\. If it is the file of"):
        LabelFile(path, NAMES)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "is no JSON in line 2: Expecting property name"),
        (b'{"file_name": 1, "text": "a"}', "no texts for file_name and text in line 2"),
        (b'{"file_name": "0.png", "text": 12}', "line 2"),
        (b"[]", "line 2"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_damaged_file_names_the_line(path, line, message):
    LabelFile(path, NAMES).write("0.png", "a")
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(DataError, match=message):
        LabelFile(path, NAMES)


def test_a_label_that_the_disk_does_not_take_is_not_kept(path, monkeypatch):
    file = LabelFile(path, NAMES)
    file.write("0.png", "a")
    before = path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("captcha_model.labelling.label_file.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.write("1.png", "b")
    assert path.read_bytes() == before
    assert file.labels == {"0.png": "a"}


WRITER = """
import sys
from pathlib import Path
from captcha_model.labelling.label_file import LabelFile
names = {f"{n}.png" for n in range(10_000)}
file = LabelFile(Path(sys.argv[1]), names)
for n in range(10_000):
    file.write(f"{n}.png", f"{n:05}")
    print(n, flush=True)
"""


@pytest.mark.slow
def test_kill_9_loses_no_label_that_was_confirmed(tmp_path):
    path = tmp_path / "labels.jsonl"
    names = {f"{n}.png" for n in range(10_000)}
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for _ in range(40):
            confirmed = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
    confirmed = max([confirmed, *map(int, rest)])
    labels = LabelFile(path, names).labels
    expected = {f"{n}.png": f"{n:05}" for n in range(confirmed + 1)}
    assert expected.items() <= labels.items()
    assert len(labels) <= confirmed + 2


def test_an_ordinary_table_still_may_not_contradict_itself(path):
    rows = [{"file_name": "0.png", "text": text} for text in ("a", "b")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match="another one"):
        find_samples(str(path))
