import csv
import math
import re
from pathlib import Path

import pytest

from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.errors import TrainingError
from captcha_model.evaluation.label_audit import CSV_HEADER, suspect
from captcha_model.prediction import Alternative, Character, Prediction
from captcha_model.training import audit as trained
from captcha_model.training.suspicions import AuditedFold
from tests.data.datasets.mjsynth_folder import write_mjsynth

CONFIG = """
model: {height: 32, width: 64, options: {filters: 4, dense: 8, lstm: 8}}
training: {epoch_images: 1, batch_size: 8, augmentation: {}}
"""


@pytest.fixture
def arguments(image_folder, tmp_path) -> list[str]:
    """The quickest audit of the forty drawn images that there is."""
    file = tmp_path / "small.yaml"
    file.write_text(CONFIG)
    return [
        *["audit", "--data", str(image_folder), "--config", str(file)],
        *["--epochs", "1", "--folds", "2"],
    ]


@pytest.fixture
def fold() -> AuditedFold:
    """What a model could say of two of the images."""
    read = Prediction("a", 0.9, (Character("a", 0.9, None, None),), 200, 50, Alternative("b", 0.1))
    labels = [("000000.png", "a", 0.9), ("000001.png", "b", 0.1)]
    return AuditedFold(0, tuple(suspect(n, label, read, math.log(p)) for n, label, p in labels))


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "audit.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_it_lists_all_images_and_shows_the_most_suspect(cli, arguments, image_folder, tmp_path):
    out = tmp_path / "out"
    code, shown, err = cli(*arguments, "--out", str(out), "--show", "7")
    assert code == 0, err
    assert {path.name for path in out.iterdir()} == {"audit.csv", "audit.html"}

    rows = rows_of(out)
    assert tuple(rows[0]) == CSV_HEADER
    with (image_folder / "metadata.csv").open(newline="") as file:
        labels = {row["file_name"]: row["text"] for row in csv.DictReader(file)}
    assert {row["file"]: row["label"] for row in rows} == labels
    scores = [float(row["disagreement"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert all((row["label"] != row["reading"]) == bool(row["differences"]) for row in rows)

    page = (out / "audit.html").read_text(encoding="utf-8")
    assert page.count('<img src="data:image/png;base64,') == 7
    assert re.findall(r'class="file">(\d+)\. (.*?)<', page) == [
        (str(i), row["file"]) for i, row in enumerate(rows[:7], start=1)
    ]
    assert "The 7 most suspicious of 40 images" in page

    against = sum(row["label"] != row["reading"] for row in rows)
    assert shown.splitlines()[0].split() == [
        *["image", "label", "reading", "disagreement", "differences"]
    ]
    assert shown.splitlines()[1].startswith(rows[0]["file"])
    assert f"{against} of 40 readings differ from the label." in shown
    assert "fold 1 of 2: " in err
    assert "fold 2 of 2: " in err
    assert "epoch" not in err


def test_an_earlier_audit_may_be_replaced(cli, arguments, fold, tmp_path, monkeypatch):
    monkeypatch.setattr(trained, "audit", lambda *given, **options: iter([fold]))
    out = ["--out", str(tmp_path / "out")]
    assert cli(*arguments, *out)[0] == 0
    page = tmp_path / "out" / "audit.html"
    assert page.read_text(encoding="utf-8").count("<img") == 2
    assert cli(*arguments, *out, "--show", "0")[0] == 0
    assert "<img" not in page.read_text(encoding="utf-8")
    assert len(rows_of(tmp_path / "out")) == 2


def test_what_is_drawn_is_learned_from(cli, arguments, fold, tmp_path, monkeypatch):
    def audit(images, config, settings, folds, *, synthetic, reporter):
        assert (len(images), len(synthetic), settings.epochs, folds) == (40, 3, 1, 2)
        assert set("".join(synthetic.labels)) <= set(config.characters)
        yield fold

    monkeypatch.setattr(trained, "audit", audit)
    code, _, err = cli(*arguments, "--out", str(tmp_path / "out"), "--synthetic", "3")
    assert code == 0, err


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [(KeyboardInterrupt(), 130, "interrupted"), (TrainingError("It went wrong."), 1, "It went")],
)
def test_what_was_judged_before_a_training_stopped_is_written(
    cli, arguments, fold, tmp_path, monkeypatch, error, code, message
):
    def audit(*given, **options):
        yield fold
        raise error

    monkeypatch.setattr(trained, "audit", audit)
    found, shown, err = cli(*arguments, "--out", str(tmp_path / "out"))
    assert found == code
    assert message in err
    assert "1 of 2 readings differ from the label" in shown
    assert [row["file"] for row in rows_of(tmp_path / "out")] == ["000001.png", "000000.png"]


def test_an_interrupt_before_the_first_fold_leaves_nothing(cli, arguments, tmp_path, monkeypatch):
    def audit(*given, **options):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(trained, "audit", audit)
    code, shown, _ = cli(*arguments, "--out", str(tmp_path / "out"))
    assert (code, shown) == (130, "")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (["--data", "nowhere"], 1, "does not exist"),
        (["--config", "nowhere.yaml"], 1, "nowhere.yaml"),
        (["--folds", "1"], 2, "not an integer >= 2"),
        (["--folds", "many"], 2, "not an integer >= 2"),
        (["--show", "-1"], 2, "not an integer >= 0"),
        (["--recipe", "papyrus"], 2, "papyrus"),
        (["--folds", "400"], 1, "too few for 400 folds"),
        (["--out", "{data}"], 1, "Choose another folder"),
        (["--data", "mjsynth:{mjsynth}"], 1, "streamed"),
    ],
)
def test_what_cannot_be_is_told_before_the_training(
    cli, arguments, image_folder, tmp_path, given, code, message
):
    write_mjsynth(Synthesizer("ab", (1, 2), seed=1), 5, tmp_path / "mjsynth")
    names = {"data": image_folder, "mjsynth": tmp_path / "mjsynth"}
    out = ["--out", str(tmp_path / "out")]
    found, _, err = cli(*arguments, *out, *[text.format(**names) for text in given])
    assert found == code
    assert message in err
    assert "Traceback" not in err
