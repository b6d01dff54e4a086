"""The settings of a run besides the training: its data and its model."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from captcha_model._utils.strict_json import Record
from captcha_model._utils.type_checks import Range, Text
from captcha_model.config import (
    MOST_VIEWS,
    CaptchaConfig,
    OptionName,
    OptionValue,
    Resize,
    Side,
)
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.synthetic.looks.families import PREFIX
from captcha_model.decoding.letter_case import Case
from captcha_model.errors import DataError
from captcha_model.training.alphabet import Alphabet
from captcha_model.training.run_config.settings import MAX_SOURCE
from captcha_model.vocabulary import MAX_CHARACTERS, ReadingOrder


@dataclass(frozen=True)
class DataSettings(SourceOptions, error=DataError):
    """Where the images come from and how they are split: `SourceOptions` and more.

    Attributes:
        source: a data set, as in `captcha_model.data.sources`, or "synthetic:..." as in
            `captcha_model.data.synthetic.looks.drawn_images`; "" if the images are passed in.
        strict: fail on any unreadable image instead of skipping up to 1 %.
        stream: decode images on demand instead of keeping all of them in memory.
        case: of the labels; see `CaptchaConfig.case`, which it becomes. "lower" and "upper" convert
            labels, and with "ignore" the loss takes both cases of each of their letters.
        fonts: a folder of fonts for a source "synthetic:..."; "" is the built-in ones.
        labelled: a data set, whose images are among those that a source "synthetic:..." draws; ""
            is none.
        labelled_share: of the images of `labelled` among all; they are repeated, each time in a new
            order.
        synthetic: the number of synthetic images to add to the training split.
        validation_fraction: of a random split with the seed; None splits by the hash of the label.
        unlabelled: a folder of images without a label, which join the training of a cross-fitted
            model where it is sure of them (see `captcha_model.training.few_labels.pseudo_labels`);
            "" is none.
        cross_fit_below: with fewer images than this, the model is trained on all of them, and
            cross-fitting takes the place of the validation split (see
            `captcha_model.training.few_labels.cross_fit`); not with a validation_fraction.
        validation_limit: the largest size of the validation split; the seed chooses the images.
    """

    source: Annotated[str, Text(longest=MAX_SOURCE, printable=False)] = ""
    strict: bool = False
    stream: bool = False
    case: Case = "keep"
    fonts: Annotated[str, Text(longest=MAX_SOURCE, printable=False)] = ""
    labelled: Annotated[str, Text(longest=MAX_SOURCE, printable=False)] = ""
    labelled_share: Annotated[float, Range(0, 1, above=True, below=True)] = 0.2
    synthetic: Annotated[int, Range(0)] = 0
    validation_fraction: Annotated[float, Range(0, 1, above=True, below=True)] | None = None
    unlabelled: Annotated[str, Text(longest=MAX_SOURCE, printable=False)] = ""
    cross_fit_below: Annotated[int, Range(0)] = 0
    validation_limit: Annotated[int, Range(1)] = 10_000

    def check_together(self) -> None:
        """Check the options of the source, and that there is one rule for the splits."""
        super().check_together()
        if self.labelled and not self.source.startswith(PREFIX):
            raise self.invalid(
                "Labelled images are added to those that are drawn, and are otherwise the source "
                f"itself. Received: labelled {self.labelled!r} and source {self.source!r}"
            )
        if self.splits == "folders" and self.validation_fraction is not None:
            raise self.invalid(
                "Splits by folders and a random split exclude each other. Received: splits "
                f"'folders' and validation_fraction {self.validation_fraction}"
            )


@dataclass(frozen=True)
class ModelSettings(Record):
    """The model to build: `CaptchaConfig`, but the characters may be left to the labels.

    Attributes:
        architecture: the name of a network in `captcha_model.networks`.
        characters: the vocabulary; None takes those of the labels and of the alphabet.
        alphabet: which characters the vocabulary has besides those of the labels; see
            `captcha_model.training.alphabet`.
        height: of the network's input, in pixels.
        width: of the network's input, in pixels.
        channels: 1 for grey, 3 for colour.
        resize: how images of other sizes are resized; see `CaptchaConfig`.
        min_width: the least width with the resize "scale"; see `CaptchaConfig`.
        trim: whether empty margins are cut away first with "scale"; see `CaptchaConfig`.
        views: at how many widths the model reads an image that it is not sure of with "scale"; see
            `CaptchaConfig`.
        closer: whether it looks more closely at small text with "scale"; see `CaptchaConfig`.
        reading_order: of the labels; see `CaptchaConfig`. None is "visual", with a warning if there
            are right-to-left letters.
        options: of the architecture; those that are left out have its defaults.
    """

    architecture: str = "crnn"
    characters: Annotated[str, Text(1, MAX_CHARACTERS)] | None = None
    alphabet: Alphabet = "labels"
    height: Side = 50
    width: Side = 200
    channels: Literal[1, 3] = 1
    resize: Resize = "stretch"
    min_width: Side | None = None
    trim: bool = False
    views: Annotated[int, Range(1, MOST_VIEWS)] = 1
    closer: bool = False
    reading_order: ReadingOrder | None = None
    options: Mapping[OptionName, OptionValue] = field(default_factory=dict)

    def config(self, characters: str, options: Mapping[str, int]) -> CaptchaConfig:
        """Return the configuration of the model.

        Args:
            characters: the vocabulary.
            options: of the architecture that follow from the labels; own options override them.
        """
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        del values["alphabet"]
        return CaptchaConfig(
            **{
                **values,
                "characters": characters,
                "reading_order": self.reading_order or "visual",
                "options": {**options, **self.options},
            }
        )
