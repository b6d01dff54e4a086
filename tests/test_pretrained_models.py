"""The registry of the bundled models: its entries are those of the folders."""

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from captcha_model import CaptchaModel, ModelChooser, bundled_models, pretrained_models
from captcha_model.errors import ConfigError, DataWarning, ModelFolderError
from captcha_model.model_card import load_facts
from captcha_model.pretrained_models import DEFAULT, GENERAL, REGISTRY, REGISTRY_FILE, Registry
from captcha_model.storage.manifest import CONFIG_FILE, ONNX_FILE, read_manifest
from scripts.make_registry import check_licences, described
from tests.conftest import EXAMPLES


def copied(registry: Registry, root: Path) -> Registry:
    shutil.copytree(registry.root, root, dirs_exist_ok=True)
    return Registry(root)


def test_every_bundled_file_is_the_one_of_the_registry():
    """After a change of a folder, run `python -m scripts.make_registry`."""
    for name in REGISTRY:
        assert REGISTRY.differing(name) == []
    assert described(REGISTRY) == list(REGISTRY.values())
    folders = {path.name for path in REGISTRY.root.iterdir() if path.is_dir()}
    assert folders == set(REGISTRY)
    assert next(iter(REGISTRY)) == DEFAULT


def test_the_figures_are_those_of_the_models_own_facts():
    for name, model in REGISTRY.items():
        facts = load_facts(REGISTRY.folder(name))
        assert [(f.data, f.split, f.correct, f.images, f.cer) for f in model.figures] == [
            (e.data, e.split, e.correct, e.images, e.cer) for e in facts.evaluations
        ]
        assert model.characters == read_manifest(REGISTRY.folder(name)).config.characters
        assert model.parameters == facts.parameters
        assert model.size == sum(p.stat().st_size for p in REGISTRY.folder(name).iterdir())


def test_every_bundled_model_states_its_licence():
    """If one does not, the error says the command that states it."""
    check_licences(REGISTRY)


def test_a_model_without_a_licence_is_refused(registry_of_two, tmp_path):
    registry = copied(registry_of_two, tmp_path / "bundled")
    for name in registry:
        facts = registry.folder(name) / "model_facts.json"
        facts.write_text(json.dumps({**json.loads(facts.read_text()), "license": "mit"}))
    check_licences(registry)
    facts.write_text(json.dumps({**json.loads(facts.read_text()), "license": None}))
    with pytest.raises(ModelFolderError, match=rf"{name}' states no licence.*--license apache-2"):
        check_licences(registry)


def test_a_second_model_is_a_folder_and_an_entry(registry_of_two, tmp_path):
    """What the entry lacks is written by the script."""
    registry = copied(registry_of_two, tmp_path / "bundled")
    entries = [{"name": m.name, "reads": m.reads} for m in registry.values()]
    (registry.root / REGISTRY_FILE).write_text(json.dumps(entries))
    registry.write(described(registry))
    assert list(Registry(registry.root).values()) == list(registry_of_two.values())


def test_a_file_that_is_changed_missing_or_unknown_differs(registry_of_two, tmp_path):
    registry = copied(registry_of_two, tmp_path / "bundled")
    folder = registry.folder(GENERAL)
    assert registry.differing(GENERAL) == []
    (folder / "README.md").write_bytes((folder / "README.md").read_bytes()[:-1] + b"x")
    (folder / ONNX_FILE).unlink()
    (folder / "more.txt").write_text("more")
    assert registry.differing(GENERAL) == ["README.md", ONNX_FILE, "more.txt"]
    shutil.rmtree(folder)
    assert len(registry.differing(GENERAL)) == len(registry[GENERAL].files)
    assert registry.differing(DEFAULT) == []


@pytest.mark.parametrize(
    "changed",
    [{"name": "../x"}, {"name": "user/name"}, {"sha": 1}, {"reads": ""}, {"parameters": -1}],
)
def test_an_entry_that_is_not_valid_is_an_error(changed, tmp_path):
    (tmp_path / REGISTRY_FILE).write_text(json.dumps([{**REGISTRY[DEFAULT].to_dict(), **changed}]))
    with pytest.raises(ConfigError):
        list(Registry(tmp_path))


