import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from captcha_model.cli.predict import _find, _verdict
from captcha_model.prediction import Prediction
from tests.conftest import EXAMPLES

EXAMPLE = str(EXAMPLES / "1.png")
SIX = str(EXAMPLES / "6.png")


def test_a_line_ends_with_whether_the_reading_is_accepted(cli, model):
    code, out, err = cli("predict", EXAMPLE, "--min-confidence", "1")
    text, confidence = model.predict(EXAMPLE).text, model.predict(EXAMPLE).confidence
    assert (code, out) == (0, f"{EXAMPLE}\t{text}\t{confidence:.4f}\tlow confidence\n")
    assert err == "captcha-model: 1 of 1 readings was rejected\n"


def test_refused_readings_are_counted_among_those_that_were_read(cli, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"nonsense")
    for form in ([], ["--json"], ["--csv"]):
        code, _, err = cli("predict", EXAMPLE, str(bad), SIX, "--min-confidence", "1", *form)
        assert code == 1
        assert "1 of 3 images could not be read\n" in err
        assert err.endswith("captcha-model: 2 of 2 readings were rejected\n")


def test_json_and_csv_have_the_refusal(cli, model):
    expected = model.predict(SIX, min_confidence=1.0)
    assert expected.rejection_reason
    _, out, _ = cli("predict", SIX, "--min-confidence", "1", "--json")
    assert json.loads(out) == [{"file": SIX, **expected.to_dict()}]
    _, out, _ = cli("predict", SIX, "--min-confidence", "1", "--csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["accepted"], row["rejection_reason"]) == ("false", expected.rejection_reason)
    assert row["runner_up"] == expected.runner_up.text


@pytest.mark.parametrize(
    ("arguments", "how"),
    [
        (["--charset", "w52"], {"charset": "w52"}),
        (["--length", "4"], {"length": 4}),
        (["--length", "6-"], {"length": (6, None)}),
        (["--length", "-4"], {"length": (None, 4)}),
        (["--pattern", r"\d{4}"], {"pattern": r"\d{4}"}),
        (["--beam-width", "0"], {"beam_width": 0}),
    ],
)
def test_what_is_said_of_the_texts_reaches_the_model(cli, model, arguments, how):
    code, out, _ = cli("predict", SIX, *arguments)
    assert code == 0
    assert out.split("\t")[1] == model.predict(SIX, **how).text


@pytest.mark.parametrize(
    ("option", "value", "what"),
    [
        ("--pattern", "a{", "The pattern 'a{' cannot be understood at '{'"),
        ("--charset", "ß", "No text is left"),
        ("--length", "900", "The model reads up to 50 characters"),
    ],
)
def test_what_no_text_of_the_model_can_be_fails(cli, option, value, what):
    code, out, err = cli("predict", EXAMPLE, option, value)
    assert (code, out) == (1, "")
    assert err.startswith(f"captcha-model: error: {what}")


def test_bad_values_are_bad_usage(cli):
    for value, message in (
        ("long", "'long' is not a length such as 5, 4-6, 4- or -6."),
        ("6-4", "length must be a whole number from 0 to 1024, or (least, most)"),
    ):
        code, _, err = cli("predict", EXAMPLE, "--length", value)
        assert code == 2
        assert message in err


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        (None, "accepted"),
        ("LOW_CONFIDENCE", "low confidence"),
        ("NO_TEXT", "no text"),
        ("OUT_OF_DISTRIBUTION", "out of distribution"),
    ],
)
def test_the_last_column_is_the_rejection_reason_in_words(reason, shown):
    assert _verdict(Prediction("a", 0.5, (), 1, 1, rejection_reason=reason)) == shown


ODD_NAMES = ["zeile\n2b827\t1.0000\taccepted.png", "ünï 验证码.png", 'a, "b".png', "=1+1.png"]


def files_of(folder: Path, names: list[str]) -> list[str]:
    for name in names:
        shutil.copy(EXAMPLE, folder / name)
    return sorted(str(folder / name) for name in names)


def test_odd_names_are_quoted_in_csv_and_json(cli, tmp_path):
    paths = files_of(tmp_path, [*ODD_NAMES, "x" * 251 + ".png"])
    code, out, _ = cli("predict", str(tmp_path), "--csv")
    assert code == 0
    assert [row["file"] for row in csv.DictReader(io.StringIO(out, newline=""))] == paths
    _, out, _ = cli("predict", str(tmp_path), "--json")
    assert [row["file"] for row in json.loads(out)] == paths


