import json
import re
import shutil

import pytest
from PIL import Image

from captcha_model.hub import BUNDLED
from captcha_model.model_card import FACTS_FILE, load_facts
from tests.cli.test_train import QUICK


@pytest.fixture
def trained(cli, image_folder, tmp_path):
    """A model that was trained for two epochs, in a folder of its own."""
    out = tmp_path / "run"
    code, _, err = cli("train", "--data", str(image_folder), "--out", str(out), *QUICK)
    assert code == 0, err
    return out / "model"


def test_the_preview_is_the_card_that_was_saved(cli):
    code, out, _ = cli("card")
    assert code == 0
    assert out == (BUNDLED / "README.md").read_text(encoding="utf-8")
    code, out, _ = cli("card", str(BUNDLED), "--repo-id", "alice/reader")
    assert code == 0
    assert 'from_pretrained("alice/reader")' in out


def test_a_preview_in_a_file_has_its_picture(cli, tmp_path):
    out = tmp_path / "preview" / "card.md"
    assert cli("card", "--out", str(out))[:2] == (0, "")
    assert out.read_bytes() == (BUNDLED / "README.md").read_bytes()
    with Image.open(out.parent / "examples.png") as picture:
        assert picture.width > 600


def test_a_card_without_a_model(cli, tmp_path):
    code, _, err = cli("card", str(tmp_path))
    assert code == 1
    assert "not a saved captcha model" in err


@pytest.mark.slow
def test_a_training_tells_its_card_and_an_evaluation_adds_to_it(cli, trained, image_folder):
    card = (trained / "README.md").read_text(encoding="utf-8")
    assert f"--data {image_folder.name} " in card
    assert str(image_folder) not in card
    assert "`training.epochs` `2`" in card
    told = json.loads((trained.parent / "validation.json").read_text())
    assert f"{told['correct']} of {told['images']} " in card

    evaluate = ["evaluate", "--data", str(image_folder), "--split", "train"]
    code, out, _ = cli(*evaluate, "--model", str(trained), "--json", "--update-card")
    assert code == 0
    report = json.loads(out)
    validation, train = load_facts(trained).evaluations
    assert (validation.split, train.split) == ("validation", "train")
    assert (train.images, train.correct, train.cer) == (
        *(report["images"], report["correct"]),
        report["cer"],
    )
    card = (trained / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"train` \| {train.correct} of {train.images} ", card)
    assert cli("card", str(trained))[1] == card
    assert cli("predict", str(next(image_folder.glob("*.png"))), "--model", str(trained))[0] == 0


@pytest.mark.parametrize("model", [[], ["--model", "user/name"]])
def test_figures_are_recorded_in_a_folder_only(cli, model, image_folder):
    before = (BUNDLED / FACTS_FILE).read_bytes()
    code, _, err = cli("evaluate", "--data", str(image_folder), "--update-card", *model)
    assert code == 1
    assert "--update-card" in err
    assert (BUNDLED / FACTS_FILE).read_bytes() == before


def test_a_licence_is_stated_in_a_folder(cli, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(BUNDLED, folder)
    code, out, err = cli("card", str(folder), "--license", "mit")
    assert code == 0 and f"wrote the licence mit into {folder}" in err
    assert '\nlicense: "mit"\n' in out and load_facts(folder).license == "mit"
    assert (folder / "README.md").read_text(encoding="utf-8") == out
    assert load_facts(folder).evaluations == load_facts(BUNDLED).evaluations
    code, _, err = cli("card", str(folder), "--license", "My own!")
    assert code == 1 and "license" in err and load_facts(folder).license == "mit"
    for arguments in ([], ["captcha-images-v2"]):
        code, _, err = cli("card", *arguments, "--license", "mit")
        assert code == 1 and "Give the folder of a model of yours." in err
    assert load_facts(BUNDLED).license == "apache-2.0"
