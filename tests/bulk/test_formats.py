"""Files of readings: every format, and what is left of one that was cut off at any byte."""

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from captcha_model.bulk.errors import OutputError
from captcha_model.bulk.formats import format_of
from captcha_model.bulk.journal import Journal
from captcha_model.errors import ConfigError, ImageError
from captcha_model.inference.reading_columns import (
    ALL_COLUMNS,
    READING_COLUMNS,
    choose_columns,
    reading_row,
)
from captcha_model.prediction import Character, Prediction

NAMES = ["a.png", 'b, "two"\nlines\r.png', "ünï 验证码.png", "\udcff.png", "=e.png"]
READING = Prediction(
    "a,",
    0.12345678,
    (Character("a", 1 / 3, 0.123, 4.0), Character(",", 1.0, None, None)),
    10,
    20,
    value=-3,
    warnings=("One.", "Two."),
    model="general",
)
SUFFIXES = [".csv", ".jsonl", ".parquet"]
JOB = {"model": "general"}


def rows_of(names: list[str]) -> list[dict]:
    made = [reading_row(name, READING) for name in names]
    made[1] = reading_row(names[1], ImageError("It is bad.", code="IMAGE_DAMAGED"))
    return made


def write(out: Path, columns=READING_COLUMNS, *, finish: bool = True) -> None:
    form = format_of(out, columns)
    with Journal(out, form, JOB, resume=False) as journal:
        assert journal.recover(NAMES) == (0, 0)
        for at in range(0, len(NAMES), 2):
            journal.append(form.encode(rows_of(NAMES)[at : at + 2]))
        if finish:
            journal.finish()


def test_a_row_has_every_column():
    row = reading_row("a.png", READING)
    assert tuple(row) == ALL_COLUMNS
    assert row["confidence"] == 0.123457
    assert row["characters"] == [
        {"text": "a", "confidence": 0.333333, "left": 0.12, "right": 4.0},
        {"text": ",", "confidence": 1.0, "left": None, "right": None},
    ]
    bad = reading_row("b.png", ImageError("It is bad.", code="IMAGE_DAMAGED"))
    assert {name: value for name, value in bad.items() if value is not None} == {
        "path": "b.png",
        "error_code": "IMAGE_DAMAGED",
        "error": "It is bad.",
    }


def test_columns_are_chosen():
    assert choose_columns(None) == READING_COLUMNS
    assert choose_columns(None, arithmetic=True) == (*READING_COLUMNS, "value")
    assert choose_columns(["text", "model", "text", "path"]) == ("path", "text", "model")
    with pytest.raises(ConfigError, match=r"no column 'txt'. They have: path, text, .*, model\."):
        choose_columns(["txt"])


def test_csv(tmp_path):
    write(tmp_path / "r.csv", ALL_COLUMNS)
    text = (tmp_path / "r.csv").read_bytes().decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["path"] for row in rows] == [*NAMES[:3], "\\udcff.png", NAMES[4]]
    assert rows[0]["accepted"] == "true"
    assert rows[0]["confidence"] == "0.123457"
    assert json.loads(rows[0]["characters"])[1]["left"] is None
    assert (rows[0]["value"], json.loads(rows[0]["warnings"])) == ("-3", ["One.", "Two."])
    assert set(rows[1].values()) == {NAMES[1], "", "IMAGE_DAMAGED", "It is bad."}


def test_json_lines(tmp_path):
    write(tmp_path / "r.jsonl")
    lines = (tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["path"] for row in rows] == NAMES
    assert tuple(rows[0]) == READING_COLUMNS
    assert rows[1]["text"] is None