def test_an_odd_name_makes_no_line_of_its_own_and_steers_no_terminal(cli, tmp_path):
    files_of(tmp_path, [*ODD_NAMES, "\x1b]0;title\x07.png"])
    (tmp_path / "\x1b[2Jbad.png").write_bytes(b"nonsense")
    code, out, err = cli("predict", str(tmp_path))
    assert code == 1
    assert [len(line.split("\t")) for line in out.splitlines()] == [4] * 5
    assert "\x1b" not in out + err
    assert "\\x1b[2Jbad.png: " in err


@pytest.mark.slow
def test_a_name_that_is_no_text_is_escaped(tmp_path):
    shutil.copy(EXAMPLE, os.fsencode(tmp_path) + b"/\xff.png")
    command = [sys.executable, "-m", "captcha_model", "predict", str(tmp_path)]
    for form in ([], ["--csv"], ["--json"]):
        done = subprocess.run([*command, *form], capture_output=True, check=True)
        assert rb"\udcff.png" in done.stdout
        if form == ["--json"]:
            (row,) = json.loads(done.stdout)
            assert os.fsencode(row["file"]).endswith(b"/\xff.png")


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "no/such/file.png"])
def test_a_name_that_no_file_has_is_one_error(cli, name):
    code, out, err = cli("predict", EXAMPLE, name, EXAMPLE, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 1
    assert [row["error"][:15] for row in rows] == ["", "IMAGE_NOT_FOUND", ""]
    assert rows[0] == rows[2]
    assert err == "captcha-model: 1 of 3 images could not be read\n"


@pytest.fixture
def odd_folder(tmp_path) -> Path:
    """A folder with one image, and with what only has the name of one."""
    outside = tmp_path / "outside.png"
    shutil.copy(EXAMPLE, outside)
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(EXAMPLE, folder / "image.png")
    (folder / "directory.png").mkdir()
    shutil.copy(EXAMPLE, folder / "directory.png" / "within.png")
    (folder / "link.png").symlink_to(outside)
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "nowhere.png").symlink_to("no/such/file")
    os.mkfifo(folder / "pipe.png")
    return folder


def test_links_pipes_and_folders_with_images_names_are_skipped_and_named(cli, odd_folder):
    code, out, err = cli("predict", str(odd_folder))
    assert code == 0
    assert [line.split("\t")[0] for line in out.splitlines()] == [str(odd_folder / "image.png")]
    assert err == (
        f"captcha-model: warning: Left out of {str(odd_folder)!r}: 1 entry that is neither a file "
        "nor a folder (pipe.png); 1 folder in it (directory.png); 1 link that leads out "
        "(link.png); 2 links to nothing (loop.png, nowhere.png).\n"
    )


def test_links_and_pipes_that_are_named_give_a_reading_or_an_error_and_no_hang(cli, odd_folder):
    names = ["link.png", "loop.png", "pipe.png", "image.png"]
    code, out, _ = cli("predict", *(str(odd_folder / name) for name in names), "--csv")
    errors = [row["error"].partition(":")[0] for row in csv.DictReader(io.StringIO(out))]
    assert code == 1
    assert errors == ["", "IMAGE_NOT_FOUND", "IMAGE_NOT_FOUND", ""]


def test_a_folder_of_links_alone_holds_no_images(cli, odd_folder):
    (odd_folder / "image.png").unlink()
    code, _, err = cli("predict", str(odd_folder))
    assert code == 1
    assert err.endswith("holds no images.\n")


def test_an_image_that_is_deleted_in_the_meantime_is_one_error(cli, tmp_path, monkeypatch):
    first, second, third = files_of(tmp_path, ["1.png", "2.png", "3.png"])

    def find_and_delete(names):
        yield from list(_find(names))
        Path(second).unlink()

    monkeypatch.setattr("captcha_model.cli.predict._find", find_and_delete)
    code, out, err = cli("predict", str(tmp_path), "--json")
    rows = json.loads(out)
    assert code == 1
    assert err == "captcha-model: 1 of 3 images could not be read\n"
    assert [row["file"] for row in rows] == [first, second, third]
    assert rows[1]["error"] == {
        "code": "IMAGE_NOT_FOUND",
        "message": "'2.png' cannot be read: No such file or directory.",
    }
    assert rows[0]["text"] == rows[2]["text"]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read")
def test_an_image_that_cannot_be_read_is_one_error(cli, tmp_path):
    """Whoever may do everything may open this file too, and then gets an error for its bytes."""
    code, out, err = cli("predict", "/proc/self/mem", EXAMPLE, "--csv")
    first, second = csv.DictReader(io.StringIO(out))
    assert (code, second["error"]) == (1, "")
    assert first["error"] == "IMAGE_NOT_FOUND: 'mem' cannot be read: Input/output error."
    assert "1 of 2 images could not be read" in err
