"""The images of a run: found, checked, decoded, split, and extended by synthetic ones."""

import warnings
from collections.abc import Sequence

import numpy as np

from captcha_model._utils.name_some import name_some
from captcha_model.config import CaptchaConfig
from captcha_model.data.duplicates import check_duplicates
from captcha_model.data.loading import MAX_UNREADABLE_SHARE, check_splits, load_images
from captcha_model.data.samples import ImageSet, LabelledImages, Sample, list_skipped
from captcha_model.data.sources import is_streamed
from captcha_model.data.streaming import StreamedImages
from captcha_model.errors import ConfigError, DataWarning
from captcha_model.images.by_width import first_shape
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.run import Run
from captcha_model.training.splits import split_images


def size_of(images: LabelledImages) -> dict[str, int]:
    """Return the height, the channels and, if all images have one, the width of decoded images."""
    height, width, channels = first_shape(images.pixels)
    one_width = isinstance(images.pixels, np.ndarray)
    return {"height": height, "channels": channels, **({"width": width} if one_width else {})}


def check_shapes(images: LabelledImages, config: CaptchaConfig) -> None:
    """Check that decoded images have the network's input size.

    Raises:
        ConfigError: one of them has another one.
    """
    for pixels in images.pixels:
        expected = config.network_shape
        if config.any_width:
            expected = (config.height, pixels.shape[1], config.channels)
        if pixels.shape != expected:
            raise ConfigError(
                f"The images have the shape {pixels.shape}, but the network takes {expected}."
            )


def load_in_memory(
    samples: Sequence[Sample],
    config: CaptchaConfig,
    run: Run,
    reporter: Reporter,
    unreadable_share: float = MAX_UNREADABLE_SHARE,
) -> LabelledImages:
    """Decode all images, and report the unreadable ones that were skipped.

    Args:
        samples: the files to read.
        config: gives the size.
        run: whether unreadable images are allowed at all.
        reporter: shows a bar, and which images were skipped.
        unreadable_share: of the images, which may be skipped.

    Raises:
        DataError: see `captcha_model.data.loading.load_images`.
    """
    images = load_images(
        samples,
        config,
        strict=run.data.strict,
        unreadable_share=unreadable_share,
        progress=lambda found: reporter.bar(found, len(samples), "reading images"),
    )
    for line in list_skipped(images.skipped):
        reporter.line(line)
    return images


def load_run_images(
    samples: Sequence[Sample], config: CaptchaConfig, run: Run, reporter: Reporter
) -> ImageSet:
    """Return the images of a run: in memory, or decoded on demand with `data.stream`.

    Raises:
        DataError: see `load_in_memory`; streamed images are not checked here.
    """
    if run.data.stream or is_streamed(samples):
        return StreamedImages(samples, config, workers=run.training.workers, strict=run.data.strict)
    return load_in_memory(samples, config, run, reporter)


def checked_splits(images: ImageSet, run: Run, reporter: Reporter) -> tuple[ImageSet, ImageSet]:
    """Return the training and the validation split, and warn of images that are in both.

    Raises:
        DataError: a split is empty, or an image is in both.
    """
    training, validation = split_images(images, run.data, run.training.seed)
    check_splits(training, validation)
    check_duplicates(training, validation, warn=reporter.line)
    return training, validation


def is_cross_fitted(count: int, run: Run) -> bool:
    """Return whether a run has so few images that cross-fitting replaces its validation split."""
    return why_not_cross_fitted(count, run) is None


def why_not_cross_fitted(count: int, run: Run) -> str | None:
    """Return what keeps a run of so many labelled images from cross-fitting; None if nothing does.

    It is a setting, as an option of the command line, or else the number of its labels.
    """
    data = run.data
    if not data.cross_fit_below:
        return f"the recipe {run.recipe}"
    if data.validation_fraction is not None:
        return f"--validation-fraction {data.validation_fraction:g}"
    if data.splits != "hash":
        return f"--splits {data.splits}"
    if data.synthetic:
        return f"--synthetic {data.synthetic}"
    if data.stream:
        return "--stream"
    return None if count < data.cross_fit_below else f"{count} labels"


def name_added(images: ImageSet, config: CaptchaConfig, run: Run, reporter: Reporter) -> None:
    """Report the characters that the alphabet of a run adds to those of its labels."""
    added = set(config.characters).difference(*images.labels)
    if run.model.characters is None and added and config.case == "keep":
        reporter.line(
            f"the labels show {len(config.characters) - len(added)} characters; the model also "
            f"knows {''.join(sorted(added))!r}, which they may have missed. To change that, give "
            "all characters with --characters, or --keep-alphabet labels"
        )


def warn_of_unseen(images: ImageSet, training: ImageSet, characters: str) -> None:
    """Issue a `DataWarning` that names the characters that only stand outside the training split.

    Args:
        images: all images.
        training: the training split of them.
        characters: the vocabulary.
    """
    unseen = set(characters)
    for label in training.labels:
        if not unseen:
            return
        unseen.difference_update(label)
    found: dict[str, list[str]] = {}
    for name, label in zip(images.names, images.labels, strict=True):
        for character in unseen.intersection(label):
            found.setdefault(character, []).append(name)
    if found:
        named = "; ".join(f"{c!r} in {name_some(found[c], 3)}" for c in sorted(found))
        warnings.warn(
            "Characters that no image of the training split shows, so that the model will not "
            f"learn them: {named}. Add images with them.",
            DataWarning,
            stacklevel=2,
        )


def synthetic_images(
    images: ImageSet, config: CaptchaConfig, run: Run, reporter: Reporter
) -> LabelledImages | None:
    """Return as many synthetic images as the run adds to its training split; None if it adds none.

    Args:
        images: their labels decide how long the synthetic texts are.
        config: decides the characters and the size.
        run: the number of images and the seed.
        reporter: shows a bar.
    """
    count = run.data.synthetic
    if not count:
        return None
    from captcha_model.data.synthetic.dataset import synthesize_like

    return synthesize_like(
        images.labels,
        count,
        config,
        run.training.seed,
        progress=lambda numbers: reporter.bar(numbers, count, "generating images"),
    )


def with_synthetic(
    training: ImageSet, config: CaptchaConfig, run: Run, reporter: Reporter
) -> ImageSet:
    """Return the training split followed by the synthetic images of the run, if there are any.

    Raises:
        ConfigError: the split is streamed.
    """
    if run.data.synthetic and not isinstance(training, LabelledImages):
        raise ConfigError("Synthetic images cannot be added to images that are streamed.")
    synthetic = synthetic_images(training, config, run, reporter)
    if synthetic is None or not isinstance(training, LabelledImages):
        return training
    return training.joined(synthetic)
