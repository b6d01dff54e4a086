"""What a run is told beside how to train: where its images are, and what is built."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from captcha_model.config import CaptchaConfig
from captcha_model.errors import DataError


@dataclass(frozen=True)
class DataSettings:
    """Where the images come from and how they are parted.

    Attributes:
        source: see `captcha_model.data.sources`.
        label_suffix: a file name's label ends at its first underscore.
        strict: fail on any unreadable image.
        stream: decode images when they are needed, instead of holding all of them in memory.
        synthetic: how many drawn captchas to train on too.
        validation_fraction: of a seeded random split; None splits by the labels' hash.
        validation_limit: the most images that an epoch is judged by, chosen by the seed.
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
                "synthetic is a whole number from 0, validation_limit one from 1. "
                f"Received: {self.synthetic}, {self.validation_limit}"
            )
        if self.validation_fraction is not None and not 0 < self.validation_fraction < 1:
            raise DataError(
                "validation_fraction is a number above 0 and below 1. "
                f"Received: {self.validation_fraction}"
            )


@dataclass(frozen=True)
class ModelSettings:
    """What is built: `CaptchaConfig`, where the characters may be left to the labels.

    Attributes:
        architecture: a network of `captcha_model.networks`.
        characters: the vocabulary; None takes the characters of the labels.
        height: of the input, in pixels.
        width: likewise.
        channels: 1 for grey, 3 for colour.
        resize: how images are brought to that size; see `CaptchaConfig`.
        options: of the architecture.
    """

    architecture: str = "crnn"
    characters: str | None = None
    height: int = 50
    width: int = 200
    channels: int = 1
    resize: str = "stretch"
    options: Mapping[str, int | float] = field(default_factory=dict)

    def config(self, characters: str, options: Mapping[str, int]) -> CaptchaConfig:
        """Return the settings of the model.

        Args:
            characters: of the labels.
            options: what follows from the labels; what is given here goes before it.
        """
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return CaptchaConfig(
            **{
                **values,
                "characters": self.characters or characters,
                "options": {**options, **self.options},
            }
        )
