import base64
import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from captcha_model.cli.predict import _find, _verdict
from captcha_model.prediction import Prediction
from captcha_model.pretrained_models import DEFAULT
from tests.conftest import EXAMPLES

EXAMPLE = str(EXAMPLES / "1.png")
SIX = str(EXAMPLES / "6.png")


def test_a_line_ends_with_whether_the_reading_is_accepted(cli, model):
    code, out, err = cli("predict", EXAMPLE, "--min-confidence", "1")
    text, confidence = model.predict(EXAMPLE).text, model.predict(EXAMPLE).confidence
    assert (code, out) == (0, f"{EXAMPLE}\t{text}\t{confidence:.4f}\tlow confidence\t{DEFAULT}\n")
    assert err == "captcha-model: 1 of 1 readings was rejected\n"


def test_refused_readings_are_counted_among_those_that_were_read(cli, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"nonsense")
    for form in ([], ["--json"], ["--csv"]):
        code, _, err = cli("predict", EXAMPLE, str(bad), SIX, "--min-confidence", "1", *form)
        assert code == 1
        assert "1 of 3 images could not be read\n" in err
        assert err.endswith("captcha-model: 2 of 2 readings were rejected\n")


def test_a_constraint_that_the_images_contradict_is_said(cli, model):
    expected = model.predict(EXAMPLE, length=4)
    arguments = ("predict", EXAMPLE, SIX, "--length", "4")
    code, out, err = cli(*arguments)
    assert code == 0
    assert [line.split("\t")[3] for line in out.splitlines()] == ["constraint unlikely"] * 2
    assert err == (
        "captcha-model: 2 of 2 readings were rejected\n"
        "captcha-model: 2 of them because the image does not fit --charset, --length or "
        "--pattern, or the lengths that the model expects\n"
    )
    first = json.loads(cli(*arguments, "--json")[1])[0]
    assert (first["accepted"], first["rejection_reason"]) == (False, "CONSTRAINT_UNLIKELY")
    assert first["constraint_probability"] == round(expected.constraint_probability, 6) < 0.5
    row = next(csv.DictReader(io.StringIO(cli(*arguments, "--csv")[1])))
    assert (row["accepted"], row["rejection_reason"]) == ("false", "CONSTRAINT_UNLIKELY")
    assert float(row["constraint_probability"]) == first["constraint_probability"]
    # Whoever knows better than the image says so, but no training text had this length.
    trusted = ("--min-constraint-probability", "0", "--min-confidence", "0")
    _, out, err = cli(*arguments, *trusted)
    assert [line.split("\t")[3] for line in out.splitlines()] == ["out of distribution"] * 2
    _, out, err = cli("predict", EXAMPLE, "--pattern", "[bcd]{5}", *trusted)
    assert [line.split("\t")[3] for line in out.splitlines()] == ["accepted"]
    assert err == ""


def test_unknown_characters_of_a_charset_are_said_once(cli):
    code, out, err = cli("predict", EXAMPLE, SIX, "--charset", "0123456789bcdefgmnpwxy")
    assert (code, len(out.splitlines())) == (0, 2)
    assert err.startswith("captcha-model: warning: The model does not know '019' of charset, so ")
    assert err.count("warning") == 1


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
        ("--charset", "", "No text is left"),
        ("--charset", "BCD234", "The model knows 'BCD' of charset only in the other case: 'bcd'."),
        ("--pattern", "[A-F0-9]{5}", "The model knows 'BCDEF' of '[A-F0-9]' in pattern only in"),
        ("--length", "900", "The model reads up to 50 characters"),
    ],
)
def test_what_no_text_of_the_model_can_be_is_bad_usage(cli, option, value, what):
    arguments = ("--model", "captcha-images-v2", option, value)
    code, out, err = cli("predict", EXAMPLE, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"captcha-model: error: {what}")


def test_bad_values_are_bad_usage(cli):
    for value, message in (
        ("long", "'long' is not a length such as 5, 4-6, 4-, -6 or any."),
        ("6-4", "from 0 to 1024, or a least and a greatest one in ascending"),
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
        ("CONSTRAINT_UNLIKELY", "constraint unlikely"),
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
    assert [len(line.split("\t")) for line in out.splitlines()] == [5] * 5
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
        "message": f"{second!r} cannot be read: No such file or directory.",
    }
    assert rows[0]["text"] == rows[2]["text"]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read")
def test_an_image_that_cannot_be_read_is_one_error(cli, tmp_path):
    """Whoever may do everything may open this file too, and then gets an error for its bytes."""
    code, out, err = cli("predict", "/proc/self/mem", EXAMPLE, "--csv")
    first, second = csv.DictReader(io.StringIO(out))
    assert (code, second["error"]) == (1, "")
    assert first["error"] == "IMAGE_NOT_FOUND: '/proc/self/mem' cannot be read: Input/output error."
    assert "1 of 2 images could not be read" in err


