"""Everything about a model but its weights: what it reads and how its network is built."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.errors import ConfigError, VocabularyError
from captcha_model.vocabulary import Vocabulary

FORMAT_VERSION = 3
MAX_SIDE = 1024
MAX_STEPS = 1024
TEMPERATURES = (0.05, 100.0)

Resize: TypeAlias = Literal["stretch", "pad"]

# What a key that a format still lacked stands for, by that format's version.
_ADDED: dict[int, dict[str, Any]] = {
    1: {"resize": "stretch", "calibration": None},
    2: {"calibration": None},
}


@dataclass(frozen=True)
class Calibration:
    """What makes confidences probabilities, and which of them are high enough.

    Attributes:
        temperature: what the logits are divided by.
        min_confidence: from this confidence of a text on it is accepted; None accepts none.
        familiarity: tells images that are unlike those of the training; None takes all for alike.

    Raises:
        ConfigError: a value is of the wrong type or out of its bounds.
    """

    temperature: float = 1.0
    min_confidence: float | None = 0.0
    familiarity: NoveltyDetector | None = None

    def __post_init__(self) -> None:
        low, high = TEMPERATURES
        if type(self.temperature) not in (int, float) or not low <= self.temperature <= high:
            raise ConfigError(
                f"temperature goes from {low} to {high}. Received: {self.temperature!r}"
            )
        least = self.min_confidence
        if least is not None and (type(least) not in (int, float) or not 0 <= least <= 1):
            raise ConfigError(f"min_confidence goes from 0 to 1. Received: {least!r}")
        if not isinstance(self.familiarity, NoveltyDetector | None):
            raise ConfigError(f"familiarity is a NoveltyDetector. Received: {self.familiarity!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that `from_dict` takes back."""
        familiarity = self.familiarity.to_dict() if self.familiarity else None
        return {**vars(self), "familiarity": familiarity}

    @classmethod
    def from_dict(cls, values: Any) -> "Calibration":
        """Build the record from `to_dict`'s values.

        Raises:
            ConfigError: not a mapping, a missing or an unknown key, a bad value.
        """
        known = {f.name for f in dataclasses.fields(cls)}
        if not isinstance(values, dict) or values.keys() != known:
            raise ConfigError(
                f"calibration has the keys {sorted(known)}. Received: {values!r:.200}"
            )
        familiarity = values["familiarity"]
        found = None if familiarity is None else NoveltyDetector.from_dict(familiarity)
        return cls(values["temperature"], values["min_confidence"], found)


@dataclass(frozen=True)
class CaptchaConfig:
    """The settings of a model, checked when they are made and immutable afterwards.

    Attributes:
        characters: the vocabulary in the order of its ids, without the blank.
        architecture: the name of a network in `captcha_model.networks`.
        height: rows of the network's input, in pixels.
        width: columns of the network's input, in pixels.
        channels: 1 for grey, 3 for colour.
        resize: how images are brought to that size: "stretch" fills it, "pad" keeps the ratio of
            the sides and fills the rest with the border's colour.
        options: what the architecture lets one choose (numbers of filters and units); what is
            left out takes the architecture's default.
        calibration: what its confidences mean; None before anything is known about them.

    Raises:
        ConfigError: a value is of the wrong type or out of its bounds.
    """

    characters: str
    architecture: str = "crnn"
    height: int = 50
    width: int = 200
    channels: int = 1
    resize: Resize = "stretch"
    options: Mapping[str, int | float] = field(default_factory=dict)
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        try:
            Vocabulary(self.characters)
        except VocabularyError as error:
            raise ConfigError(f"characters: {error}") from error
        if not isinstance(self.architecture, str) or not self.architecture:
            raise ConfigError(f"architecture is a name. Received: {self.architecture!r}")
        for name in ("height", "width"):
            _check_integer(name, getattr(self, name), 8, MAX_SIDE)
        if type(self.channels) is not int or self.channels not in (1, 3):
            raise ConfigError(f"channels is 1 (grey) or 3 (colour). Received: {self.channels!r}")
        if self.resize not in get_args(Resize):
            raise ConfigError(f"resize is one of {get_args(Resize)}. Received: {self.resize!r}")
        if not isinstance(self.options, Mapping):
            raise ConfigError(f"options is a mapping of numbers. Received: {self.options!r}")
        for name, value in self.options.items():
            if not isinstance(name, str) or type(value) not in (int, float):
                raise ConfigError(f"options holds names and numbers. Received: {name!r}: {value!r}")
        if not isinstance(self.calibration, Calibration | None):
            raise ConfigError(f"calibration is a Calibration. Received: {self.calibration!r}")
        familiarity = self.calibration.familiarity if self.calibration else None
        if familiarity and familiarity.channels != self.channels:
            raise ConfigError(
                f"familiarity is of images with {familiarity.channels} channels, "
                f"and the model's have {self.channels}."
            )
        # A frozen dataclass is only as frozen as what it holds.
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))

    @property
    def vocabulary(self) -> Vocabulary:
        """The characters as a `Vocabulary`."""
        return Vocabulary(self.characters)

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """The shape of one image at the network's input: (height, width, channels)."""
        return (self.height, self.width, self.channels)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, with the format's version first, that `from_dict` takes back."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        values["options"] = dict(self.options)
        values["calibration"] = self.calibration.to_dict() if self.calibration else None
        return {"format_version": FORMAT_VERSION, **values}

    @classmethod
    def from_dict(cls, values: Any) -> "CaptchaConfig":
        """Build the settings from `to_dict`'s values, in this or an earlier format.

        Raises:
            ConfigError: not a mapping, a missing or an unknown key, a newer format, a bad value.
        """
        if not isinstance(values, dict):
            raise ConfigError(
                f"The settings must be a JSON object. Received: {type(values).__name__}"
            )
        version = values.get("format_version")
        if type(version) is not int or version < 1:
            raise ConfigError(f"format_version is a whole number from 1. Received: {version!r}")
        if version > FORMAT_VERSION:
            raise ConfigError(
                f"This model was saved in format {version}, and this version of captcha_model "
                f"reads up to {FORMAT_VERSION}. Upgrade captcha_model.",
                code="FORMAT_TOO_NEW",
            )
        added = _ADDED.get(version, {})
        known = {f.name for f in dataclasses.fields(cls)} - added.keys() | {"format_version"}
        missing, unknown = sorted(known - values.keys()), sorted(values.keys() - known)
        if missing or unknown:
            raise ConfigError(f"The settings lack {missing} or have unknown keys {unknown}")
        given = {**{k: v for k, v in values.items() if k != "format_version"}, **added}
        if given["calibration"] is not None:
            given["calibration"] = Calibration.from_dict(given["calibration"])
        return cls(**given)

    def to_json(self) -> str:
        """Return the settings as a JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "CaptchaConfig":
        """Build the settings from `to_json`'s text.

        Raises:
            ConfigError: not JSON, or not the settings of a model.
        """
        return cls.from_dict(parse_json(text))


def parse_json(text: str) -> Any:
    """Parse JSON, with every way in which that fails turned into a ConfigError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The settings are not valid JSON: {type(error).__name__}") from error


def _check_integer(name: str, value: Any, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise ConfigError(f"{name} is a whole number from {low} to {high}. Received: {value!r}")
