"""The strength of a captcha as figures, a verdict, JSON and text."""

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from captcha_model.evaluation.report import EvaluationReport
from captcha_model.metrics.intervals import Z_95, wilson_interval
from captcha_model.metrics.selective import OperatingPoint

BROKEN = 0.01
"""A captcha counts as broken if a program reads this share of it (Bursztein, Martin and Mitchell,
"Text-based CAPTCHA strengths and weaknesses", 2011)."""
_OPEN = 0.5
_CONFUSIONS = 10

Verdict: TypeAlias = Literal["none", "weak", "unclear", "not_read", "not_measured"]
Way: TypeAlias = Literal["text", "informed", "sums"]

_READS: dict[Way, str] = {
    "text": "reads it",
    "informed": "but knows its characters and lengths reads it",
    "sums": "reads it and works out the sum",
}


class Share(NamedTuple):
    """How many of some images are read."""

    right: int
    images: int

    @property
    def value(self) -> float:
        """From 0 to 1."""
        return self.right / self.images

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95 % interval."""
        return wilson_interval(self.right, self.images)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        low, high = self.interval
        return {
            **self._asdict(),
            "share": round(self.value, 6),
            "share_95": [round(low, 6), round(high, 6)],
        }

    def to_text(self) -> str:
        """Return the share, the counts and the interval."""
        low, high = self.interval
        return (
            f"{self.value:7.2%}  ({self.right} of {self.images}; 95% interval {low:.2%} to "
            f"{high:.2%})"
        )


@dataclass(frozen=True)
class StrengthReport:
    """What a model reads of a captcha that it was not trained on.

    Attributes:
        ignoring_case: whole texts read, in whatever case.
        exact: whole texts read in their own case.
        informed: as `ignoring_case`, by a reader that knows the characters and lengths of the
            labels; None if the model knows none of the characters.
        sums: the results of the sums that the texts are; None if not all labels are whole numbers
            or no text is a sum.
        unreadable: how many files are no image that can be read; they count nowhere.
        animations: of how many images other frames than the first were not read.
        unknown_characters: those of the labels that the model knows in neither case.
        report: the comparison of labels and readings, both in lower case; of labels and results
            if more of these are right. So are the next two.
        lengths: as `ignoring_case`, by the length of the label.
        most_confident: the most confident readings of which 95 % are right.
        seconds_per_image: from file to text, in a list.
    """

    ignoring_case: Share
    exact: Share
    informed: Share | None
    sums: Share | None
    unreadable: int
    animations: int
    unknown_characters: str
    report: EvaluationReport
    lengths: dict[int, Share]
    most_confident: OperatingPoint
    seconds_per_image: float

    @property
    def way(self) -> Way:
        """The best way to read, which is what an attacker would use.

        - `text`: as it is;
        - `informed`: knowing characters and lengths;
        - `sums`: working out the sum that a text is.
        """
        return max(self._ways, key=lambda way: self._ways[way].right)

    @property
    def best(self) -> Share:
        """What is read in the best way."""
        return self._ways[self.way]

    @property
    def _ways(self) -> dict[Way, Share]:
        ways: dict[Way, Share] = {"text": self.ignoring_case}
        if self.informed:
            ways["informed"] = self.informed
        if self.sums:
            ways["sums"] = self.sums
        return ways

    @property
    def _is_of_sums(self) -> bool:
        """Whether the comparison is that of labels and results."""
        return self.sums is not None and self.sums.right > self.ignoring_case.right

    @property
    def verdict(self) -> Verdict:
        """What the figures say.

        - `none`: at least half of the texts is read;
        - `weak`: surely at least 1 %;
        - `unclear`: there are too few images to tell;
        - `not_read`: surely less than 1 %;
        - `not_measured`: less, but the model does not know all characters of the labels.
        """
        low, high = self.best.interval
        if self.best.value >= _OPEN:
            return "none"
        if low >= BROKEN:
            return "weak"
        if self.unknown_characters:
            return "not_measured"
        return "not_read" if high < BROKEN else "unclear"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        point = self.most_confident
        return {
            "images": self.ignoring_case.images,
            "unreadable": self.unreadable,
            "animations": self.animations,
            "ignoring_case": self.ignoring_case.to_dict(),
            "exact": self.exact.to_dict(),
            "informed": self.informed.to_dict() if self.informed else None,
            "sums": self.sums.to_dict() if self.sums else None,
            "best_way": self.way,
            "cer": round(self.report.cer, 6),
            "unknown_characters": self.unknown_characters,
            "lengths": {str(length): share.to_dict() for length, share in self.lengths.items()},
            "most_confident": {
                "precision": point.precision,
                "coverage": round(point.coverage, 6),
                "accepted": point.accepted,
                "right": point.right,
                "min_confidence": point.threshold,
            },
            "confusions": [dict(vars(c)) for c in self.report.confusions],
            "seconds_per_image": round(self.seconds_per_image, 6),
            "verdict": self.verdict,
            "explanation": self.explanation,
        }

    def to_text(self) -> str:
        """Return the figures and the verdict for a terminal."""
        lines = [
            f"texts read, case ignored  {self.ignoring_case.to_text()}",
            f"in their own case         {self.exact.to_text()}",
        ]
        if self.informed:
            lines.append(f"knowing charset, length   {self.informed.to_text()}")
        if self.sums:
            lines.append(f"result of the sum         {self.sums.to_text()}")
        point = self.most_confident
        if self.unknown_characters:
            lines.append(f"unknown to the model      {self.unknown_characters}")
        lines += [
            f"characters wrong (CER)    {self.report.cer:7.2%}",
            f"picking sure readings     {point.coverage:7.2%}  of the images can be answered so "
            f"that {point.precision:.0%} of the answers are right",
            f"time                      {self.seconds_per_image * 1000:7.2f} ms per image",
            "",
            f"by the length of the {'result' if self._is_of_sums else 'text'}",
            *(f"  {length:<3} {share.to_text()}" for length, share in self.lengths.items()),
        ]
        if self.report.confusions:
            read = "result" if self._is_of_sums else "read, in lower case"
            lines += ["", f"most confused characters (label -> {read})"]
            lines += [
                f"  {c.expected or 'nothing'} -> {c.read or 'nothing'}  {c.count}"
                for c in self.report.confusions[:_CONFUSIONS]
            ]
        return "\n".join([*lines, "", self.explanation])

    @property
    def explanation(self) -> str:
        """The verdict in sentences for a person."""
        low, high = self.best.interval
        further = (
            "This measures reading without training: with some hundred labelled images of this "
            "captcha a network learns to read more of it, so it shows no strength. `captcha-model "
            "train` measures that."
        )
        if self.verdict in ("none", "weak"):
            name = "No protection" if self.verdict == "none" else "Weak"
            tries = max(1, round(1 / self.best.value))
            often = "at the first attempt" if tries == 1 else f"at one of {tries} attempts"
            return (
                f"{name}: a program that has never seen this captcha {_READS[self.way]} {often} "
                f"({self.best.value:.1%}). From {BROKEN:.0%} on a captcha counts as broken."
            )
        if self.verdict == "not_measured":
            return (
                f"Not measured: the model does not know the characters "
                f"{self.unknown_characters!r} of the labels, so that it reads little says nothing. "
                "Choose a model that knows them with --model."
            )
        if self.verdict == "unclear":
            return (
                f"Not decided: between {low:.2%} and {high:.2%} are read, and a captcha counts as "
                f"broken from {BROKEN:.0%} on. {_needed(self.best)} {further}"
            )
        return f"Not read without training: at most {high:.2%} of the texts. {further}"


def _needed(share: Share) -> str:
    """Return how many images would decide, if none is read."""
    if share.right:
        return "Give more labelled images."
    least = math.ceil(Z_95**2 * (1 - BROKEN) / BROKEN)
    return f"If none is read, {least} labelled images decide it."
