"""The settings of a model: what it reads, how its network is built, what its confidences mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self, TypeAlias

from captcha_model._utils.earlier_formats import AddedKeys, completed
from captcha_model._utils.strict_json import Key, Record
from captcha_model._utils.type_checks import Range, Text
from captcha_model.calibration.constraint_threshold import HIGHEST as MIN_CONSTRAINT_PROBABILITY
from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.decoding.letter_case import Case
from captcha_model.errors import ConfigError, VocabularyError
from captcha_model.vocabulary import MAX_CHARACTERS, ReadingOrder, Vocabulary

FORMAT_VERSION = 9
MAX_SIDE = 1024
MAX_STEPS = 1024
WIDTH_STEP = 16
"""Widths of the resize "scale" are multiples of this, so that many images have one width."""
TEMPERATURES = (0.05, 100.0)
MOST_VIEWS = 5
"""At so many widths an image is read at most; see `captcha_model.inference.views`."""

Resize: TypeAlias = Literal["stretch", "pad", "scale"]
Side: TypeAlias = Annotated[int, Range(8, MAX_SIDE)]
# An architecture knows its options and their bounds, so almost anything may stand here.
OptionName: TypeAlias = Annotated[str, Text(printable=False)]
TextLength: TypeAlias = Annotated[int, Range(0, MAX_STEPS)]
OptionValue: TypeAlias = Annotated[int | float, Range()]

_ADDED: AddedKeys = (
    (2, "resize", "stretch"),
    (3, "calibration", None),
    (4, "calibration.familiarity.text_lengths", None),
    (4, "calibration.min_constraint_probability", MIN_CONSTRAINT_PROBABILITY),
    (4, "reading_order", "visual"),
    (5, "min_width", None),
    (5, "case", "keep"),
    (6, "lengths", None),
    (7, "trim", False),
    (8, "views", 1),
    (9, "closer", False),
)


@dataclass(frozen=True)
class Calibration(Record):
    """What makes confidences probabilities, and which readings are accepted.

    Attributes:
        temperature: the logits are divided by it.
        min_confidence: the lowest confidence of an accepted text; None accepts no text.
        novelty: detects images that are unlike the training images; None detects none. Its key in
            the saved file is "familiarity".
        min_constraint_probability: the lowest probability of a constraint with which a text is
            accepted; formats 1 to 3, which lack it, mean its default.

    Raises:
        ConfigError: a value has the wrong type or is out of its bounds.
    """

    temperature: Annotated[float, Range(*TEMPERATURES)] = 1.0
    min_confidence: Annotated[float, Range(0, 1)] | None = 0.0
    novelty: Annotated[NoveltyDetector | None, Key("familiarity")] = None
    min_constraint_probability: Annotated[float, Range(0, 1)] = MIN_CONSTRAINT_PROBABILITY


@dataclass(frozen=True)
class CaptchaConfig(Record):
    """The settings of a model, checked when they are constructed and immutable afterwards.

    Attributes:
        characters: the vocabulary in the order of its ids, without the blank.
        architecture: the name of a network in `captcha_model.networks`.
        height: rows of the network's input, in pixels.
        width: columns of the network's input, in pixels; with the resize "scale" at most so many.
        channels: 1 for grey, 3 for colour.
        resize: how images are brought to that size: "stretch" fills it, "pad" keeps the aspect
            ratio and fills the rest with the colour of the border, "scale" brings them to the
            height and gives every image a width of its own (see
            `captcha_model.images.preprocessing`).
        min_width: the least columns of the network's input with "scale"; None otherwise.
        trim: whether empty margins are cut away before "scale"; see `captcha_model.images.trim`.
        reading_order: the order of the characters of labels and readings: "visual" is that of the
            picture from left to right, "logical" the one in which they are typed and read; see
            `captcha_model.vocabulary`.
        case: what is done with the case of letters where a reading does not say it; see
            `captcha_model.decoding.letter_case`. It is "ignore" after a training with that.
        lengths: the numbers of characters of the shortest and the longest text that are expected
            where a reading has no length and no pattern: a text of another length gives way to the
            likeliest one of these lengths. None expects any.
        views: at how many widths an image is read that the first reading is not sure of, where a
            reading does not say it; more than one only with the resize "scale".
        closer: whether an image that the first reading is not sure of, and whose text seems to be
            small in it, is looked at more closely as well; only with "scale". See
            `captcha_model.images.text_rows`.
        options: the options of the architecture (numbers of filters and units); an option that is
            not given has the architecture's default.
        calibration: what the confidences mean; None before the model is calibrated.

    Raises:
        ConfigError: a value has the wrong type or is out of its bounds.
    """

    characters: Annotated[str, Text(1, MAX_CHARACTERS)]
    architecture: Annotated[str, Text(1)] = "crnn"
    height: Side = 50
    width: Side = 200
    channels: Literal[1, 3] = 1
    resize: Resize = "stretch"
    min_width: Side | None = None
    trim: bool = False
    reading_order: ReadingOrder = "visual"
    case: Case = "keep"
    lengths: tuple[TextLength, TextLength] | None = None
    views: Annotated[int, Range(1, MOST_VIEWS)] = 1
    closer: bool = False
    # Not a part of the hash, because a mapping has none.
    options: Mapping[OptionName, OptionValue] = field(default_factory=dict, hash=False)
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        # A frozen dataclass is only as frozen as its values.
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))

    def check_together(self) -> None:
        """Check the characters, the lengths, the widths and the channels of the calibration."""
        try:
            _ = self.vocabulary
        except VocabularyError as error:
            raise ConfigError(f"characters: {error}") from error
        if self.lengths and self.lengths[0] > self.lengths[1]:
            raise ConfigError(f"lengths must be ascending. Received: {list(self.lengths)}")
        self._check_widths()
        novelty = self.calibration.novelty if self.calibration else None
        if novelty and novelty.channels != self.channels:
            raise ConfigError(
                f"The novelty detector is for images with {novelty.channels} channels, but the "
                f"model's images have {self.channels}."
            )

    def _check_widths(self) -> None:
        if (self.resize == "scale") != (self.min_width is not None):
            raise ConfigError(
                "min_width belongs to the resize 'scale', which needs it. "
                f"Received: {self.resize!r} and {self.min_width!r}"
            )
        if self.min_width is None:
            for name in ("trim", "closer"):
                if getattr(self, name):
                    raise ConfigError(
                        f"{name} belongs to the resize 'scale'. Received: {self.resize!r}"
                    )
            if self.views > 1:
                raise ConfigError(
                    "More than one view belongs to the resize 'scale'. "
                    f"Received: {self.views} views and {self.resize!r}"
                )
            return
        if self.width % WIDTH_STEP or self.min_width % WIDTH_STEP or self.min_width > self.width:
            raise ConfigError(
                f"min_width and width must be multiples of {WIDTH_STEP} in ascending order. "
                f"Received: {self.min_width} and {self.width}"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        # The read-only view of the options cannot be pickled.
        return (type(self).from_dict, (self.to_dict(),))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The characters as a `Vocabulary`."""
        return Vocabulary(self.characters, self.reading_order)

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """The shape of the largest image at the network's input: (height, width, channels)."""
        return (self.height, self.width, self.channels)

    @property
    def network_shape(self) -> tuple[int, int | None, int]:
        """The shape of an image that the network takes; a width of None is any."""
        return (self.height, None if self.any_width else self.width, self.channels)

    @property
    def any_width(self) -> bool:
        """Whether every image has a width of its own at the network's input."""
        return self.min_width is not None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that `from_dict` takes back; the first is the format's version."""
        return {"format_version": FORMAT_VERSION, **super().to_dict()}

    @classmethod
    def from_dict(cls, values: Any, *, partial: bool = False) -> Self:
        """Build the settings from `to_dict`'s values, in this format or an earlier one.

        Raises:
            ConfigError: not a mapping, a missing or an unknown key, a newer format, or a value
                that is not valid.
        """
        if not isinstance(values, dict):
            raise ConfigError(
                f"The settings must be a JSON object. Received: {type(values).__name__}"
            )
        version = values.get("format_version")
        if type(version) is not int or version < 1:
            raise ConfigError(
                f"format_version must be a whole number of at least 1. Received: {version!r:.80}"
            )
        if version > FORMAT_VERSION:
            raise ConfigError(
                f"This model was saved in format {version}, and this version of captcha_model "
                f"reads formats up to {FORMAT_VERSION}. Upgrade captcha_model.",
                code="FORMAT_TOO_NEW",
            )
        given = {key: value for key, value in values.items() if key != "format_version"}
        try:
            complete = completed(given, version, _ADDED)
        except ValueError as error:
            raise ConfigError(str(error)) from error
        return super().from_dict(complete, partial=partial)
