"""Which labels a model doubts, given what it reads in images that it never saw.

Let P be the model's exact probability of a whole text, and let the other text be the one that is
read or, where the label is read, its runner-up. The log ratio is log P(other) - log P(label), in
natural logarithms: above 0 the other text is the likelier one, and the exponential says how many
times as probable as the label it is. The disagreement is the log ratio for every edit between the
two.

Both are ratios because of images that nobody can read: all texts are improbable there, the label
too, and -log P(label) would put them before labels that are plainly contradicted. They are shared
among the edits because a model that hesitates over several characters contradicts a label less than
one that is sure of another character in one place.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from captcha_model.metrics.text import align, edit_distance
from captcha_model.prediction import Prediction

CSV_HEADER = (
    "file",
    "label",
    "reading",
    "disagreement",
    "log_ratio",
    "label_log_probability",
    "reading_confidence",
    "other",
    "differences",
)


@dataclass(frozen=True)
class Place:
    """A character of a label and what was read for it.

    Attributes:
        number: of the label's character, from 1; of one that is only read, that of the label's
            character which it stands before.
        expected: the label's character; "" if there is none.
        read: the character that was read; "" if there is none.
        confidence: of the character that was read, from 0 to 1; None if there is none.
    """

    number: int
    expected: str
    read: str
    confidence: float | None

    @property
    def differs(self) -> bool:
        """Whether something else was read than the label has."""
        return self.expected != self.read

    def __str__(self) -> str:
        if self.confidence is None:
            return f"{self.number}: {self.expected} not read"
        found = f"{self.read} ({self.confidence:.1%})"
        if not self.expected:
            return f"before {self.number}: {found} added"
        return f"{self.number}: {self.expected} read as {found}"


@dataclass(frozen=True)
class Suspicion:
    """An image with its label and what a model thinks of it.

    Attributes:
        name: of the image's file.
        label: what it should read.
        reading: what the model reads.
        log_probability: the natural logarithm of the label's probability; -inf for a label that
            the model cannot read.
        other: the most probable text that is not the label; None if the model knows none.
        log_ratio: see the module; -inf where there is no other text.
    """

    name: str
    label: str
    reading: Prediction
    log_probability: float
    other: str | None
    log_ratio: float

    @property
    def contradicted(self) -> bool:
        """Whether something else is read than the label says."""
        return self.reading.text != self.label

    @property
    def disagreement(self) -> float:
        """The log ratio for every edit between the label and the other text."""
        return self.log_ratio / edit_distance(self.label, self.other or "")

    @property
    def places(self) -> tuple[Place, ...]:
        """The characters of the label beside those of the reading, with the fewest edits."""
        found, number, read = [], 1, iter(self.reading.characters)
        for expected, got in align(self.label, self.reading.text):
            confidence = next(read).confidence if got else None
            found.append(Place(number, expected, got, confidence))
            number += bool(expected)
        return tuple(found)

    @property
    def differences(self) -> tuple[Place, ...]:
        """The places where something else is read."""
        return tuple(place for place in self.places if place.differs)

    def csv_row(self) -> list[str]:
        """Return one row under `CSV_HEADER`."""
        return [
            self.name,
            self.label,
            self.reading.text,
            f"{self.disagreement:.4f}",
            f"{self.log_ratio:.4f}",
            f"{self.log_probability:.4f}",
            f"{self.reading.confidence:.6f}",
            self.other or "",
            "; ".join(map(str, self.differences)),
        ]


def suspect(name: str, label: str, reading: Prediction, log_probability: float) -> Suspicion:
    """Compare a label with what a model reads.

    Args:
        name: of the image's file.
        label: what it should read.
        reading: of a model that never saw the image.
        log_probability: the natural logarithm of the label's probability by that model.
    """
    best = reading if reading.text != label else reading.runner_up
    if best is None:
        return Suspicion(name, label, reading, log_probability, None, -math.inf)
    # What is below the smallest number has no logarithm; nothing that is read ever comes near it.
    other = math.log(max(best.confidence, 5e-324))
    return Suspicion(name, label, reading, log_probability, best.text, other - log_probability)


def ranked(suspicions: Iterable[Suspicion]) -> list[Suspicion]:
    """Return suspicions with the strongest disagreement first, and equal ones by name."""
    return sorted(suspicions, key=lambda s: (-s.disagreement, s.name))


def to_text(suspicions: Sequence[Suspicion], most: int = 20) -> str:
    """Return what an audit found for a terminal.

    Args:
        suspicions: of all images, ranked.
        most: how many of them are listed.
    """
    against = sum(s.contradicted for s in suspicions)
    rows = [("image", "label", "reading", "disagreement", "differences")]
    rows += [
        (s.name, s.label, s.reading.text or "nothing", f"{s.disagreement:.1f}", s.csv_row()[-1])
        for s in suspicions[:most]
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    count = f"{against} of {len(suspicions)} images are read otherwise than they are labelled."
    return "\n".join([*lines, "", count])
