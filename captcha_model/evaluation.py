"""How well a model reads labelled images."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from captcha_model.errors import DataError
from captcha_model.metrics import align, character_error_rate, wilson_interval
from captcha_model.prediction import Prediction


@dataclass(frozen=True)
class WrongReading:
    """An image that was not read as its label says."""

    name: str
    label: str
    reading: str
    confidence: float


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
        images: how many were read.
        correct: how many of them without any mistake.
        cer: all edits over all reference characters.
        characters: one count for every character of the labels, sorted.
        confusions: the mistakes by kind, most frequent first.
        wrong: every wrong reading, least confident first.
    """

    images: int
    correct: int
    cer: float
    characters: tuple[CharacterCount, ...]
    confusions: tuple[Confusion, ...]
    wrong: tuple[WrongReading, ...]

    @property
    def word_accuracy(self) -> float:
        """The share of texts read without any mistake."""
        return self.correct / self.images

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95 % interval of the word accuracy."""
        return wilson_interval(self.correct, self.images)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "images": self.images,
            "correct": self.correct,
            "word_accuracy": self.word_accuracy,
            "word_accuracy_95": list(self.interval),
            "cer": self.cer,
            "characters": [
                {**vars(c), "accuracy": round(c.correct / c.total, 6)} for c in self.characters
            ],
            "confusions": [dict(vars(c)) for c in self.confusions],
            "wrong": [dict(vars(w)) for w in self.wrong],
        }

    def to_text(self, most: int = 10) -> str:
        """Return the report for a terminal, with up to `most` confusions."""
        low, high = self.interval
        lines = [
            f"images         {self.images}",
            f"word accuracy  {self.word_accuracy:.2%}  ({self.correct} right; "
            f"95 % interval {low:.2%} to {high:.2%})",
            f"CER            {self.cer:.3%}",
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
        names: of the images, for the list of wrong ones.
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
    wrong = [
        WrongReading(name, label, reading.text, reading.confidence)
        for name, label, reading in zip(names, labels, readings, strict=True)
        if label != reading.text
    ]
    return EvaluationReport(
        images=len(labels),
        correct=len(labels) - len(wrong),
        cer=character_error_rate(labels, [r.text for r in readings]),
        characters=tuple(CharacterCount(c, totals[c], pairs[c, c]) for c in sorted(totals)),
        confusions=tuple(Confusion(*pair, count) for pair, count in mistakes),
        wrong=tuple(sorted(wrong, key=lambda w: w.confidence)),
    )
