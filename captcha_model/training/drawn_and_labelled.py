"""Images that are drawn while a network trains, and labelled images of one's own among them."""

from dataclasses import dataclass
from functools import reduce
from math import floor

import numpy as np

from captcha_model.data.samples import Indices, LabelledImages, TrainingImages, label_lengths
from captcha_model.errors import ConfigError
from captcha_model.training.mixed_images import place_in_turn
from captcha_model.training.run_config.run import Run


def check_drawn(run: Run) -> None:
    """Check that a run whose images are drawn has no settings that are for other sources only.

    Args:
        run: all settings.

    Raises:
        ConfigError: one of them is given.
    """
    if run.data.case != "keep":
        raise ConfigError(
            "The labels of synthetic images have the case of the picture, so case is for other "
            f"sources. Received: case {run.data.case!r} with {run.data.source!r}"
        )
    names = ["synthetic"]
    if not run.data.labelled:  # Which are decoded and split as others are.
        names += ["stream", "validation_fraction"]
    given = [f"{name} {value!r}" for name in names if (value := getattr(run.data, name))]
    if given:
        raise ConfigError(
            "Images that are drawn while the network trains have no end: none are added to them, "
            "held back or decoded. Leave out what is for other sources. Received: "
            f"{', '.join(given)} with {run.data.source!r}"
        )


@dataclass(frozen=True)
class DrawnAndLabelled:
    """An endless sequence of drawn images, in which a share are labelled ones.

    Every labelled image is used once before any is used again, each time in a new order. A drawn
    image has the index that it has without labelled ones, so that none comes twice.

    Attributes:
        drawn: images without end.
        labelled: images with labels, at least one.
        share: of labelled images among all, above 0 and below 1; they come at equal distances.
        seed: decides the orders of the labelled images.
    """

    drawn: TrainingImages
    labelled: TrainingImages
    share: float
    seed: int

    def __len__(self) -> int:
        return len(self.drawn)

    @property
    def label_lengths(self) -> tuple[int, int]:
        """The lengths of the shortest and the longest label."""
        return label_lengths(self.drawn, self.labelled)

    def select(self, indices: Indices) -> LabelledImages:
        """Return the images at some indices, from 0 without end, in the given order."""
        wanted = np.asarray(indices, np.intp).tolist()
        numbers = [self._labelled_number(index) for index in wanted]
        own = [place for place, number in enumerate(numbers) if number is not None]
        others = [place for place, number in enumerate(numbers) if number is None]
        turns = [self._turn(number) for number in numbers if number is not None]
        drawn = [wanted[place] for place in others]
        parts = [
            images.select(chosen)
            for images, chosen in ((self.labelled, turns), (self.drawn, drawn))
            if chosen
        ]
        return reduce(LabelledImages.joined, parts).select(np.argsort(own + others))

    def _labelled_number(self, index: int) -> int | None:
        """Return how many labelled images come before that at an index; None if it is drawn."""
        before = floor(index * self.share)
        return before if floor((index + 1) * self.share) > before else None

    def _turn(self, number: int) -> int:
        return place_in_turn(number, len(self.labelled), self.seed)
