"""Finding wrong labels: how strongly a model contradicts the labels of images it has not seen.

Let P be the model's exact probability of a text. The other text is the reading or, if the reading
equals the label, the runner-up. The log ratio is log P(other) - log P(label), with natural
logarithms: above 0 the other text is more probable, and exp(log ratio) says by which factor. The
disagreement is the log ratio divided by the number of edits between the two texts.

A ratio is used because of illegible images: there all texts are improbable, including the label, so
that -log P(label) would rank them above labels that are clearly wrong. It is divided by the number
of edits because a model that is unsure about several characters contradicts a label less than one
that is sure of one other character.
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
class AlignedCharacter:
    """A character of a label and the character that was read for it.

    Attributes:
        position: the position in the label, from 1; for an added character, that of the label's
            next character.
        expected: the character of the label; "" if one was added.
        read: the character that was read; "" if one is missing.
        confidence: the confidence of the character that was read, from 0 to 1; None if one is
            missing.
    """

    position: int
    expected: str
    read: str
    confidence: float | None

    @property
    def differs(self) -> bool:
        """Whether the two characters differ."""
        return self.expected != self.read

    def __str__(self) -> str:
        if self.confidence is None:
            return f"{self.position}: {self.expected} not read"
        found = f"{self.read} ({self.confidence:.1%})"
        if not self.expected:
            return f"before {self.position}: {found} added"
        return f"{self.position}: {self.expected} read as {found}"


@dataclass(frozen=True)
class Suspicion:
    """How strongly a model contradicts the label of an image.

    Attributes:
        name: the file name of the image.
        label: the label to check.
        reading: what the model reads.
        log_probability: the natural logarithm of the label's probability; -inf for a label that
            the model cannot read.
        other: the most probable text that is not the label; None if there is none.
        log_ratio: see the module; -inf if there is no other text.
    """

    name: str
    label: str
    reading: Prediction
    log_probability: float
    other: str | None
    log_ratio: float

    @property
    def contradicted(self) -> bool:
        """Whether the reading differs from the label."""
        return self.reading.text != self.label

    @property
    def disagreement(self) -> float:
        """The log ratio divided by the number of edits between the label and the other text."""
        return self.log_ratio / edit_distance(self.label, self.other or "")

    @property
    def alignment(self) -> tuple[AlignedCharacter, ...]:
        """The alignment of the label with the reading that has the fewest edits."""
        aligned, position, read = [], 1, iter(self.reading.characters)
        for expected, got in align(self.label, self.reading.text):
            confidence = next(read).confidence if got else None
            aligned.append(AlignedCharacter(position, expected, got, confidence))
            position += bool(expected)
        return tuple(aligned)

    @property
    def differences(self) -> tuple[AlignedCharacter, ...]:
        """The part of the alignment where the reading differs from the label."""
        return tuple(character for character in self.alignment if character.differs)

    def csv_row(self) -> list[str]:
        """Return a table row with the columns of `CSV_HEADER`."""
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
    """Compare a label with the reading of a model.

    Args:
        name: the file name of the image.
        label: the label to check.
        reading: the reading of a model that was not trained on the image.
        log_probability: the natural logarithm of the label's probability under that model.
    """
    best = reading if reading.text != label else reading.runner_up
    if best is None:
        return Suspicion(name, label, reading, log_probability, None, -math.inf)
    # The smallest positive float, so that a confidence that underflowed to 0 has a logarithm.
    other = math.log(max(best.confidence, 5e-324))
    return Suspicion(name, label, reading, log_probability, best.text, other - log_probability)


def ranked(suspicions: Iterable[Suspicion]) -> list[Suspicion]:
    """Sort by disagreement, strongest first, and then by name."""
    return sorted(suspicions, key=lambda s: (-s.disagreement, s.name))


def to_text(suspicions: Sequence[Suspicion], limit: int = 20) -> str:
    """Return the result of an audit as text for a terminal.

    Args:
        suspicions: one for every image, ranked.
        limit: the maximum number of listed images.
    """
    contradicted = sum(s.contradicted for s in suspicions)
    rows = [("image", "label", "reading", "disagreement", "differences")]
    rows += [
        (s.name, s.label, s.reading.text or "nothing", f"{s.disagreement:.1f}", s.csv_row()[-1])
        for s in suspicions[:limit]
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    summary = f"{contradicted} of {len(suspicions)} readings differ from the label."
    return "\n".join([*lines, "", summary])
