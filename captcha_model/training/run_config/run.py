"""All settings of a training run: its data, its model and its training.

A recipe is a mapping of such settings. So are the file of `--config`, the options of the command
line, and the `run.yaml` in a run folder. They are merged in order, and the last value
of a setting wins.
"""

import functools
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from captcha_model.errors import ConfigError, DependencyError
from captcha_model.training.run_config.sections import DataSettings, ModelSettings
from captcha_model.training.run_config.settings import TrainingSettings

DEFAULT_RECIPE = "crnn"

# YAML 1.1 reads 1e-3, a number without a point, as a string.
_EXPONENT = re.compile(r"[-+]?\d+[eE][-+]?\d+$", re.ASCII)


@dataclass(frozen=True)
class Run:
    """All settings of a run.

    Attributes:
        recipe: the name of the recipe that the settings started from.
        data: where the images come from and how they are split.
        model: the model to build.
        training: how to train.
    """

    recipe: str
    data: DataSettings
    model: ModelSettings
    training: TrainingSettings

    @classmethod
    def from_mappings(cls, *mappings: Mapping[str, Any]) -> "Run":
        """Merge mappings on top of the recipe that they name, and check the result.

        Args:
            *mappings: section to settings; a later mapping overrides an earlier one.

        Raises:
            ConfigError: a recipe or section is unknown, or a setting of the model is not valid.
            DataError: a setting of the data is unknown or not valid.
            TrainingError: a setting of the training is unknown or not valid.
        """
        named = [m["recipe"] for m in mappings if isinstance(m, Mapping) and m.get("recipe")]
        recipe = str(named[-1]) if named else DEFAULT_RECIPE
        merged: dict[str, dict[str, Any]] = {"data": {}, "model": {}, "training": {}}
        for mapping in (load_recipe(recipe), *mappings):
            _merge(merged, mapping)
        return cls(
            recipe,
            DataSettings.from_dict(merged["data"], partial=True),
            ModelSettings.from_dict(merged["model"], partial=True),
            TrainingSettings.from_dict(merged["training"], partial=True),
        )

    def to_yaml(self) -> str:
        """Return the settings as YAML; `parse_yaml` and `from_mappings` read it back."""
        values = {
            "recipe": self.recipe,
            "data": self.data.to_dict(),
            "model": self.model.to_dict(),
            "training": self.training.to_dict(),
        }
        text: str = _yaml().safe_dump(values, sort_keys=False, allow_unicode=True)
        return text


def recipes() -> list[str]:
    """Return the names of all recipes, sorted."""
    files = resources.files("captcha_model.training").joinpath("recipes").iterdir()
    return sorted(f.name.removesuffix(".yaml") for f in files if f.name.endswith(".yaml"))


def load_recipe(name: str) -> dict[str, Any]:
    """Return the mapping of a recipe.

    Raises:
        ConfigError: there is no recipe of this name.
    """
    if name not in recipes():
        raise ConfigError(f"Unknown recipe {name!r}. Known: {recipes()}")
    path = resources.files("captcha_model.training").joinpath("recipes", f"{name}.yaml")
    return parse_yaml(path.read_text(encoding="utf-8"), name)


def parse_yaml(text: str, name: str) -> dict[str, Any]:
    """Parse the settings of a run or a recipe.

    Args:
        text: the YAML.
        name: the file name, for messages.

    Raises:
        ConfigError: it is not YAML, or not a mapping.
    """
    yaml = _yaml()
    try:
        values = yaml.load(text, _loader())
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigError(f"{name} is not valid YAML: {str(error).splitlines()[0]}.") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{name} is not a mapping of settings.")
    return values


def _merge(merged: dict[str, dict[str, Any]], mapping: Mapping[str, Any]) -> None:
    unknown = sorted(map(str, mapping.keys() - merged.keys() - {"recipe", "description"}))
    if unknown:
        raise ConfigError(f"Unknown sections {unknown}. Known: {sorted(merged)}, recipe")
    for name, values in mapping.items():
        if name not in merged:
            continue
        if not isinstance(values, Mapping):
            raise ConfigError(f"{name} must be a mapping of settings. Received: {values!r}")
        merged[name].update(values)


def _yaml() -> types.ModuleType:
    try:
        import yaml
    except ImportError as error:
        raise DependencyError.missing("pyyaml", "train", "Training") from error
    return yaml


@functools.cache
def _loader() -> Any:
    """Return YAML's safe loader, which builds plain values only, with one more form of a number."""
    loader: Any = type("_Loader", (_yaml().SafeLoader,), {})
    loader.add_implicit_resolver("tag:yaml.org,2002:float", _EXPONENT, list("-+0123456789"))
    return loader
