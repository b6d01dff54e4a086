import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from captcha_model.data.samples import LabelledImages


@pytest.fixture
def folder(tmp_path: Path, synthetic: LabelledImages) -> Path:
    """The sixteen synthetic captchas; the first one has a wrong label."""
    folder = tmp_path / "images"
    folder.mkdir()
    labels = ["x" * len(synthetic.labels[0]), *synthetic.labels[1:]]
    for pixels, label in zip(synthetic.pixels, labels, strict=True):
        Image.fromarray(pixels[..., 0]).save(folder / f"{label}.png")
    return folder


def write_table(path: Path, names: list[str], header: str = "file_name,text") -> str:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(header.split(","))
        rows.writerows([name, Path(name).stem] for name in names)
    return str(path)


@pytest.mark.slow
def test_metrics_and_plots(cli, folder, tmp_path):
    matrix, diagram = tmp_path / "confusions.png", tmp_path / "reliability.png"
    arguments = ["evaluate", "--data", str(folder), "--split", "all"]
    plots = ["--confusion-matrix", str(matrix), "--reliability", str(diagram)]
    code, out, err = cli(*arguments, "--json", *plots)
    report = json.loads(out)
    assert code == 0
    assert report["images"] == 16
    assert 13 <= report["correct"] <= 15
    assert report["word_error_rate"] == 1 - report["word_accuracy"]
    assert "readings" not in report
    assert report["reliability"]["images"] == 16
    assert report["reliability"]["accuracy"] == report["word_accuracy"]
    for path in (matrix, diagram):
        assert f"wrote {path}" in err
        with Image.open(path) as plot:
            assert plot.width > 300
    code, out, _ = cli(*arguments)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "images           16"
    assert f"word error rate  {report['word_error_rate']:.2%}" in lines
    assert f"CER              {report['cer']:.3%}" in lines
    assert any(f"ECE {report['reliability']['ece']:.2%}" in line for line in lines)


def test_per_image_lists_labels_and_readings(cli, folder):
    arguments = ["evaluate", "--data", str(folder), "--split", "all", "--per-image"]
    _, out, _ = cli(*arguments)
    lines = out.splitlines()
    assert lines[0].split() == ["image", "label", "reading", "confidence"]
    (wrong,) = [line.split() for line in lines if line.startswith("xxxxx.png")]
    assert wrong[:2] == ["xxxxx.png", "xxxxx"]
    assert wrong[4] == "wrong"
    assert lines[17:19] == ["", "images           16"]

    report = json.loads(cli(*arguments, "--json")[1])
    assert [r["name"] for r in report["readings"]] == sorted(p.name for p in folder.iterdir())
    (wrong,) = [r for r in report["readings"] if r["name"] == "xxxxx.png"]
    assert (wrong["label"], wrong["right"]) == ("xxxxx", False)
    assert 0 < wrong["confidence"] <= 1
    assert sum(r["right"] for r in report["readings"]) == report["correct"]


def test_reading_options(cli, folder):
    arguments = ["evaluate", "--data", str(folder), "--split", "all"]
    code, out, err = cli(*arguments, "--json", "--length", "4", "--views", "1")
    report = json.loads(out)
    assert (code, report["correct"], report["options"]) == (0, 0, {"length": 4, "views": 1})
    assert "16 of 16 labels, such as '" in err
    code, out, err = cli(*arguments, "--length", "5", "--charset", "2345678bcdefgmnpwxy")
    assert code == 0
    assert "read with        charset 2345678bcdefgmnpwxy, length 5" in out
    assert "not among the texts" not in err


@pytest.mark.parametrize("option", [("length", "5"), ("length", "0"), ("views", "2")])
def test_a_card_takes_no_figures_with_reading_options(cli, folder, tmp_path, option):
    name, value = option
    code, _, err = cli(
        *("evaluate", "--data", str(folder), "--model", str(tmp_path)),
        *("--update-card", f"--{name}", value),
    )
    assert code == 2
    assert f"Leave out --update-card, or --{name}." in err


