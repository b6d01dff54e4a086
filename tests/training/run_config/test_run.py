import pytest

from captcha_model import networks
from captcha_model.errors import CaptchaError, ConfigError
from captcha_model.training.run_config.run import Run, load_recipe, parse_yaml, recipes
from captcha_model.training.run_config.sections import ModelSettings
from captcha_model.training.run_config.settings import TrainingSettings


def test_the_recipes_are_there():
    own = ["crnn", "general", "gru", "keras-ctc", "multi-head", "quick", "residual"]
    assert recipes() == ["adapt", *own]


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_is_valid_and_survives_yaml(name):
    run = Run.from_mappings({"recipe": name})
    assert run.model.architecture == {"quick": "crnn", "adapt": "general"}.get(name, name)
    assert Run.from_mappings(parse_yaml(run.to_yaml(), "run.yaml")) == run
    assert load_recipe(name)["description"].endswith(".")
    networks.describe(run.model.config("ab", {}))


def test_the_default_recipe_is_the_default_of_every_setting():
    run = Run.from_mappings()
    assert (run.recipe, run.model, run.training) == ("crnn", ModelSettings(), TrainingSettings())


def test_the_last_one_counts_and_the_recipe_lies_below_all():
    run = Run.from_mappings(
        {"recipe": "residual", "training": {"epochs": 5, "seed": 3}},
        {"training": {"epochs": 7}, "model": {"channels": 1}},
    )
    assert (run.recipe, run.training.epochs, run.training.seed) == ("residual", 7, 3)
    assert (run.training.reduce_lr_patience, run.model.channels) == (20, 1)
    assert Run.from_mappings({"recipe": "gru"}, {"recipe": "residual"}).recipe == "residual"


def test_options_of_the_user_go_before_those_that_follow_from_the_labels():
    settings = ModelSettings(architecture="multi-head", options={"places": 7})
    assert settings.config("ab", {"places": 5}).options == {"places": 7}


def test_yaml_that_people_write():
    run = Run.from_mappings(
        parse_yaml("training:\n  learning_rate: 1e-4\n  minutes: 3\n  patience: null\n", "x")
    )
    assert (run.training.learning_rate, run.training.minutes) == (1e-4, 3.0)
    assert run.training.patience is None


@pytest.mark.parametrize(
    "bad",
    [
        "- a list",
        "a: [",
        "training: 3",
        "surprise: {}",
        "training: {surprise: 1}",
        "training: {epochs: many}",
        "training: {epochs: 2.5}",
        "training: {epochs: true}",
        "training: {learning_rate: fast}",
        "training: {augmentation: 3}",
        "training: {export: onnx}",
        "model: {characters: 2345}",
        "model: {options: big}",
        "data: {validation_fraction: 1.5}",
        "data: {synthetic: -1}",
        "recipe: soup",
        "recipe: ../crnn",
    ],
)
def test_bad_files_are_refused(bad):
    with pytest.raises(CaptchaError):
        Run.from_mappings(parse_yaml(bad, "bad.yaml"))


def test_a_bad_file_is_named():
    with pytest.raises(ConfigError, match=r"bad\.yaml is not valid YAML"):
        parse_yaml("a: [", "bad.yaml")


def test_yaml_runs_nothing():
    with pytest.raises(ConfigError):
        parse_yaml("!!python/object/apply:os.system ['true']", "evil.yaml")
