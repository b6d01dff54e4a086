"""What programs read from stdout is UTF-8, whatever the terminal's encoding is."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys

import pytest

from captcha_model._utils.csv_table import write_csv
from captcha_model._utils.utf8 import utf8, utf8_file
from captcha_model.training.splits import write_split_tables
from tests.conftest import EXAMPLES

NAMES = ("é.png", "日本.png", "☃.png")
TERMINALS = {
    "cp932": {"PYTHONIOENCODING": "cp932"},
    "cp1252-strict": {"PYTHONIOENCODING": "cp1252:strict"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "utf-16": {"PYTHONIOENCODING": "utf-16"},
    "C-locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
}


def run(terminal: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LC_", "LANG"))}
    return subprocess.run(
        [sys.executable, "-m", "captcha_model", *arguments],
        capture_output=True,
        env={**kept, **TERMINALS[terminal]},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ordner-ü")
    for name in NAMES:
        shutil.copy(EXAMPLES / "1.png", folder / name)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("terminal", TERMINALS)
def test_names_of_images(terminal, folder):
    expected = sorted(str(folder / name) for name in NAMES)
    done = run(terminal, "predict", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    assert [row["file"] for row in json.loads(done.stdout.decode("utf-8"))] == expected
    done = run(terminal, "predict", str(folder), "--csv")
    rows = csv.DictReader(io.StringIO(done.stdout.decode("utf-8"), newline=""))
    assert [row["file"] for row in rows] == expected
    assert b"\r" not in done.stdout
    # What people read is in their terminal's encoding, with escapes.
    done = run(terminal, "predict", str(folder))
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3) or terminal == "utf-16"


@pytest.mark.slow
@pytest.mark.parametrize("terminal", ["cp932", "ascii"])
def test_labels_and_settings(terminal, folder):
    shutil.copy(EXAMPLES / "2.png", folder / "ß.png")
    try:
        done = run(terminal, "dataset", "stats", "--data", str(folder), "--json")
        assert set(json.loads(done.stdout)["characters"]) == {"é", "日", "本", "☃", "ß"}
        done = run(terminal, "train", "--data", str(folder), "--out", "x", "--print-config")
        assert folder.name in done.stdout.decode("utf-8")
    finally:
        (folder / "ß.png").unlink()


CELLS = ["=1+1", "+49", "-1", "@x", "\tx", "\r=1", "\n=1", "a=1", "", "'a", "é"]


def test_spreadsheets_get_no_formulas():
    table = io.BytesIO()
    file = utf8_file(table)
    write_csv(file, [CELLS], excel=True)
    file.detach()
    written = table.getvalue()
    assert written.startswith(b"\xef\xbb\xbf")
    (row,) = csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""))
    guarded = ["'=1+1", "'+49", "'-1", "'@x", "'\tx", "'\r=1", "'\n=1", "a=1", "", "'a", "é"]
    assert row == guarded


def test_columns_of_numbers_stay_numbers_for_spreadsheets():
    table = io.StringIO(newline="")
    write_csv(table, [["a", "value"], ["-2", "-2"]], excel=True, numbers=[1])
    assert table.getvalue() == "\ufeffa,value\n'-2,-2\n"


def test_programs_get_the_cells_as_they_are():
    table = io.StringIO(newline="")
    write_csv(table, [CELLS])
    assert list(csv.reader(io.StringIO(table.getvalue(), newline=""))) == [CELLS]


def test_predict_for_spreadsheets(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(EXAMPLES / "1.png", "=1+1.png")
    code, out, _ = cli("predict", "=1+1.png", "--excel")
    assert code == 0
    assert out.startswith("\ufefffile,text,")
    assert out.splitlines()[1].startswith("'=1+1.png,w52g8,")
    _, out, _ = cli("predict", "=1+1.png", "--csv")
    assert out.splitlines()[1].startswith("=1+1.png,")
    assert cli("predict", "=1+1.png", "--excel", "--json")[0] == 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("é", b"\xc3\xa9"),
        ("\udcc3\udca9", b"\xc3\xa9"),  # The same name, as Python has it in an ASCII locale.
        ("a\udcff", rb"a\udcff"),
        ("\ud800", rb"\ud800"),
        ("\udcc3\udca9\udcff", rb"\udcc3\udca9\udcff"),
    ],
)
def test_names_that_are_not_unicode(name, expected):
    assert utf8(name) == expected
    expected.decode("utf-8")


def test_tables_of_splits_are_written_whatever_the_names_are(tmp_path, synthetic):
    import dataclasses

    named = dataclasses.replace(synthetic, names=("\udcff.png", *synthetic.names[1:]))
    write_split_tables(tmp_path, named, named)
    assert (tmp_path / "val.csv").read_text("utf-8").splitlines()[1].startswith(r"\udcff.png,")