def test_parquet(tmp_path):
    write(tmp_path / "r.parquet", ALL_COLUMNS)
    rows = pq.read_table(tmp_path / "r.parquet").to_pylist()
    expected = rows_of(NAMES)
    expected[3]["path"] = "\\udcff.png"
    assert rows == expected


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_cut_off_goes_on(tmp_path, suffix, monkeypatch):
    """And nothing is lost that was complete, and nothing comes twice."""
    monkeypatch.setattr("os.fsync", lambda _: None)  # Thousands of them take a while.
    whole, out = tmp_path / f"whole{suffix}", tmp_path / f"out{suffix}"
    write(whole)
    write(out, finish=False)
    part, job = out.with_name(f"{out.name}.part"), out.with_name(f"{out.name}.job")
    data = part.read_bytes()
    settings = job.read_bytes()
    form = format_of(out, READING_COLUMNS)
    counts = set()
    with part.open("rb") as file:
        ends = [record.end for record in form.written(file)]
    cuts = {end + more for end in ends for more in (-1, 0, 1)} | set(range(0, len(data), 23))
    for cut in sorted(cut for cut in cuts if cut <= len(data)):
        part.write_bytes(data[:cut])
        job.write_bytes(settings)
        with Journal(out, form, JOB, resume=True) as journal:
            count, failed = journal.recover(NAMES)
            assert failed == (count > 1)
            counts.add(count)
            for at in range(count, len(NAMES)):
                journal.append(form.encode(rows_of(NAMES)[at : at + 1]))
            journal.finish()
        if suffix == ".parquet":
            assert pq.read_table(out) == pq.read_table(whole)
        else:
            assert out.read_bytes() == whole.read_bytes()
        assert {path.name for path in tmp_path.glob("out*")} == {out.name, job.name}
        out.unlink()
    # A record batch of Arrow is written as a whole.
    assert counts == ({0, 2, 4, 5} if suffix == ".parquet" else set(range(6)))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_other_images_or_options_are_not_mixed_in(tmp_path, suffix):
    out = tmp_path / f"r{suffix}"
    write(out, finish=False)
    form = format_of(out, READING_COLUMNS)
    with Journal(out, form, JOB, resume=True) as journal:
        with pytest.raises(OutputError, match=r"image 2 of the interrupted run is .* now it is"):
            journal.recover(["a.png", "other.png"])
        with pytest.raises(OutputError, match=r"image 3 .* now it is None"):
            journal.recover(NAMES[:2])
    with pytest.raises(OutputError, match="its model was 'general', but now it is 'mine'"):
        Journal(out, form, {"model": "mine"}, resume=True)


def test_an_output_is_not_written_over(tmp_path):
    out = tmp_path / "r.csv"
    form = format_of(out, READING_COLUMNS)
    write(out, finish=False)
    with pytest.raises(OutputError, match=r"Go on with --resume, or delete it to begin anew\."):
        Journal(out, form, JOB, resume=False)
    with (
        Journal(out, form, JOB, resume=True),
        pytest.raises(OutputError, match="Another process is writing") as caught,
    ):
        Journal(out, form, JOB, resume=True)
    assert caught.value.code == "OUT_LOCKED"
    out.with_name("r.csv.part").unlink()
    write(out)
    before = out.read_bytes()
    with pytest.raises(OutputError, match=r"exists\. Choose another name"):
        Journal(out, form, JOB, resume=False)
    # To go on with what is complete is no error, so that a script may do it always.
    assert Journal(out, form, JOB, resume=True).is_complete
    assert out.read_bytes() == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_complete_is_compared_with_the_images(tmp_path, suffix):
    out = tmp_path / f"r{suffix}"
    write(out)
    journal = Journal(out, format_of(out, READING_COLUMNS), JOB, resume=True)
    assert journal.check_complete(NAMES) == (5, 1)
    for others in (NAMES[:-1], [*NAMES, "new.png"], [*NAMES[:-1], "other.png"]):
        with pytest.raises(OutputError, match="is complete, with 5 rows, and of other") as caught:
            journal.check_complete(others)
        assert caught.value.code == "RESUME_MISMATCH"
    out.write_bytes(b'{"no": 1}\n' if suffix == ".jsonl" else b"x,y\n\n1")
    with pytest.raises(OutputError, match=r"is no output of this|of other images"):
        journal.check_complete(NAMES)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_complete_was_read_in_the_same_way(tmp_path, suffix):
    out = tmp_path / f"r{suffix}"
    write(out)
    form = format_of(out, READING_COLUMNS)
    assert Journal(out, form, JOB, resume=True).is_checked
    with pytest.raises(OutputError, match="complete, but its model was 'general', but") as caught:
        Journal(out, form, {"model": "mine"}, resume=True)
    assert caught.value.code == "RESUME_MISMATCH"
    out.with_name(f"{out.name}.job").unlink()
    journal = Journal(out, form, {"model": "mine"}, resume=True)
    assert journal.is_complete and not journal.is_checked
    # Who deletes the output as well begins anew.
    out.unlink()
    write(out)
    assert Journal(out, form, JOB, resume=True).is_checked


@pytest.mark.parametrize("name", ["readings", "readings.xlsx", "readings.csv.gz"])
def test_a_suffix_that_says_no_format(name):
    with pytest.raises(OutputError, match=r"must end in \.csv, \.jsonl or \.parquet"):
        format_of(Path(name), READING_COLUMNS)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_failures_are_counted_by_the_columns_of_the_output(tmp_path, suffix):
    """Whatever columns are asked for when the output is complete."""
    out = tmp_path / f"r{suffix}"
    for written, failed in ((["error"], 1), (["confidence", "error_code"], 1), (["text"], 0)):
        write(out, choose_columns(written))
        for asked in (["text"], ["error"], ["error_code", "error"]):
            form = format_of(out, choose_columns(asked))
            journal = Journal(out, form, JOB, resume=True)
            assert journal.check_complete(NAMES) == (5, failed)
        out.unlink()
