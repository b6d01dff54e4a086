"""Training on all folds but one, for every fold: each image is read by what never saw it."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.errors import DataError
from captcha_model.model import CaptchaModel
from captcha_model.training.loop import train
from captcha_model.training.run_config.settings import TrainingSettings


@dataclass(frozen=True)
class Fold:
    """A model and the images that it has not seen.

    Attributes:
        number: of the fold, from 0.
        model: trained on the other folds.
        held_out: the places of the fold's images in the whole set, ascending.
    """

    number: int
    model: CaptchaModel
    held_out: tuple[int, ...]


def fold_of(label: str, folds: int) -> int:
    """Return a label's fold, from 0, by other bytes of its SHA-256 than the split's.

    Images of one label fall into one fold, so that none is read by what saw its twin.
    """
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[8:16], "big") % folds


def held_out_of(images: LabelledImages, folds: int) -> list[tuple[int, ...]]:
    """Return the places of every fold's images.

    Raises:
        DataError: a fold is empty.
    """
    of = np.array([fold_of(label, folds) for label in images.labels], int)
    places = [tuple(np.flatnonzero(of == fold).tolist()) for fold in range(folds)]
    if not all(places):
        raise DataError(
            f"{len(set(images.labels))} different labels are too few for {folds} folds.",
            code="SPLIT_EMPTY",
        )
    return places


def cross_fit(
    images: LabelledImages,
    config: CaptchaConfig,
    settings: TrainingSettings,
    folds: int,
    *,
    drawn: LabelledImages | None = None,
    wanted: Callable[[int], bool] = lambda fold: True,  # noqa: ARG005
    say: Callable[[str], None] | None = None,
) -> Iterator[Fold]:
    """Train a model for every fold, one after another.

    Each takes all epochs and keeps its last weights: nothing is chosen by what the fold that was
    left out gives.

    Args:
        images: all of them.
        config: what is built.
        settings: how to train; when to stop and what to keep is decided here.
        folds: how many, from 2.
        drawn: images that every model learns from too.
        wanted: says of a fold's number whether to train it.
        say: prints a line an epoch.

    Raises:
        DataError: a fold is empty.
        TrainingError: see `train`.
    """
    settings = dataclasses.replace(settings, patience=None, minutes=None, keep="last")
    for fold, held_out in enumerate(held_out_of(images, folds)):
        if not wanted(fold):
            continue
        rest = images.select(np.setdiff1d(np.arange(len(images)), held_out))
        result = train(
            config,
            rest.joined(drawn) if drawn else rest,
            images.select(held_out),
            settings,
            say=say,
        )
        if result.interrupted:
            raise KeyboardInterrupt
        yield Fold(fold, result.model, held_out)
