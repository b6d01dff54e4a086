import csv
import dataclasses
import json
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.config import FORMAT_VERSION, Calibration, CaptchaConfig
from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.loading import load_images
from captcha_model.data.sources import find_samples
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.hub import BUNDLED
from captcha_model.model import CaptchaModel
from captcha_model.model_card import FACTS_FILE, load_facts, today
from captcha_model.storage.manifest import CONFIG_FILE, NETWORK_FILES, read_manifest
from captcha_model.training.calibrate import fit_novelty

OTHER = NoveltyDetector(9, (0.5,) * 12, ((0.25,) * 12,) * 12, limit=4.0)


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    """Twenty drawn captchas, two of which fall into the validation part."""
    folder = tmp_path_factory.mktemp("images")
    synthesizer = Synthesizer(CHARACTERS, seed=13)
    for index in range(20):
        captcha = synthesizer.draw(index)
        captcha.image.save(folder / f"{captcha.text}.png")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the bundled model that is not calibrated."""
    folder = shutil.copytree(BUNDLED, tmp_path / "model")
    set_calibration(folder, None)
    return folder


def set_calibration(folder: Path, calibration: Calibration | None) -> None:
    manifest = read_manifest(folder)
    config = dataclasses.replace(manifest.config, calibration=calibration)
    changed = dataclasses.replace(manifest, config=config)
    (folder / CONFIG_FILE).write_text(changed.to_json(), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def config_of(folder: Path) -> CaptchaConfig:
    return read_manifest(folder).config


@pytest.mark.slow
def test_a_saved_model_is_calibrated_and_its_network_left_alone(cli, images, folder):
    (folder / "notes.txt").write_text("mine")
    before, known, config = contents(folder), load_facts(folder), config_of(folder)
    arguments = ["calibrate", "--data", str(images), "--split", "all", "--model", str(folder)]
    code, out, err = cli(*arguments)
    assert code == 0
    assert err.splitlines() == [
        "20 images say little about the confidences of others. They replace a calibration on "
        f"{known.calibration.images} readings.",
        f"saved {folder}",
    ]
    after = contents(folder)
    kept = {*NETWORK_FILES, "notes.txt", "examples.png"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after.keys() == before.keys()

    calibration = config_of(folder).calibration
    assert calibration is not None
    assert dataclasses.replace(config_of(folder), calibration=None) == config
    loaded = load_images(find_samples(str(images)), config_of(folder))
    assert calibration.novelty == fit_novelty(loaded)

    facts = load_facts(folder)
    assert dataclasses.replace(facts, calibration=known.calibration) == known
    told = facts.calibration
    assert (told.date, told.data, told.split) == (today(), images.name, "all")
    assert told.images == 16 * 20
    assert (told.accepted == 0) == (calibration.min_confidence is None)
    assert out.startswith("calibrated on 320 readings, of degraded copies too: temperature ")
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert f"a temperature of {calibration.temperature:.3f}, " in card
    assert f"| on 320 readings of `{images.name}, all` and degraded copies" in card
    assert cli("card", str(folder))[1] == card

    model = CaptchaModel.from_pretrained(folder, runtime="onnx")
    readings = model.predict_pixels(loaded.pixels)
    least = calibration.min_confidence
    sure = [least is not None and reading.confidence >= least for reading in readings]
    assert [reading.rejection_reason != "LOW_CONFIDENCE" for reading in readings] == sure
    # Once more with the same images gives the same.
    assert cli(*arguments)[:2] == (0, out)
    assert contents(folder) == after


def test_images_that_were_trained_on_and_unknown_characters_are_told(cli, images, folder, tmp_path):
    facts = load_facts(folder)
    training = dataclasses.replace(facts.training, data=images.name, validation_images=0)
    (folder / FACTS_FILE).write_text(dataclasses.replace(facts, training=training).to_json())
    arguments = ["calibrate", "--model", str(folder), "--split", "all", "--data"]
    code, _, err = cli(*arguments, str(images))
    assert code == 0
    assert f"was trained on all images of {images.name}. It is surer of them than of new" in err
    assert "does not know" not in err
    others = shutil.copytree(images, tmp_path / "others")
    first = min(others.iterdir())
    first.rename(others / "zzzzz.png")
    code, _, err = cli(*arguments, str(others))
    assert code == 0
    assert "1 of 20 labels have characters that the model does not know" in err
    assert "was trained on" not in err


def test_a_folder_of_an_earlier_format_is_brought_to_this_one(cli, images, folder):
    document = json.loads((folder / CONFIG_FILE).read_text())
    known = ("characters", "architecture", "height", "width", "channels", "resize", "options")
    second = {"format_version": 2, **{key: document[key] for key in (*known, "files")}}
    (folder / CONFIG_FILE).write_text(json.dumps(second))
    facts = json.loads((folder / FACTS_FILE).read_text())
    facts.pop("calibration", None)
    (folder / FACTS_FILE).write_text(json.dumps({**facts, "format_version": 1}))
    arguments = ["--data", str(images), "--split", "all", "--model", str(folder)]
    code, _, err = cli("calibrate", *arguments)
    assert code == 0, err
    assert json.loads((folder / CONFIG_FILE).read_text())["format_version"] == FORMAT_VERSION
    assert json.loads((folder / FACTS_FILE).read_text())["format_version"] == 3
    assert config_of(folder).calibration is not None
    calibrated = load_facts(folder).calibration
    assert calibrated is not None
    assert (calibrated.split, calibrated.images) == ("all", 16 * 20)


@pytest.mark.slow
@pytest.mark.parametrize("old", [Calibration(2.0, 0.1, OTHER), Calibration(2.0, 0.1), None])
def test_the_novelty_detector_is_kept_on_request(cli, images, folder, old, tmp_path):
    set_calibration(folder, old)
    names = sorted(path.name for path in images.iterdir())[:5]
    table = tmp_path / "few.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([["file_name"], *([name] for name in names)])
    arguments = ["--data", str(images), "--model", str(folder), "--only-listed", str(table)]
    code, out, err = cli("calibrate", *arguments, "--keep-novelty")
    assert code == 0, err
    new = config_of(folder).calibration
    assert new.novelty == (old.novelty if old else None)
    assert new.temperature != 2.0
    # Five images with their copies are too few to show 99 %.
    assert new.min_confidence is not None
    assert "accepted by default: at least " in out
    assert "99%" not in out
    assert "5 images say little about the confidences of others." in err
    assert load_facts(folder).calibration.split == "few.csv"

    assert cli("calibrate", *arguments)[0] == 0
    newest = config_of(folder).calibration
    assert newest.novelty not in (OTHER, None)
    assert newest.temperature == new.temperature


def test_a_calibration_on_next_to_nothing_does_not_replace_a_good_one(cli, images, tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "model")
    before = contents(folder)
    code, out, err = cli("calibrate", "--data", str(images), "--model", str(folder))
    assert (code, out) == (1, "")
    assert "Only 2 of 20 images: the validation split. --split all takes all" in err
    assert "A calibration needs at least 5 images. There are 2" in err
    assert contents(folder) == before


@pytest.fixture
def unreadable(tmp_path) -> Path:
    """Images whose labels are foreign to the model."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    for label in ("QQ", "RR", "TT", "UU", "ZZ"):
        Image.new("L", (200, 50), ord(label[0])).save(folder / f"{label}.png")
    return folder


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "{images}", "--model", "{tmp}/nowhere"], "There is no model folder"),
        (["--data", "{images}", "--model", "user/name"], "There is no model folder user/name"),
        (["--data", "{images}", "--model", "{images}"], "is not a saved captcha model"),
        (["--data", "{tmp}/nowhere", "--model", "{model}"], "nowhere"),
        (
            ["--data", "{unreadable}", "--model", "{model}", "--split", "test"],
            "The test split of .* is empty",
        ),
        (
            ["--data", "{unreadable}", "--model", "{model}", "--split", "all"],
            "The model knows the characters of no label",
        ),
    ],
)
def test_what_cannot_be_calibrated_stays_as_it_is(
    cli, images, folder, unreadable, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)
    places = {"images": images, "model": folder, "tmp": tmp_path, "unreadable": unreadable}
    before, beside = contents(folder), sorted(tmp_path.iterdir())
    code, out, err = cli("calibrate", *(a.format(**places) for a in arguments))
    assert (code, out) == (1, "")
    assert re.search(message, err)
    assert "Traceback" not in err
    assert contents(folder) == before
    assert sorted(tmp_path.iterdir()) == beside


def test_facts_that_are_not_valid_are_told_before_anything_is_written(cli, images, folder):
    (folder / FACTS_FILE).write_text("{}")
    before = contents(folder)
    code, _, err = cli("calibrate", "--data", str(images), "--model", str(folder))
    assert code == 1
    assert FACTS_FILE in err
    assert contents(folder) == before


def test_a_model_is_named(cli, images):
    code, _, err = cli("calibrate", "--data", str(images))
    assert code == 2
    assert "--model" in err