def stdin_of(monkeypatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_dash_is_an_image_from_stdin(cli, model, monkeypatch):
    stdin_of(monkeypatch, Path(EXAMPLE).read_bytes())
    code, out, _ = cli("predict", SIX, "-", "--json")
    assert code == 0
    expected = [(name, model.predict(path).text) for name, path in ((SIX, SIX), ("-", EXAMPLE))]
    assert [(row["file"], row["text"]) for row in json.loads(out)] == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "The image is empty"), (b"x", "is not an image"), (bytes(2**25 + 1), "over 32 MiB")],
    ids=["empty", "other", "large"],
)
def test_what_is_no_image_on_stdin_is_an_error(cli, monkeypatch, data, message):
    stdin_of(monkeypatch, data)
    code, out, err = cli("predict", "-")
    assert (code, out) == (1, "")
    assert err.startswith("-: ")
    assert message in err


def test_stdin_can_be_read_once(cli, monkeypatch):
    stdin_of(monkeypatch, Path(EXAMPLE).read_bytes())
    code, out, err = cli("predict", "-", "-")
    assert (code, out) == (1, "")
    assert err == "captcha-model: error: - stands for stdin, which can be read only once.\n"


def test_without_stdin_the_image_is_empty(cli, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert cli("predict", "-")[0] == 1


def test_a_file_named_dash_is_read_by_its_path(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(EXAMPLE, "-")
    code, out, _ = cli("predict", "./-")
    assert (code, out.split("\t")[1]) == (0, "w52g8")


def test_a_data_url_is_an_image_with_a_short_name(cli, model):
    url = "data:image/png;base64," + base64.b64encode(Path(EXAMPLE).read_bytes()).decode()
    code, out, _ = cli("predict", url)
    assert code == 0
    assert out.split("\t")[:2] == ["data:image/png;base64,...", model.predict(EXAMPLE).text]
    code, _, err = cli("predict", "data:image/png;base64,?")
    assert code == 1
    assert err.startswith("data:image/png;base64,...: The text is not base64.")


def test_frames_of_an_animation(cli, model, tmp_path):
    first, second = (Image.open(path).convert("L") for path in (EXAMPLE, SIX))
    path = tmp_path / "two.gif"
    first.save(path, save_all=True, append_images=[second])
    for frame, shown in (([], EXAMPLE), (["--frames", "1"], SIX), (["--frames", "last"], SIX)):
        code, out, _ = cli("predict", str(path), *frame)
        assert (code, out.split("\t")[1]) == (0, model.predict(shown).text)
    code, _, err = cli("predict", str(path), str(path), EXAMPLE)
    assert code == 0
    assert f"captcha-model: warning: {path}, {path}: Only the first of 2 frames was read." in err
    assert err.count("warning: ") == 1
    code, out, err = cli("predict", str(path), "--json")
    assert json.loads(out)[0]["warnings"][0] in err
    code, out, _ = cli("predict", str(path), "--csv")
    assert "Only the first of 2 frames was read." in out
    code, _, err = cli("predict", str(path), "--frames", "2")
    assert code == 1
    assert "There is no frame 2: the image has 2 frames, numbers 0 to 1." in err
    code, _, err = cli("predict", str(path), "--frames", "median")
    assert code == 2
    assert "'median' is not one of first, last, darkest, lightest or a number from 0." in err


def test_the_value_of_a_sum(cli, model):
    pattern = r"\dx\d{3}"
    reading = model.predict(EXAMPLE, pattern=pattern, arithmetic=True)
    code, out, err = cli("predict", EXAMPLE, "--pattern", pattern, "--arithmetic")
    assert code == 0
    assert out.split("\t")[1:3] == [reading.text, str(reading.value)]
    code, out, err = cli("predict", EXAMPLE, "--arithmetic")
    assert out.split("\t")[1:3] == ["w52g8", ""]
    assert f"captcha-model: warning: {EXAMPLE}: The text has no value, because it is not" in err
    _, out, _ = cli("predict", EXAMPLE, "--pattern", pattern, "--arithmetic", "--csv")
    assert next(csv.DictReader(io.StringIO(out)))["value"] == str(reading.value)
    _, out, _ = cli("predict", EXAMPLE, "--json")
    assert json.loads(out)[0]["value"] is None


def test_warnings_of_a_constraint_are_printed_once(cli):
    code, _, err = cli("predict", EXAMPLE, SIX, "--charset", "0123456789")
    assert code == 0
    assert err.count("captcha-model: warning: ") == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "An empty name stands for no image."),
        ("https://example.org/a.png", "images are not downloaded"),
        ("iVBORw0KGgo" * 500, 'put "data:image/png;base64," before it'),
    ],
)
def test_what_is_no_name_of_a_file_is_told_apart(cli, name, says):
    code, out, err = cli("predict", EXAMPLE, name)
    assert (code, out) == (1, "")
    assert says in err
    assert len(err) < 300
