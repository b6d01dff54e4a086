import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.data.synthetic.dataset import write_folder
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.errors import CaptchaError, DataError
from captcha_model.model import CaptchaModel
from captcha_model.networks import resolve_options
from captcha_model.training.run_config import complete
from captcha_model.training.run_config.complete import complete_run, settings_of_own_network
from captcha_model.training.run_config.run import Run


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("source") / "drawn"
    list(write_folder(Synthesizer("abc", (1, 3), seed=1), 12, folder))
    return str(folder)


def recipe_of(source: str, **sections) -> str:
    data = {"source": source, **sections.pop("data", {})}
    return complete_run({"data": data, **sections}).recipe


def test_few_images_adapt_the_general_network(source):
    run = complete_run({"data": {"source": source}})
    assert (run.recipe, run.training.init, run.model.architecture) == (
        "adapt",
        "general",
        "general",
    )
    assert run.training.augmentation == {"neutral": 1.0}


def test_the_recipe_has_the_network_of_the_bundled_model(source):
    run = complete_run({"data": {"source": source}})
    bundled = CaptchaModel.from_pretrained("general").config
    built = run.model.config("ab", {})
    assert resolve_options(built) == resolve_options(bundled)
    assert built.network_shape == bundled.network_shape
    assert (built.resize, built.trim) == (bundled.resize, bundled.trim)
    assert (built.views, bundled.views) == (3, 1)


def test_margins_that_are_kept_ask_for_no_other_recipe(source):
    run = complete_run({"data": {"source": source}, "model": {"trim": False}})
    assert (run.recipe, run.model.trim) == ("adapt", False)


def test_many_images_get_a_network_of_their_own(source, monkeypatch):
    monkeypatch.setattr(complete, "MOST_ADAPTED", 11)
    assert recipe_of(source) == "crnn"
    monkeypatch.setattr(complete, "MOST_ADAPTED", 12)
    assert recipe_of(source) == "adapt"


@pytest.mark.parametrize(
    "sections",
    [
        {"model": {"height": 32}},
        {"model": {"options": {"filters": 4}}},
        {"training": {"init": "none"}},
        {"data": {"synthetic": 5}},
        {"data": {"stream": True}},
        {"recipe": "crnn"},
    ],
    ids=str,
)
def test_a_setting_that_asks_for_another_network_gets_it(source, sections):
    assert recipe_of(source, **sections) == "crnn"


def test_what_asks_for_another_network_is_named():
    given = {"model": {"width": 90, "height": 30, "views": 2}, "data": {"synthetic": 5}}
    run = Run.from_mappings(given)
    assert settings_of_own_network(run, given) == ["model.height", "model.width", "data.synthetic"]
    given = {"training": {"init": "none"}}
    assert settings_of_own_network(Run.from_mappings(given), given) == ["training.init"]
    assert settings_of_own_network(Run.from_mappings({})) == []


@pytest.mark.parametrize(
    "sections",
    [
        {"model": {"characters": "abc"}},
        {"model": {"alphabet": "lower"}},
        {"model": {"views": 5}},
        {"training": {"epochs": 3, "init": "general"}},
    ],
    ids=str,
)
def test_settings_of_texts_and_training_ask_for_none(source, sections):
    assert recipe_of(source, **sections) == "adapt"


def test_what_is_drawn_or_decoded_is_not_adapted():
    assert recipe_of("synthetic:any") == "crnn"
    assert complete_run({}, decoded=True).recipe == "crnn"


def test_the_network_is_that_of_the_model_that_is_adapted(source, tmp_path):
    config = CaptchaConfig(
        "ab", height=16, width=64, options={"filters": 4, "dense": 8, "lstm": 8, "dropout": 0.1}
    )
    CaptchaModel(config).save_pretrained(tmp_path / "before")
    run = complete_run({"data": {"source": source}, "training": {"init": str(tmp_path / "before")}})
    assert (run.recipe, run.model.architecture, run.model.alphabet) == ("adapt", "crnn", "auto")
    assert (run.model.height, run.model.width, run.model.min_width) == (16, 64, None)
    assert run.model.options["filters"] == 4
    assert (run.model.views, run.model.closer) == (1, False)
    assert run.model.config("abc", {}).characters == "abc"


@pytest.mark.parametrize(("own", "views"), [(1, 3), (2, 2), (3, 3)])
def test_a_model_of_any_width_keeps_views_of_its_own(source, tmp_path, own, views):
    options = {"filters": 4, "dense": 8, "lstm": 8}
    config = CaptchaConfig("ab", "general", 16, 96, 3, "scale", 32, views=own, options=options)
    CaptchaModel(config).save_pretrained(tmp_path / "before")
    sections = {"data": {"source": source}, "training": {"init": str(tmp_path / "before")}}
    found = complete_run(sections).model
    assert (found.views, found.closer) == (views, True)
    assert complete_run({**sections, "model": {"views": 1}}).model.views == 1


def test_what_is_not_there_is_an_error(source):
    with pytest.raises(DataError, match="does not exist"):
        recipe_of("nowhere")
    with pytest.raises(CaptchaError, match="nothing-here"):
        recipe_of(source, training={"init": "./nothing-here"})


def test_a_setting_that_does_not_fit_the_adapted_model_is_kept_to_be_told(source, saved):
    training = {"init": str(saved)}
    run = complete_run({"recipe": "adapt", "data": {"source": source}, "training": training})
    assert (run.model.height, run.model.width) == (16, 64)
    given = {"recipe": "adapt", "training": training, "model": {"height": 32}}
    assert complete_run(given).model.height == 32
