"""The settings of a run besides the training: its data and its model."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from captcha_model.config import CaptchaConfig
from captcha_model.errors import DataError


@dataclass(frozen=True)
class DataSettings:
    """Where the images come from and how they are split.

    Attributes:
        source: a data set, as in `captcha_model.data.sources`; "" if the images are passed in.
        label_suffix: the label in a file name ends at the first underscore.
        strict: fail on any unreadable image instead of skipping up to 1 %.
        stream: decode images on demand instead of keeping all of them in memory.
        synthetic: the number of synthetic images to add to the training split.
        validation_fraction: of a random split with the seed; None splits by the hash of the label.
        validation_limit: the largest size of the validation split; the seed chooses the images.
    """

    source: str = ""
    label_suffix: bool = False
    strict: bool = False
    stream: bool = False
    synthetic: int = 0
    validation_fraction: float | None = None
    validation_limit: int = 10_000

    def __post_init__(self) -> None:
        if self.synthetic < 0 or self.validation_limit < 1:
            raise DataError(
                "synthetic must be at least 0, and validation_limit at least 1. "
                f"Received: {self.synthetic}, {self.validation_limit}"
            )
        if self.validation_fraction is not None and not 0 < self.validation_fraction < 1:
            raise DataError(
                "validation_fraction must be above 0 and below 1. "
                f"Received: {self.validation_fraction}"
            )


@dataclass(frozen=True)
class ModelSettings:
    """The model to build: `CaptchaConfig`, but the characters may be left to the labels.

    Attributes:
        architecture: the name of a network in `captcha_model.networks`.
        characters: the vocabulary; None takes the characters of the labels.
        height: of the network's input, in pixels.
        width: of the network's input, in pixels.
        channels: 1 for grey, 3 for colour.
        resize: how images of other sizes are resized; see `CaptchaConfig`.
        options: of the architecture; those that are left out have its defaults.
    """

    architecture: str = "crnn"
    characters: str | None = None
    height: int = 50
    width: int = 200
    channels: int = 1
    resize: str = "stretch"
    options: Mapping[str, int | float] = field(default_factory=dict)

    def config(self, characters: str, options: Mapping[str, int]) -> CaptchaConfig:
        """Return the configuration of the model.

        Args:
            characters: of the labels.
            options: of the architecture that follow from the labels; own options override them.
        """
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return CaptchaConfig(
            **{
                **values,
                "characters": self.characters or characters,
                "options": {**options, **self.options},
            }
        )
