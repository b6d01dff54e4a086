import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from captcha_model.cli import build_parser, main
from tests.conftest import EXAMPLES

EXAMPLE = str(EXAMPLES / "1.png")
SMALL = [
    "--image-size",
    "16x64",
    "--option",
    "filters=4",
    "--option",
    "dense=8",
    "--option",
    "lstm=8",
]


def run(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "captcha_model", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )


@pytest.fixture
def said(capsys):
    """Run a command in this process and return (exit code, stdout, stderr)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(list(arguments))
        except SystemExit as stop:
            code = stop.code
        out, err = capsys.readouterr()
        return code, out, err

    return call


def commands() -> dict:
    (actions,) = [a for a in build_parser()._actions if hasattr(a, "choices") and a.choices]
    return actions.choices


@pytest.mark.parametrize("name", ["predict", "train", "evaluate", "dataset", "synthesize"])
def test_every_command_has_help_with_an_example(name, said):
    code, out, _ = said(name, "--help")
    assert code == 0
    assert f"example:\n  captcha-model {name}" in out
    example = out.split("example:\n")[1].split()[1:]
    build_parser().parse_args(example)


def test_bad_usage_is_2(said):
    for arguments in (
        [],
        ["fly"],
        ["predict"],
        ["train", "--data", "x"],
        ["predict", "a", "--json", "--csv"],
        ["train", "--data", "x", "--out", "y", "--epochs", "0"],
        ["train", "--data", "x", "--out", "y", "--image-size", "5"],
        ["train", "--data", "x", "--out", "y", "--option", "filters=many"],
        ["synthesize", "--out", "x", "--length", "5-"],
        ["evaluate", "--data", "x", "--split", "half"],
    ):
        code, _, err = said(*arguments)
        assert code == 2, arguments
        assert "usage:" in err


def test_predict_prints_a_line_an_image(said):
    code, out, _ = said("predict", EXAMPLE, str(EXAMPLES))
    lines = [line.split("\t") for line in out.splitlines()]
    assert code == 0
    assert [Path(line[0]).name for line in lines] == ["1.png", *[f"{i}.png" for i in range(1, 7)]]
    assert lines[0][1] == lines[1][1]
    assert all(0 < float(line[2]) <= 1 for line in lines)


def test_predict_as_json_and_csv(said):
    _, out, _ = said("predict", EXAMPLE, "--json")
    (entry,) = json.loads(out)
    assert entry["file"] == EXAMPLE
    assert entry["text"] == "".join(c["text"] for c in entry["characters"])
    _, out, _ = said("predict", EXAMPLE, "--csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["file"], row["text"], row["error"]) == (EXAMPLE, entry["text"], "")


def test_one_bad_image_fails_the_command_and_not_its_neighbours(said, tmp_path):
    bad = tmp_path / 'bad, "name".png'
    bad.write_bytes(b"nonsense")
    for form in ([], ["--json"], ["--csv"]):
        code, out, err = said("predict", EXAMPLE, str(bad), EXAMPLE, *form)
        assert code == 1
        assert "1 of 3 images could not be read" in err
        assert out.count("1.png") == 2
        assert "Traceback" not in err
    row = list(csv.DictReader(io.StringIO(out)))[1]
    assert row["file"] == str(bad)
    assert row["error"].startswith("IMAGE_FORMAT: ")


def test_folders_without_images_and_models_that_are_not_there(said, tmp_path):
    assert said("predict", str(tmp_path))[0] == 1
    code, _, err = said("predict", EXAMPLE, "--model", str(tmp_path))
    assert code == 1
    assert "not a saved captcha model" in err


def test_synthesize_and_dataset(said, tmp_path):
    out_folder = str(tmp_path / "drawn")
    assert (
        said(
            "synthesize",
            "--out",
            out_folder,
            "--count",
            "60",
            "--characters",
            "abc",
            "--length",
            "1-3",
        )[0]
        == 0
    )
    assert len(list(Path(out_folder).glob("*.png"))) == 60
    assert said("synthesize", "--out", out_folder)[0] == 1

    code, out, _ = said("dataset", "stats", "--data", out_folder, "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["images"] == sum(facts["parts"].values()) == sum(facts["lengths"].values()) == 60
    assert facts["characters"] == "abc"
    assert "characters  abc (3)" in said("dataset", "stats", "--data", out_folder)[1]
    code, out, _ = said("dataset", "validate", "--data", out_folder)
    assert (code, out.split()[0]) == (0, "60")
    code, _, _ = said(
        "dataset", "preview", "--data", out_folder, "--out", str(tmp_path / "preview")
    )
    assert code == 0
    for name in ("images.png", "augmented.png"):
        with Image.open(tmp_path / "preview" / name) as picture:
            assert picture.width > 500


def test_dataset_validate_names_what_is_wrong(said, tmp_path):
    for name, shade in (("ab", 1), ("ba", 1)):
        Image.new("L", (20, 10), shade).save(tmp_path / f"{name}.png")
    code, _, err = said("dataset", "validate", "--data", str(tmp_path))
    assert code == 1
    assert "ab.png = ba.png" in err


def test_evaluate(said, tmp_path, drawn):
    folder = tmp_path / "images"
    folder.mkdir()
    for pixels, label in zip(drawn.pixels, drawn.labels, strict=True):
        Image.fromarray(pixels[..., 0]).save(folder / f"{label}.png")
    matrix = tmp_path / "confusions.png"
    code, out, _ = said(
        "evaluate",
        "--data",
        str(folder),
        "--split",
        "all",
        "--json",
        "--confusion-matrix",
        str(matrix),
    )
    report = json.loads(out)
    assert code == 0
    assert report["images"] == 16
    assert report["correct"] >= 14
    with Image.open(matrix) as picture:
        assert picture.width > 300
    code, out, _ = said("evaluate", "--data", str(folder), "--split", "all")
    assert f"images         {report['images']}" in out


def test_the_test_part_that_is_kept_apart_is_a_clear_error(said, real_data):
    code, _, err = said("evaluate", "--data", "captcha_images_v2", "--split", "test")
    assert code == 1
    assert "The test part of captcha_images_v2 is empty" in err


def test_train_saves_a_model_and_its_story(drawn_folder, tmp_path):
    out = tmp_path / "run"
    arguments = ["train", "--data", str(drawn_folder), "--out", str(out), "--epochs", "2", *SMALL]
    done = run(*arguments, "--synthetic", "8")
    assert done.returncode == 0, done.stderr
    assert "word accuracy" in done.stdout
    assert "epoch   2" in done.stderr
    assert "8 of them drawn" in done.stderr
    names = {path.name for path in out.iterdir()}
    assert names == {
        "model",
        "checkpoint.npz",
        "history.csv",
        "learning-curves.png",
        "predictions.png",
        "settings.json",
        "validation.json",
    }
    assert json.loads((out / "settings.json").read_text())["training"]["epochs"] == 2
    assert main(["predict", EXAMPLE, "--model", str(out / "model")]) == 0
    again = run(*arguments)
    assert again.returncode == 1
    assert "--resume" in again.stderr


def test_ctrl_c_saves_and_resume_goes_on(drawn_folder, tmp_path):
    out = tmp_path / "run"
    arguments = ["train", "--data", str(drawn_folder), "--out", str(out), "--epochs", "400", *SMALL]
    with subprocess.Popen(
        [sys.executable, "-m", "captcha_model", *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as running:
        deadline = time.monotonic() + 120
        while not (out / "history.csv").exists():
            assert time.monotonic() < deadline
            assert running.poll() is None
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=120)
    assert running.returncode == 130
    assert b"--resume" in err
    assert b"Traceback" not in err
    assert (out / "model" / "model.weights.h5").exists()
    done = len((out / "history.csv").read_text().splitlines()) - 1
    resumed = run(*arguments, "--resume", "--patience", "400", env={**os.environ})
    assert resumed.returncode == 1
    assert "patience was 15" in resumed.stderr
    assert done >= 1


def test_an_early_pipe_end_is_no_traceback():
    command = f"{sys.executable} -m captcha_model dataset stats --data demo/examples | head -1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=EXAMPLES.parents[1]
    )
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("images")
