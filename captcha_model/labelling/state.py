"""What a page shows of a session, as plain immutable records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from captcha_model.labelling.adapted_models import AdaptedModel
from captcha_model.labelling.learning_curve import TARGET, Point, labels_missing
from captcha_model.labelling.proposals import Proposal


@dataclass(frozen=True)
class LabelledImage:
    """An image with a label.

    Attributes:
        name: of the image.
        label: its text.
        reading: what a model that was trained without it read, if that is another text.
    """

    name: str
    label: str
    reading: str | None = None


@dataclass(frozen=True)
class Estimate:
    """How well new images are read.

    Attributes:
        accuracy: the share of labelled images that models without them read correctly.
        interval: its 95 % interval.
        labels: how many labels the model has.
        missing: about how many more it takes to `target`; 0 if it is reached, None if unknown.
        target: an accuracy.
    """

    accuracy: float
    interval: tuple[float, float]
    labels: int
    missing: int | None
    target: float = TARGET


@dataclass(frozen=True)
class LabelState:
    """The state of a session.

    Attributes:
        image: the name of the image to label; None if there is none, or none yet.
        again: the label that was taken back from it by an undo.
        proposal: what it may show.
        reader: who proposes.
        labels: the number of labels.
        unreadable: the number of images that a person cannot read.
        images: the number of all images.
        unopened: the images that cannot be decoded, with the reason.
        skipped: the number of images that were skipped.
        reading: whether images are being read.
        can_undo: whether there is a decision to take back.
        lesson: how many labels the running training has, and for how many seconds it has run.
        problem: what went wrong in the background; empty if nothing did.
        estimate: how well new images are read; None before the first training.
        model: the folder of the adapted model; empty before the first training.
        is_fresh: whether that model has learned all labels.
    """

    image: str | None
    again: str | None
    proposal: Proposal
    reader: str
    labels: int
    unreadable: int
    images: int
    unopened: Mapping[str, str]
    skipped: int
    reading: bool
    can_undo: bool
    lesson: tuple[int, float] | None
    problem: str
    estimate: Estimate | None
    model: str
    is_fresh: bool

    @property
    def left(self) -> int:
        """How many images have no decision yet."""
        return self.images - len(self.unopened) - self.labels - self.unreadable

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        estimate = self.estimate
        return {
            **vars(self),
            "left": self.left,
            "unopened": dict(self.unopened),
            "proposal": dict(vars(self.proposal)),
            "estimate": None if estimate is None else dict(vars(estimate)),
        }


def estimate_of(newest: AdaptedModel | None, curve: Sequence[Point]) -> Estimate | None:
    """Return how well new images are read, by the newest model and the trainings before it."""
    if newest is None:
        return None
    return Estimate(newest.accuracy, newest.interval, newest.labels, labels_missing(curve))


def labelled_images(labels: Mapping[str, str], newest: AdaptedModel | None) -> list[LabelledImage]:
    """Return the images with labels in the order in which they are worth a second look.

    Those come first that a model which was trained without them reads differently; then the latest.

    Args:
        labels: by image, the latest last.
        newest: the newest model.
    """
    read = newest.wrong if newest else {}
    found = [
        LabelledImage(name, label, other if (other := read.get(name)) != label else None)
        for name, label in reversed([*labels.items()])
    ]
    return sorted(found, key=lambda image: image.reading is None)