def test_only_listed_images(cli, folder, tmp_path):
    names = sorted(path.name for path in folder.iterdir())
    table = write_table(tmp_path / "val.csv", [names[7], names[2], names[7]])
    arguments = ["evaluate", "--data", str(folder), "--per-image", "--json"]
    code, out, _ = cli(*arguments, "--only-listed", table)
    assert code == 0
    assert [r["name"] for r in json.loads(out)["readings"]] == [names[2], names[7]]


def test_listed_files_that_are_not_in_the_data(cli, folder, tmp_path):
    table = write_table(tmp_path / "val.csv", ["missing.png", "synthetic 3"])
    code, _, err = cli("evaluate", "--data", str(folder), "--only-listed", table)
    assert code == 1
    assert "val.csv names 2 files that are not in the data: missing.png, synthetic 3." in err
    code, _, err = cli("evaluate", "--data", str(folder), "--only-listed", str(tmp_path / "no.csv"))
    assert code == 1
    assert "no.csv" in err


@pytest.mark.parametrize("split", ["validation", "all"])
def test_only_listed_and_split_are_mutually_exclusive(cli, folder, tmp_path, split):
    table = write_table(tmp_path / "val.csv", ["x.png"])
    code, _, err = cli("evaluate", "--data", str(folder), "--only-listed", table, "--split", split)
    assert code == 2
    assert "not allowed with argument" in err


def test_the_validation_split_is_the_default(cli, tmp_path, folder):
    code, out, err = cli("evaluate", "--data", str(folder))
    count = json.loads(cli("evaluate", "--data", str(folder), "--json")[1])["images"]
    total = json.loads(cli("evaluate", "--data", str(folder), "--json", "--split", "all")[1])[
        "images"
    ]
    assert err.startswith(
        f"Only {count} of {total} images: the validation split. --split all takes"
    )
    chosen = cli("evaluate", "--data", str(folder), "--split", "validation")
    assert chosen == (code, out, err.partition("\n")[2])


def test_unknown_characters_are_named(cli, tmp_path, synthetic):
    Image.fromarray(synthetic.pixels[0, ..., 0]).save(tmp_path / "Q2.png")
    code, out, err = cli("evaluate", "--data", str(tmp_path), "--split", "all")
    assert code == 0
    assert "does not know the characters ['Q']" in err
    assert "word accuracy    0.00%" in out


def test_an_empty_split_is_a_clear_error(cli, real_data):
    code, _, err = cli("evaluate", "--data", "captcha_images_v2", "--split", "test")
    assert code == 1
    assert "The test split of captcha_images_v2 is empty" in err


def test_case(cli, tmp_path, synthetic):
    folder = tmp_path / "upper"
    folder.mkdir()
    for pixels, label in zip(synthetic.pixels, synthetic.labels, strict=True):
        Image.fromarray(pixels[..., 0]).save(folder / f"{label.upper()}.png")
    arguments = ["evaluate", "--data", str(folder), "--split", "all"]
    code, out, err = cli(*arguments)
    assert code == 0
    assert "does not know the characters" in err
    for case in ("ignore", "lower", "upper"):
        code, out, err = cli(*arguments, "--case", case, "--json")
        assert (code, "does not know" in err) == (0, False)
        report = json.loads(out)
        assert report["case"] == case
        assert report["correct"] >= 13
    code, out, err = cli(*arguments, "--case", "any")
    assert code == 2
    assert "invalid choice: 'any' (choose from" in err


def test_frames_of_animations_are_chosen(cli, folder):
    path = max(folder.iterdir())
    with Image.open(path) as image:
        shown = image.convert("L")
    blank = Image.new("L", shown.size, 255)
    blank.save(path.with_suffix(".gif"), save_all=True, append_images=[shown])
    path.unlink()
    arguments = ("evaluate", "--data", str(folder), "--split", "all", "--json")
    _, out, err = cli(*arguments)
    first = json.loads(out)
    assert "Only the first frame is used of 1 animations" in err and "--frames" in err
    _, out, err = cli(*arguments, "--frames", "last")
    last = json.loads(out)
    assert "first frame" not in err and last["options"] == {"frames": "last"}
    assert last["correct"] == first["correct"] + 1
    code, _, err = cli(*arguments, "--frames", "last", "--model", str(folder), "--update-card")
    assert code == 2 and "Leave out --update-card, or --frames." in err
