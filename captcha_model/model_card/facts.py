"""The kinds of facts on a model card: of a training, of an evaluation, of a calibration."""

import datetime
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from captcha_model._utils.strict_json import Key, Record
from captcha_model._utils.type_checks import MAX_WHOLE, Range, Text
from captcha_model.evaluation.report import Confusion, EvaluationReport
from captcha_model.metrics.intervals import wilson_interval

MAX_CONFUSIONS = 20
CROSS_VALIDATION = "cross-validation"

Date: TypeAlias = Annotated[str, Text(pattern=r"\d{4}-\d{2}-\d{2}")]
Count: TypeAlias = Annotated[int, Range(0, MAX_WHOLE)]
Positive: TypeAlias = Annotated[int, Range(1, MAX_WHOLE)]
Share: TypeAlias = Annotated[float, Range(0, 1)]


@dataclass(frozen=True)
class TrainingFacts(Record, code="FACTS_INVALID"):
    """How a model was trained.

    Attributes:
        date: the day on which the training ended, as YYYY-MM-DD.
        recipe: the name of the recipe.
        changed: the settings that differ from the recipe's: the value of each by its name.
        data: the name of the images' source, without the folder that it lies in.
        validation_fraction: the fraction of a random split; None for the split by the labels' hash.
        images: the number of training images from that source.
        synthetic: the number of synthetic training images.
        validation_images: the number of images by which its epochs were evaluated; 0 if models of
            the same training that read the images of a fold took their place.
        lengths: the lengths of the shortest and the longest label, in characters.
        epochs: the number of epochs.
        best_epoch: the epoch whose weights were kept; None if those of the last one were kept.
        seconds: the duration.
        seed: the seed of everything random.
    """

    date: Date
    recipe: str
    changed: Mapping[str, str]
    data: str
    validation_fraction: Annotated[float, Range(0, 1, above=True, below=True)] | None
    images: Positive
    synthetic: Annotated[int, Range(0, MAX_WHOLE), Key("drawn")]
    validation_images: Count
    lengths: tuple[Count, Positive]
    epochs: Positive
    best_epoch: Positive | None
    seconds: Annotated[float, Range(0)] | None
    seed: Count

    def check_together(self) -> None:
        """Check that the best epoch is one of the epochs."""
        if self.best_epoch is not None and self.best_epoch > self.epochs:
            raise self.invalid(f"best_epoch is {self.best_epoch} of {self.epochs} epochs")

    @property
    def shows_images(self) -> bool:
        """Whether the card may show images of the training."""
        return self.changed.get("training.card_images") == "true"

    @property
    def command(self) -> str:
        """The command that repeats the training, except for the settings in `changed`."""
        words = ["captcha-model", "train", "--recipe", self.recipe, "--data", self.data]
        if self.synthetic:
            words += ["--synthetic", str(self.synthetic)]
        if self.validation_fraction is not None:
            words += ["--validation-fraction", f"{self.validation_fraction:g}"]
        if self.seed:
            words += ["--seed", str(self.seed)]
        return shlex.join([*words, "--out", "runs/mine"])


@dataclass(frozen=True)
class EvaluationFacts(Record, code="FACTS_INVALID"):
    """How well a model read some labelled images.

    Attributes:
        date: the day, as YYYY-MM-DD.
        data: the name of the images' source.
        split: which of its images: "train", "validation", "test" or "all"; or "cross-validation",
            where every image was read by a network that was trained likewise on other images.
            ", case ignored" follows where that was so.
        images: the number of images.
        correct: the number of them that were read without a mistake.
        cer: the character error rate: all edits divided by all reference characters.
        confusions: the most frequent mistakes.
        command: the command that prints these metrics; the word MODEL in it stands for the model.
    """

    date: Date
    data: str
    split: Annotated[str, Key("part")]
    images: Positive
    correct: Count
    cer: Annotated[float, Range(0)]
    confusions: tuple[Confusion, ...]
    command: str

    def check_together(self) -> None:
        """Check the counts."""
        if self.correct > self.images:
            raise self.invalid(f"{self.correct} of {self.images} images are correct")
        if any(c.count < 1 for c in self.confusions):
            raise self.invalid("a confusion has no count")

    @classmethod
    def from_report(
        cls, report: EvaluationReport, *, date: str, data: str, split: str, command: str
    ) -> "EvaluationFacts":
        """Take the facts from a report; the other arguments are attributes of this class.

        If labels and readings were compared without their case, the split says it too.
        """
        return cls(
            date=date,
            data=data,
            split=", ".join(filter(None, (split, report.case_name))),
            images=report.images,
            correct=report.correct,
            cer=report.cer,
            confusions=report.confusions[:MAX_CONFUSIONS],
            command=command,
        )

    @property
    def word_accuracy(self) -> float:
        """The fraction of texts that were read without a mistake."""
        return self.correct / self.images

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95 % interval of the word accuracy."""
        return wilson_interval(self.correct, self.images)


WITHOUT_COPIES = ", without degraded copies"
"""The end of the split's name in a calibration on images as they are."""


@dataclass(frozen=True)
class CalibrationFacts(Record, code="FACTS_INVALID"):
    """How good a model's confidences are on the images that it was calibrated with.

    Attributes:
        date: the day, as YYYY-MM-DD.
        data: the name of the images' source.
        split: which of its images; see `EvaluationFacts`.
        images: the number of readings, those of degraded copies included.
        ece_before: the expected calibration error without a temperature.
        ece: the expected calibration error with the temperature.
        auroc: the probability that a correct reading has a higher confidence than a wrong one;
            None if all are correct or all are wrong.
        accepted: the number of readings that the model's own threshold accepts.
        correct: the number of accepted readings that are correct.
        precision: the fraction of accepted readings of new images that is correct at least, with
            95 % confidence; None if that was not determined (before format 3 of the facts).
        trials: how many independent readings the accepted ones are worth, because an image and its
            copies are one observation; None likewise.
    """

    date: Date
    data: str
    split: Annotated[str, Key("part")]
    images: Positive
    ece_before: Share
    ece: Share
    auroc: Share | None
    accepted: Count
    correct: Count
    precision: Share | None
    trials: Annotated[float, Range(0, MAX_WHOLE)] | None

    @property
    def copies(self) -> bool:
        """Whether there were readings of degraded copies too."""
        return not self.split.endswith(WITHOUT_COPIES)

    def check_together(self) -> None:
        """Check the counts."""
        if not self.correct <= self.accepted <= self.images:
            raise self.invalid(
                f"{self.correct} of {self.accepted} accepted readings of {self.images} are correct"
            )
        if self.trials is not None and self.trials > self.accepted:
            raise self.invalid(f"{self.trials} trials of {self.accepted} accepted readings")

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95 % interval of the fraction of accepted readings that are correct."""
        trials = self.accepted if self.trials is None else self.trials
        return wilson_interval(self.correct / self.accepted * trials, trials)


def evaluation_command(data: str, *chosen: str) -> str:
    """Return the command that prints the metrics of an evaluation, for `EvaluationFacts`.

    Args:
        data: the name of the images' source.
        chosen: the options that choose some of its images and find their labels.
    """
    return shlex.join(["captcha-model", "evaluate", "--data", data, *chosen, "--model", "MODEL"])


def today() -> str:
    """Return the day, in UTC, as YYYY-MM-DD."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()
