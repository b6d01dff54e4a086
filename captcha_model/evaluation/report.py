"""How well a model reads labelled images."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from captcha_model.errors import DataError
from captcha_model.metrics.calibration_error import Reliability, measure
from captcha_model.metrics.intervals import wilson_interval
from captcha_model.metrics.text import align, character_error_rate
from captcha_model.prediction import Prediction


@dataclass(frozen=True)
class LabelledReading:
    """What an image should read and what was read, with the confidence of the whole text."""

    name: str
    label: str
    reading: str
    confidence: float

    @property
    def right(self) -> bool:
        """Whether the text was read without any mistake."""
        return self.reading == self.label


@dataclass(frozen=True)
class CharacterCount:
    """How often a character stood in the labels, and how often it was read right."""

    character: str
    total: int
    correct: int


@dataclass(frozen=True)
class Confusion:
    """How often one character was read for another; "" means a missing or an added one."""

    expected: str
    read: str
    count: int


@dataclass(frozen=True)
class EvaluationReport:
    """The result of an evaluation.

    Attributes:
        cer: all edits over all reference characters.
        characters: one count for every character of the labels, sorted.
        confusions: the mistakes by kind, most frequent first.
        readings: every image, in the order of the data.
    """

    cer: float
    characters: tuple[CharacterCount, ...]
    confusions: tuple[Confusion, ...]
    readings: tuple[LabelledReading, ...]

    @property
    def images(self) -> int:
        """How many images were read."""
        return len(self.readings)

    @property
    def correct(self) -> int:
        """How many of them were read without any mistake."""
        return sum(r.right for r in self.readings)

    @property
    def wrong(self) -> tuple[LabelledReading, ...]:
        """Every wrong reading, least confident first."""
        wrong = (r for r in self.readings if not r.right)
        return tuple(sorted(wrong, key=lambda r: r.confidence))

    @property
    def word_accuracy(self) -> float:
        """The share of texts read without any mistake."""
        return self.correct / self.images

    @property
    def word_error_rate(self) -> float:
        """The share of texts read with a mistake; a label counts as one word."""
        return (self.images - self.correct) / self.images

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95 % interval of the word accuracy."""
        return wilson_interval(self.correct, self.images)

    @property
    def reliability(self) -> Reliability:
        """How far the confidences of the texts can be trusted."""
        return measure([r.confidence for r in self.readings], [r.right for r in self.readings])

    def to_dict(self, *, each: bool = False) -> dict[str, Any]:
        """Return plain values for JSON.

        Args:
            each: add the list `readings`: every image with its label and its reading.
        """
        readings = [{**vars(r), "right": r.right} for r in self.readings]
        return {
            "images": self.images,
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
            **({"readings": readings} if each else {}),
        }

    def to_text(self, most: int = 10, *, each: bool = False) -> str:
        """Return the report for a terminal.

        Args:
            most: how many kinds of confusions are listed at most.
            each: begin with a line for every image.
        """
        low, high = self.interval
        lines = [*_table(self.readings), ""] if each else []
        lines += [
            f"images           {self.images}",
            f"word accuracy    {self.word_accuracy:.2%}  ({self.correct} right; "
            f"95 % interval {low:.2%} to {high:.2%})",
            f"word error rate  {self.word_error_rate:.2%}",
            f"CER              {self.cer:.3%}",
            self.reliability.to_text(),
            "",
            "accuracy per character",
        ]
        cells = [
            f"{c.character} {c.correct / c.total:7.2%} of {c.total:<5}" for c in self.characters
        ]
        lines += ["  " + "  ".join(cells[i : i + 4]).rstrip() for i in range(0, len(cells), 4)]
        if self.confusions:
            lines += ["", "most frequent confusions (expected -> read)"]
            lines += [
                f"  {c.expected or 'nothing'} -> {c.read or 'nothing'}  {c.count}"
                for c in self.confusions[:most]
            ]
        if self.wrong:
            lines += ["", "wrong readings"]
            lines += [
                f"  {w.name}: {w.label} read as {w.reading or 'nothing'} "
                f"(confidence {w.confidence:.1%})"
                for w in self.wrong
            ]
        return "\n".join(lines)


def evaluate(
    names: Sequence[str], labels: Sequence[str], readings: Sequence[Prediction]
) -> EvaluationReport:
    """Compare readings with labels.

    Args:
        names: of the images, for the lists.
        labels: what they should read.
        readings: what the model read.

    Raises:
        DataError: there is nothing to compare.
        ValueError: the lists differ in length.
    """
    if not labels:
        raise DataError("There are no images to evaluate.", code="PART_EMPTY")
    pairs: Counter[tuple[str, str]] = Counter()
    for label, reading in zip(labels, readings, strict=True):
        pairs.update(align(label, reading.text))
    totals: Counter[str] = Counter("".join(labels))
    mistakes = sorted(
        ((pair, n) for pair, n in pairs.items() if pair[0] != pair[1]),
        key=lambda item: (-item[1], item[0]),
    )
    return EvaluationReport(
        cer=character_error_rate(labels, [r.text for r in readings]),
        characters=tuple(CharacterCount(c, totals[c], pairs[c, c]) for c in sorted(totals)),
        confusions=tuple(Confusion(*pair, count) for pair, count in mistakes),
        readings=tuple(
            LabelledReading(name, label, reading.text, reading.confidence)
            for name, label, reading in zip(names, labels, readings, strict=True)
        ),
    )


def _table(readings: Sequence[LabelledReading]) -> list[str]:
    """Return a header and a line for every reading, in columns."""
    rows = [("image", "label", "reading", "confidence")]
    rows += [(r.name, r.label, r.reading or "nothing", f"{r.confidence:.1%}") for r in readings]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    marks = ["", *("" if r.right else "wrong" for r in readings)]
    return [
        "  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=True)), mark]).rstrip()
        for row, mark in zip(rows, marks, strict=True)
    ]
