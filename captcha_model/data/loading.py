"""From samples to checked arrays: every mistake that data can hold is found before training."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Sized

import numpy as np

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages, Sample, Unreadable
from captcha_model.errors import DataError, ImageError, VocabularyError, count_some, name_some
from captcha_model.images.preprocessing import prepare
from captcha_model.networks import describe, time_steps
from captcha_model.vocabulary import Vocabulary

MAX_UNREADABLE_SHARE = 0.01


def find_vocabulary(samples: Sequence[Sample], given: str | None = None) -> Vocabulary:
    """Return the vocabulary of all labels, or the given one if it covers them.

    It goes through the samples twice and holds none of them.

    Raises:
        DataError: an empty label, or one with characters that the vocabulary lacks or cannot hold.
    """
    count, named = count_some(s.name for s in samples if not s.label)
    if count:
        raise DataError(f"{count} images have an empty label: {named}.", code="LABEL_EMPTY")
    try:
        vocabulary = (
            Vocabulary(given) if given else Vocabulary.from_labels(s.label for s in samples)
        )
    except VocabularyError as error:
        raise DataError(
            f"The labels give no vocabulary. {error}", code="LABEL_OUT_OF_VOCABULARY"
        ) from error
    if not given:
        return vocabulary
    count, named = count_some(
        f"{s.name} ({''.join(vocabulary.unknown(s.label))})"
        for s in samples
        if vocabulary.unknown(s.label)
    )
    if count:
        raise DataError(
            f"{count} labels hold characters outside the vocabulary {given!r}: {named}.",
            code="LABEL_OUT_OF_VOCABULARY",
        )
    return vocabulary


def check_lengths(samples: Iterable[Sample], config: CaptchaConfig) -> None:
    """Check that every label fits the network's steps.

    Raises:
        DataError: a label needs more.
    """
    steps, needed = time_steps(config), describe(config).output.needed_steps
    count, named = count_some(
        f"{s.name} (needs {needed(s.label)})" for s in samples if needed(s.label) > steps
    )
    if count:
        raise DataError(
            f"{count} labels do not fit the network's {steps} steps: {named}.",
            code="LABEL_TOO_LONG",
        )


def load_images(
    samples: Sequence[Sample],
    config: CaptchaConfig,
    *,
    strict: bool = False,
    progress: Callable[[Iterable[Sample]], Iterable[Sample]] = lambda samples: samples,
) -> tuple[LabelledImages, list[Unreadable]]:
    """Decode images to the network's size, and check them against one another.

    Args:
        samples: what to read.
        config: gives the size.
        strict: make the first unreadable image an error; without, up to 1 % of them are skipped.
        progress: wraps the samples, to show how far the reading has come.

    Returns:
        The images, and those that were skipped.

    Raises:
        DataError: too many unreadable images, or identical images under different labels.
    """
    pixels, kept, unreadable = [], [], []
    for sample in progress(samples):
        try:
            pixels.append(prepare(sample.read(), config).pixels)
            kept.append(sample)
        except (ImageError, OSError) as error:
            unreadable.append(Unreadable(sample.name, str(error)))
    allowed = 0 if strict else MAX_UNREADABLE_SHARE * len(samples)
    if len(unreadable) > allowed:
        reasons = [f"{u.name} ({u.reason})" for u in unreadable]
        limit = "with --strict none may" if strict else "up to 1 % may"
        raise DataError(
            f"{len(unreadable)} of {len(samples)} images cannot be read, and {limit}: "
            f"{name_some(reasons)}",
            code="IMAGES_UNREADABLE",
        )
    images = LabelledImages(
        np.stack(pixels) if pixels else np.empty((0, *config.input_shape), np.uint8),
        tuple(s.label for s in kept),
        tuple(s.name for s in kept),
    )
    check_contradictions(images)
    return images, unreadable


def check_contradictions(images: LabelledImages) -> None:
    """Check that no two identical images have different labels.

    Raises:
        DataError: some do.
    """
    seen: dict[bytes, list[int]] = defaultdict(list)
    for i, pixels in enumerate(images.pixels):
        seen[hashlib.sha256(pixels.tobytes()).digest()].append(i)
    contradictions = [
        " = ".join(images.names[i] for i in places)
        for places in seen.values()
        if len({images.labels[i] for i in places}) > 1
    ]
    if contradictions:
        raise DataError(
            "Identical images have different labels: " + name_some(contradictions) + ".",
            code="CONFLICTING_LABELS",
        )


def check_parts(training: Sized, validation: Sized) -> None:
    """Check that there is something to learn from, and something to choose the best epoch by.

    Raises:
        DataError: a part is empty.
    """
    for name, part in (("training", training), ("validation", validation)):
        if not len(part):
            raise DataError(
                f"The {name} part is empty. Labels fall into parts by their hash, so a set needs "
                "some tens of different labels.",
                code="PART_EMPTY",
            )
