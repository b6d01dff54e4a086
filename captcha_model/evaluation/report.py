"""The result of an evaluation: readings compared with labels, as metrics, JSON and text."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from captcha_model.decoding.letter_case import Case, comparable
from captcha_model.errors import DataError
from captcha_model.evaluation.report_text import to_text
from captcha_model.metrics.calibration_error import Reliability, measure
from captcha_model.metrics.intervals import wilson_interval
from captcha_model.metrics.text import align, character_error_rate
from captcha_model.prediction import Prediction

_CASES = {"ignore": "case ignored", "lower": "in lower case", "upper": "in upper case"}


@dataclass(frozen=True)
class LabelledReading:
    """An image's label and what the model read.

    Attributes:
        name: the file name of the image.
        label: the true text.
        reading: the text that the model read; may be empty.
        confidence: the confidence of the whole text, from 0 to 1.
    """

    name: str
    label: str
    reading: str
    confidence: float

    @property
    def right(self) -> bool:
        """Whether the whole text was read correctly."""
        return self.reading == self.label


@dataclass(frozen=True)
class CharacterCount:
    """How often a character is in the labels, and how often it was read correctly."""

    character: str
    total: int
    correct: int


@dataclass(frozen=True)
class Confusion:
    """How often one character was read as another; "" is a missing or an added character."""

    expected: str
    read: str
    count: int


@dataclass(frozen=True)
class EvaluationReport:
    """The result of an evaluation over N images.

    Attributes:
        cer: the character error rate: all edits divided by all reference characters.
        characters: one count for every character of the labels, sorted by character.
        confusions: the mistakes by kind, most frequent first.
        readings: N readings, in the order of the data.
        case: what was done with the case of letters; see `captcha_model.decoding.letter_case`. All
            labels and readings are in lower case with "ignore" or "lower", in upper case with
            "upper".
        options: the other options that were given for reading, by name.
    """

    cer: float
    characters: tuple[CharacterCount, ...]
    confusions: tuple[Confusion, ...]
    readings: tuple[LabelledReading, ...]
    case: Case = "keep"
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_readings(
        cls,
        names: Sequence[str],
        labels: Sequence[str],
        readings: Sequence[Prediction],
        case: Case = "keep",
        options: Mapping[str, Any] | None = None,
    ) -> "EvaluationReport":
        """Compare readings with labels.

        Args:
            names: N file names.
            labels: N true texts.
            readings: N predictions, in the same order.
            case: how the model read; texts that are equal in it are right.
            options: what else it read with.

        Raises:
            DataError: there are no images.
            ValueError: the lengths differ.
        """
        if not labels:
            raise DataError("There are no images to evaluate.", code="SPLIT_EMPTY")
        labels = [comparable(label, case) for label in labels]
        texts = [comparable(reading.text, case) for reading in readings]
        pairs: Counter[tuple[str, str]] = Counter()
        for label, text in zip(labels, texts, strict=True):
            pairs.update(align(label, text))
        totals: Counter[str] = Counter("".join(labels))
        mistakes = sorted(
            ((pair, n) for pair, n in pairs.items() if pair[0] != pair[1]),
            key=lambda item: (-item[1], item[0]),
        )
        return cls(
            cer=character_error_rate(labels, texts),
            characters=tuple(CharacterCount(c, totals[c], pairs[c, c]) for c in sorted(totals)),
            confusions=tuple(Confusion(*pair, count) for pair, count in mistakes),
            readings=tuple(
                LabelledReading(name, label, text, reading.confidence)
                for name, label, text, reading in zip(names, labels, texts, readings, strict=True)
            ),
            case=case,
            options=options or {},
        )

    @property
    def case_name(self) -> str:
        """How labels and readings were compared, in words; empty with the case "keep"."""
        return _CASES.get(self.case, "")

    @property
    def options_text(self) -> str:
        """What the images were read with, beside the case, in words."""
        return ", ".join(f"{name} {value}" for name, value in self.options.items())

    @property
    def images(self) -> int:
        """The number of images N."""
        return len(self.readings)

    @property
    def correct(self) -> int:
        """The number of images whose whole text was read correctly."""
        return sum(r.right for r in self.readings)

    @property
    def wrong(self) -> tuple[LabelledReading, ...]:
        """The wrong readings, least confident first."""
        wrong = (r for r in self.readings if not r.right)
        return tuple(sorted(wrong, key=lambda r: r.confidence))

    @property
    def word_accuracy(self) -> float:
        """The fraction of images whose whole text was read correctly."""
        return self.correct / self.images

    @property
    def word_error_rate(self) -> float:
        """The fraction of texts with at least one mistake; a label counts as one word."""
        return (self.images - self.correct) / self.images

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95 % interval of the word accuracy."""
        return wilson_interval(self.correct, self.images)

    @property
    def reliability(self) -> Reliability:
        """How well the confidences of the texts are calibrated."""
        return measure([r.confidence for r in self.readings], [r.right for r in self.readings])

    def to_dict(self, *, per_image: bool = False) -> dict[str, Any]:
        """Return plain values for JSON.

        Args:
            per_image: add the list `readings` with the label and the reading of every image.
        """
        readings = [{**vars(r), "right": r.right} for r in self.readings]
        return {
            "images": self.images,
            "case": self.case,
            "options": dict(self.options),
            "correct": self.correct,
            "word_accuracy": self.word_accuracy,
            "word_accuracy_95": list(self.interval),
            "word_error_rate": self.word_error_rate,
            "cer": self.cer,
            "reliability": self.reliability.to_dict(),
            "characters": [
                {**vars(c), "accuracy": round(c.correct / c.total, 6)} for c in self.characters
            ],
            "confusions": [dict(vars(c)) for c in self.confusions],
            "wrong": [dict(vars(w)) for w in self.wrong],
            **({"readings": readings} if per_image else {}),
        }

    def to_text(
        self,
        max_confusions: int = 10,
        *,
        per_image: bool = False,
        max_wrong: int | None = None,
        where: str = "",
    ) -> str:
        """Return the report as text for a terminal.

        Args:
            max_confusions: the maximum number of confusions that are listed.
            per_image: start with a line for every image.
            max_wrong: the maximum number of wrong readings that are listed, the least confident
                and the most confident ones; None lists all.
            where: where all of them are, such as "in report.json"; may be empty.
        """
        return to_text(self, max_confusions, per_image=per_image, max_wrong=max_wrong, where=where)
