"""`captcha-model models`, and the models that other commands choose by name."""

import csv
import io
import json

import pytest
from PIL import Image, ImageOps

from captcha_model import pretrained_models
from captcha_model.pretrained_models import DEFAULT, GENERAL
from tests.conftest import EXAMPLES
from tests.test_pretrained_models import copied

EXAMPLE = str(EXAMPLES / "1.png")


@pytest.fixture
def novel(tmp_path) -> str:
    """An image that is unlike those of the default model."""
    path = tmp_path / "novel.png"
    ImageOps.posterize(Image.open(EXAMPLE).convert("RGB"), 1).save(path)
    return str(path)


def test_the_list_says_what_each_model_reads(cli, two_models):
    code, out, err = cli("models")
    assert (code, err) == (0, "")
    first, second = out.split("\n\n")
    assert first.startswith("captcha-images-v2 (default)\n  reads       captchas in the style of ")
    assert "  characters  2345678bcdefgmnpwxy\n" in first
    assert "909 of 917 texts of captcha_images_v2 (cross-validation) correct: 99.1%" in first
    assert second.startswith("general\n  reads       noise\n  characters  abcdef\n")
    models = json.loads(cli("models", "--json")[1])
    assert [(m["name"], m["default"]) for m in models] == [(DEFAULT, True), (GENERAL, False)]
    assert {f["name"] for f in models[0]["files"]} >= {"model.onnx", "captcha_config.json"}


def test_a_check_finds_a_file_that_differs(cli, registry_of_two, monkeypatch, tmp_path):
    registry = copied(registry_of_two, tmp_path / "bundled")
    monkeypatch.setattr(pretrained_models, "REGISTRY", registry)
    code, out, _ = cli("models", "--check")
    assert (code, out.count("  files       intact\n")) == (0, 2)
    with (registry.folder(GENERAL) / "model.onnx").open("ab") as file:
        file.write(b"x")
    code, out, _ = cli("models", "--check")
    assert code == 1
    assert "  files       not those of the registry: model.onnx\n" in out
    code, out, _ = cli("models", "--check", "--json")
    assert [m["differing_files"] for m in json.loads(out)] == [[], ["model.onnx"]]


def test_predict_without_a_model_chooses_and_says_so(cli, two_models, novel):
    code, out, _ = cli("predict", EXAMPLE, novel)
    assert code == 0
    assert [line.split("\t")[4] for line in out.splitlines()] == [DEFAULT, GENERAL]
    found = json.loads(cli("predict", EXAMPLE, novel, "--json")[1])
    assert [reading["model"] for reading in found] == [DEFAULT, GENERAL]
    rows = csv.DictReader(io.StringIO(cli("predict", EXAMPLE, novel, "--csv")[1]))
    assert [row["model"] for row in rows] == [DEFAULT, GENERAL]


def test_predict_with_a_model_uses_that_one_alone(cli, two_models, novel):
    code, out, err = cli("predict", EXAMPLE, novel, "--model", DEFAULT)
    assert (code, [len(line.split("\t")) for line in out.splitlines()]) == (0, [4, 4])
    assert out.splitlines()[1].endswith("\tout of distribution")
    assert err.splitlines()[0].startswith(
        f"captcha-model: warning: {novel}: The image, or the length of its text, is unlike what "
        "the model 'captcha-images-v2' was trained on. The bundled model 'general' may read it; "
    )
    found = json.loads(cli("predict", EXAMPLE, "--model", GENERAL, "--json")[1])
    assert found[0]["model"] == GENERAL


def test_a_model_that_is_missing_is_named_with_those_that_are_there(cli, two_models):
    code, out, err = cli("predict", EXAMPLE, "--model", "genral")
    assert (code, out) == (1, "")
    assert err == (
        "captcha-model: error: There is no model folder 'genral', and this is neither the name of "
        "a bundled model (captcha-images-v2, general) nor that of a Hub repository (user/name).\n"
    )


def test_a_folder_of_the_same_name_is_said_not_to_be_used(cli, two_models, monkeypatch, tmp_path):
    copied(two_models, tmp_path)
    monkeypatch.chdir(tmp_path)
    _, out, err = cli("predict", EXAMPLE, "--model", GENERAL, "--json")
    assert json.loads(out)[0]["model"] == GENERAL
    assert err.splitlines()[0] == (
        "captcha-model: warning: 'general' is the bundled model, not the folder of that name here. "
        "Write ./general for the folder."
    )
    _, out, err = cli("predict", EXAMPLE, "--model", f"./{GENERAL}", "--json")
    assert json.loads(out)[0]["model"] is None
    assert "warning" not in err


def test_card_takes_a_name(cli, two_models):
    code, out, _ = cli("card", GENERAL)
    assert code == 0
    assert "abcdef" in out