def test_models_are_loaded_by_name(two_models):
    names = (None, DEFAULT, GENERAL)
    loaded = [CaptchaModel.from_pretrained(name) for name in names]
    assert [model.name for model in loaded] == [DEFAULT, DEFAULT, GENERAL]
    assert loaded[2].config.characters == "abcdef"
    for model in loaded:
        assert model.predict(EXAMPLES / "1.png").model == model.name
        assert pickle.loads(pickle.dumps(model)).name == model.name


def test_the_files_of_the_other_runtime_are_those_of_the_same_model(two_models, tmp_path):
    model = CaptchaModel.from_pretrained(GENERAL)
    assert model.network.input_shape[3] == 3
    assert model.facts.parameters == two_models[GENERAL].parameters
    model.save_pretrained(tmp_path / "copy")
    copy = CaptchaModel.from_pretrained(tmp_path / "copy")
    assert (copy.name, copy.config) == (None, model.config)
    assert copy.predict(EXAMPLES / "1.png").model is None


def test_a_name_goes_before_a_folder_of_that_name(two_models, tmp_path, monkeypatch):
    """`./NAME` and a `Path` are the folder."""
    shutil.copytree(two_models.folder(DEFAULT), tmp_path / GENERAL)
    monkeypatch.chdir(tmp_path)
    with pytest.warns(DataWarning, match=r"Write \./general for the folder") as caught:
        model = CaptchaModel.from_pretrained(GENERAL)
    assert len(caught) == 1
    assert (model.name, model.config.characters) == (GENERAL, "abcdef")
    for folder in ("./general", Path("general"), Path("./general"), str(tmp_path / GENERAL)):
        model = CaptchaModel.from_pretrained(folder)
        assert (model.name, model.config.characters) == (None, REGISTRY[DEFAULT].characters)
    # A folder that holds no model is nobody's mistake.
    (tmp_path / GENERAL / CONFIG_FILE).unlink()
    assert CaptchaModel.from_pretrained(GENERAL).name == GENERAL


def test_who_gives_no_name_is_told_of_no_folder(two_models, tmp_path, monkeypatch, recwarn):
    for name in (DEFAULT, GENERAL):
        shutil.copytree(two_models.folder(DEFAULT), tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert CaptchaModel.from_pretrained(two_models[GENERAL]).config.characters == "abcdef"
    assert CaptchaModel.from_pretrained().name == DEFAULT
    image = np.random.default_rng(1).integers(0, 255, (50, 200, 3), np.uint8)
    assert ModelChooser().predict(image).model == GENERAL
    assert not [warning for warning in recwarn if warning.category is DataWarning]


def test_a_revision_behind_a_bundled_name_is_ambiguous(two_models, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelFolderError, match="'general' is a bundled model") as caught:
        CaptchaModel.from_pretrained("general@main")
    assert caught.value.code == "REVISION_AMBIGUOUS"
    shutil.copytree(two_models.folder(DEFAULT), tmp_path / "general@main")
    assert CaptchaModel.from_pretrained("general@main").name is None


def test_a_bundled_model_has_no_revisions(two_models):
    with pytest.raises(ModelFolderError, match="'general' is a bundled model") as caught:
        CaptchaModel.from_pretrained(GENERAL, revision="v1")
    assert caught.value.code == "REVISION_AMBIGUOUS"
    with pytest.raises(ModelFolderError, match="'captcha-images-v2' is a bundled model"):
        CaptchaModel.from_pretrained(revision="v1")


def test_a_folder_opens_without_the_registry(saved, monkeypatch):
    monkeypatch.setattr(pretrained_models, "REGISTRY", Registry(Path("nowhere")))
    assert CaptchaModel.from_pretrained(saved).name is None
    assert CaptchaModel.from_pretrained(str(saved)).name is None


def test_the_bundled_models_are_listed_and_have_the_pictures_of_their_cards():
    assert [model.name for model in bundled_models()] == list(REGISTRY)
    assert len(CaptchaModel.from_pretrained().card_pictures()) == 6
