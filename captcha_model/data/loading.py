"""From samples to arrays, with checks that find every mistake in the data before training."""

import hashlib
import warnings
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence, Sized
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from captcha_model._utils.name_some import count_some, name_some
from captcha_model.config import CaptchaConfig
from captcha_model.data.blank_images import BlankImages, is_blank
from captcha_model.data.label_checks import check_characters, check_reading_order
from captcha_model.data.samples import LabelledImages, Sample, Unreadable, composed
from captcha_model.decoding.heads import CTC, OutputHead
from captcha_model.decoding.letter_case import Case, comparable, in_case
from captcha_model.errors import DataError, DataWarning, ImageError, VocabularyError
from captcha_model.images.by_width import stack
from captcha_model.images.preprocessing import prepare
from captcha_model.images.sanitize import FrameChoice
from captcha_model.vocabulary import ReadingOrder, Vocabulary

MAX_UNREADABLE_SHARE = 0.01
_SHOWN_COPIES = 4  # Names of a group of identical images in a message.


@dataclass(frozen=True)
class LabelSummary:
    """What one pass over the labels of a data set finds.

    Attributes:
        vocabulary: the characters of all labels, or the given ones.
        longest: the length of the longest label, in characters.
        most_steps: the largest number of time steps that a label needs.
    """

    vocabulary: Vocabulary
    longest: int
    most_steps: int


def summarize_labels(
    samples: Sequence[Sample],
    characters: str | None = None,
    output: OutputHead = CTC,
    reading_order: ReadingOrder | None = "visual",
) -> LabelSummary:
    """Check all labels and summarize them.

    It iterates over the samples once and keeps none of them: a lazy source has millions. Only an
    error iterates again, to name the samples.

    Args:
        samples: the labelled files; none is read.
        characters: the vocabulary that must cover the labels; None collects it from them.
        output: the output head that the labels are for; it decides how many steps they need.
        reading_order: of the labels; None warns if there are right-to-left letters.

    Raises:
        DataError: a label is empty, or has a character that the vocabulary lacks or that no
            vocabulary can have, or no clear order from left to right.
    """
    found: set[str] = set()
    shortest, longest, most_steps = 1, 0, 0
    for sample in samples:
        label = sample.label
        found.update(label)
        shortest = min(shortest, len(label))
        longest = max(longest, len(label))
        most_steps = max(most_steps, output.needed_steps(label))
    if not shortest:
        count, named = count_some(s.name for s in samples if not s.label)
        raise DataError(f"{count} images have an empty label: {named}.", code="LABEL_EMPTY")
    check_characters(samples, found)
    check_reading_order(samples, found, reading_order)
    try:
        vocabulary = Vocabulary(composed(characters or "".join(sorted(found))))
    except VocabularyError as error:
        raise DataError(
            f"The labels do not give a valid vocabulary. {error}", code="LABEL_OUT_OF_VOCABULARY"
        ) from error
    if not found.issubset(vocabulary.characters):
        count, named = count_some(
            f"{s.name} ({''.join(vocabulary.unknown(s.label))})"
            for s in samples
            if vocabulary.unknown(s.label)
        )
        raise DataError(
            f"{count} labels have characters outside the vocabulary {characters!r}: {named}."
            f"{_case_that_fits(found, vocabulary)}",
            code="LABEL_OUT_OF_VOCABULARY",
        )
    return LabelSummary(vocabulary, longest, most_steps)


def _case_that_fits(found: Collection[str], vocabulary: Vocabulary) -> str:
    """Return the sentence that names the case in which a vocabulary has all characters, if any."""
    for case in ("lower", "upper"):
        if not vocabulary.unknown(in_case("".join(found), case)):
            return f" It has them all in {case} case: --case {case} of train converts labels."
    return ""


def find_vocabulary(samples: Sequence[Sample], characters: str | None = None) -> Vocabulary:
    """Return the vocabulary of all labels, or the given one if it covers them.

    Takes and raises what `summarize_labels` does.
    """
    return summarize_labels(samples, characters).vocabulary


