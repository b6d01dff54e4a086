import argparse
import csv
import io
import json
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from PIL import Image

from captcha_model.cli import build_parser, dataset, main
from captcha_model.errors import DataWarning
from tests.conftest import EXAMPLES

EXAMPLE = str(EXAMPLES / "1.png")


def commands() -> dict:
    (actions,) = [a for a in build_parser()._actions if hasattr(a, "choices") and a.choices]
    return actions.choices


@pytest.mark.parametrize(
    "name",
    [
        *("predict", "train", "evaluate", "export", "card", "push", "space", "dataset"),
        "synthesize",
    ],
)
def test_every_command_has_help_with_an_example(name, cli):
    code, out, _ = cli(name, "--help")
    assert code == 0
    assert f"example:\n  captcha-model {name}" in out
    example = out.split("example:\n")[1].split()[1:]
    build_parser().parse_args(example)


def test_bad_usage_is_2(cli):
    for arguments in (
        ["fly"],
        ["predict"],
        ["predict", "a", "--json", "--csv"],
        ["train", "--data", "x", "--out", "y", "--epochs", "0"],
        ["train", "--data", "x", "--out", "y", "--image-size", "5"],
        ["train", "--data", "x", "--out", "y", "--network-option", "filters=many"],
        ["synthesize", "--out", "x", "--length", "5-"],
        ["evaluate", "--data", "x", "--split", "half"],
    ):
        code, _, err = cli(*arguments)
        assert code == 2, arguments
        program = "captcha-model" if arguments == ["fly"] else f"captcha-model {arguments[0]}"
        error, where = err.splitlines()
        assert error.startswith(f"{program}: error: ")
        assert where == f"See {program} --help."


def test_without_a_command_there_is_help(cli):
    code, out, err = cli()
    assert (code, out) == (2, "")
    assert err.startswith("usage: captcha-model")
    assert "synthesize" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["train", "--data", "x", "--epocs", "3", "--zz"],
            "unknown: --epocs 3 --zz\nInstead of --epocs, did you mean --epochs?",
        ),
        (["predict", "a", "--lenght=5"], "--lenght=5\nInstead of --lenght, did you mean --length?"),
        (["dataset", "stats", "--datta", "x"], "--data\nInstead of --datta, did you mean --data?"),
        (["predict", "--jsno"], "IMAGE|FOLDER|-\nInstead of --jsno, did you mean --json?"),
        (["preditc", "a.png"], "\nInstead of preditc, did you mean predict?"),
        (["predict", "a.png", "--zzz"], "unknown: --zzz"),
        (["models", "x", "--", "--jsno"], "unknown: x -- --jsno"),
        (["train", "--epoch", "3", "--data", "x"], "could match --epochs, --epoch-images"),
    ],
)
def test_an_error_names_what_may_have_been_meant(cli, arguments, said):
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    error, last = err.rstrip("\n").rsplit("\n", 1)
    assert error.endswith(said)
    assert last.startswith("See captcha-model ")
    assert last.endswith(" --help.")


def test_predict_prints_a_line_per_image(cli):
    code, out, _ = cli("predict", EXAMPLE, str(EXAMPLES))
    lines = [line.split("\t") for line in out.splitlines()]
    assert code == 0
    assert [Path(line[0]).name for line in lines] == ["1.png", *[f"{i}.png" for i in range(1, 7)]]
    assert lines[0][1] == lines[1][1]
    assert all(0 < float(line[2]) <= 1 for line in lines)


def test_predict_as_json_and_csv(cli):
    _, out, _ = cli("predict", EXAMPLE, "--json")
    (entry,) = json.loads(out)
    assert entry["file"] == EXAMPLE
    assert entry["text"] == "".join(c["text"] for c in entry["characters"])
    _, out, _ = cli("predict", EXAMPLE, "--csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["file"], row["text"], row["error"]) == (EXAMPLE, entry["text"], "")


def test_one_unreadable_image_fails_the_command_but_the_others_are_read(cli, tmp_path):
    bad = tmp_path / 'bad, "name".png'
    bad.write_bytes(b"nonsense")
    for output in ([], ["--json"], ["--csv"]):
        code, out, err = cli("predict", EXAMPLE, str(bad), EXAMPLE, *output)
        assert code == 1
        assert "1 of 3 images could not be read" in err
        assert out.count("1.png") == 2
        assert "Traceback" not in err
    row = list(csv.DictReader(io.StringIO(out)))[1]
    assert row["file"] == str(bad)
    assert row["error"].startswith("IMAGE_FORMAT: ")


def test_folders_without_images_and_missing_models(cli, tmp_path):
    assert cli("predict", str(tmp_path))[0] == 1
    code, _, err = cli("predict", EXAMPLE, "--model", str(tmp_path))
    assert code == 1
    assert "not a saved captcha model" in err


@pytest.mark.slow
def test_synthesize_and_dataset(cli, tmp_path):
    out_folder = str(tmp_path / "synthetic")
    assert (
        cli(
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
    assert cli("synthesize", "--out", out_folder)[0] == 1

    code, out, _ = cli("dataset", "stats", "--data", out_folder, "--json")
    stats = json.loads(out)
    assert code == 0
    assert stats["images"] == sum(stats["splits"].values()) == sum(stats["lengths"].values()) == 60
    assert stats["characters"] == "abc"
    assert "characters  abc (3)" in cli("dataset", "stats", "--data", out_folder)[1]
    code, out, _ = cli("dataset", "validate", "--data", out_folder)
    assert code == 0
    assert "60 images are ready for training: 3 characters abc," in out
    code, _, _ = cli("dataset", "preview", "--data", out_folder, "--out", str(tmp_path / "preview"))
    assert code == 0
    for name in ("images.png", "augmented.png"):
        with Image.open(tmp_path / "preview" / name) as grid:
            assert grid.width > 500


def test_dataset_validate_names_conflicting_labels(cli, tmp_path):
    for name, shade in (("ab", 1), ("ba", 1)):
        Image.new("L", (20, 10), shade).save(tmp_path / f"{name}.png")
    code, _, err = cli("dataset", "validate", "--data", str(tmp_path))
    assert code == 1
    assert "ab.png = ba.png" in err


def test_a_closed_pipe_prints_no_traceback():
    command = f"{sys.executable} -m captcha_model dataset stats --data demo/examples | head -1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=EXAMPLES.parents[1]
    )
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("images")


def test_a_warning_about_data_is_one_line_and_comes_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: argparse.Namespace) -> int:
        for _ in range(2):
            warnings.warn("3 files are no images.", DataWarning, stacklevel=1)
        return 0

    monkeypatch.setattr(dataset, "run_stats", run)
    assert main(["dataset", "stats", "--data", "x"]) == 0
    assert capsys.readouterr().err == "captcha-model: warning: 3 files are no images.\n"