def load_images(
    samples: Sequence[Sample],
    config: CaptchaConfig,
    *,
    strict: bool = False,
    unreadable_share: float = MAX_UNREADABLE_SHARE,
    progress: Callable[[Sequence[Sample]], Iterable[Sample]] | None = None,
    frames: FrameChoice | None = None,
) -> LabelledImages:
    """Decode images to the network's input size, and compare them with one another.

    Args:
        samples: the files to read.
        config: gives the size, the channels and how images are resized.
        strict: allow no unreadable image; otherwise some of them are skipped.
        unreadable_share: of the images, which may be skipped.
        progress: wraps the samples, for example in a progress bar.
        frames: what of an animation is used; None is the first frame, with a warning.

    Returns:
        The images, in the order of the samples; `skipped` has the unreadable ones.

    Raises:
        DataError: too many images are unreadable, or identical images have different labels.
    """
    pixels: list[npt.NDArray[np.uint8]] = []
    kept, unreadable = [], []
    closer: dict[int, npt.NDArray[np.uint8]] = {}
    animated: list[str] = []
    blank = BlankImages(config)
    for sample in progress(samples) if progress else samples:
        try:
            data = sample.read()
            prepared = prepare(data, config, frames)
            if prepared.closer is not None:
                closer[len(pixels)] = prepared.closer
            pixels.append(prepared.pixels)
            kept.append(sample)
            if prepared.frame.warnings:
                animated.append(sample.name)
            blank.note(sample.name, data, pixels[-1])
        except (ImageError, OSError) as error:
            unreadable.append(Unreadable(sample.name, str(error)))
    allowed = 0 if strict else unreadable_share * len(samples)
    if len(unreadable) > allowed:
        reasons = [f"{u.name} ({u.reason})" for u in unreadable]
        most = f"at most {100 * unreadable_share:g} % may be"
        limit = "in strict mode none may be" if strict else most
        raise DataError(
            f"{len(unreadable)} of {len(samples)} images are unreadable, but {limit}: "
            f"{name_some(reasons)}",
            code="IMAGES_UNREADABLE",
        )
    images = LabelledImages(
        stack(pixels, config.input_shape),
        tuple(s.label for s in kept),
        tuple(s.name for s in kept),
        tuple(unreadable),
        closer,
    )
    blank.warn()
    if animated:
        warnings.warn(
            f"Only the first frame is used of {len(animated)} animations: {name_some(animated)}. "
            "For others, or all as one image, give evaluate --frames; for a training, save what "
            "decode_image(path, frames=...) gives.",
            DataWarning,
            stacklevel=2,
        )
    check_conflicting_labels(images, config.case)
    return images


def check_conflicting_labels(images: LabelledImages, case: Case = "keep") -> None:
    """Check that no two identical images have different labels.

    Args:
        images: the images.
        case: in which the labels are compared.

    Raises:
        DataError: at least two do.
    """
    by_digest: dict[bytes, list[int]] = defaultdict(list)
    for i, pixels in enumerate(images.pixels):
        by_digest[hashlib.sha256(pixels.tobytes()).digest()].append(i)
    conflicts = [
        _name_equals([images.names[i] for i in same])
        + (" (blank after the conversion)" if is_blank(images.pixels[same[0]]) else "")
        for same in by_digest.values()
        if len({comparable(images.labels[i], case) for i in same}) > 1
    ]
    if conflicts:
        raise DataError(
            f"Identical images have different labels: {name_some(conflicts)}.",
            code="CONFLICTING_LABELS",
        )


def _name_equals(names: Sequence[str]) -> str:
    """Join some names of identical images, and count the rest."""
    left = len(names) - _SHOWN_COPIES
    return " = ".join(names[:_SHOWN_COPIES]) + (f" = {left} more" if left > 0 else "")


def check_splits(training: Sized, validation: Sized) -> None:
    """Check that neither the training split nor the validation split is empty.

    Raises:
        DataError: one of them is.
    """
    for name, images in (("training", training), ("validation", validation)):
        if not len(images):
            raise DataError(
                f"The {name} split is empty. A split by label hash needs a few dozen different "
                "labels; one by folders needs a folder train with them, or the folders train and "
                "validation. --validation-fraction 0.1 of train splits at random.",
                code="SPLIT_EMPTY",
            )
