"""Loading a labelled data set in one call: find, check, select, decode."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

from captcha_model.config import CaptchaConfig
from captcha_model.data.loading import find_vocabulary, load_images
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.data.selection import select_listed
from captcha_model.data.source_options import DEFAULT_OPTIONS, SourceOptions, SplitRule
from captcha_model.data.sources import find_samples
from captcha_model.data.splits import (
    SPLITS,
    Split,
    indices_of_split,
    warn_of_unused_folders,
)
from captcha_model.decoding.letter_case import Case, comparable
from captcha_model.errors import DataError
from captcha_model.images.sanitize import FrameChoice

SplitChoice: TypeAlias = Split | Literal["all"]
SPLIT_CHOICES: tuple[SplitChoice, ...] = (*SPLITS, "all")


def load_dataset(
    source: str | os.PathLike[str],
    config: CaptchaConfig | None = None,
    *,
    size: tuple[int, int] | None = None,
    split: SplitChoice = "all",
    only_listed: str | os.PathLike[str] | None = None,
    source_options: SourceOptions = DEFAULT_OPTIONS,
    strict: bool = False,
    progress: Callable[[Sequence[Sample]], Iterable[Sample]] | None = None,
    frames: FrameChoice | None = None,
) -> LabelledImages:
    """Load labelled images: find them, check their labels, and decode them to one size.

    Args:
        source: a folder, a zip, a table or the name of a data set; the table in
            `captcha_model.data.sources` lists them.
        config: gives the height, the width, the channels and the resize mode, for example
            `model.config`. Labels may have characters outside its vocabulary. None is the default
            `CaptchaConfig`: grey, stretched to 50 rows and 200 columns.
        size: (height, width) in pixels, instead of a config.
        split: "train", "validation" or "test" selects images by the hash of their label, in the
            case of the config unless that is "keep", or by their folder with
            `SourceOptions(splits="folders")`.
        only_listed: a CSV file whose column `file_name` names the images to load, such as the
            `val.csv` of a training run. It replaces `split`.
        source_options: where the labels are, and whether folders are the splits.
        strict: allow no unreadable image; otherwise up to 1 % of them are skipped.
        progress: wraps the samples while they are decoded, for example in a progress bar.
        frames: what of an animation is used, as in `CaptchaModel.predict`; None is the first frame,
            with a warning.

    Returns:
        The images in the order of the source: `pixels` is `uint8` of shape
        (N, height, width, channels), `skipped` has the files that could not be read.

    Raises:
        DataError: the source does not exist, a label is empty, nothing is selected, too many images
            are unreadable, or identical images have different labels.
        OSError: a table cannot be read.
        ConfigError: the size is out of range.
        ValueError: the split is unknown, or two arguments exclude each other.

    Example:
        >>> images = load_dataset("my-images/", split="validation")
        >>> images.pixels.shape, images.labels[0]
        ((98, 50, 200, 1), '2b827')
    """
    if config and size:
        raise ValueError(f"Give config or size, not both. Received: size={size}")
    all_samples = find_samples(source, source_options)
    vocabulary = find_vocabulary(all_samples)
    if config is None:
        config = CaptchaConfig(vocabulary.characters)
        if size:
            config = replace(config, height=size[0], width=size[1])
    samples = select_samples(
        all_samples,
        source,
        split=split,
        only_listed=only_listed,
        rule=source_options.splits,
        case=config.case,
    )
    return load_images(samples, config, strict=strict, progress=progress, frames=frames)


def select_samples(
    samples: Sequence[Sample],
    source: str | os.PathLike[str],
    *,
    split: SplitChoice = "all",
    only_listed: str | os.PathLike[str] | None = None,
    rule: SplitRule = "hash",
    case: Case = "keep",
) -> Sequence[Sample]:
    """Return the samples of a split, or those that a table lists.

    Args:
        samples: all samples of the source.
        source: its name, for the message.
        split: see `load_dataset`.
        only_listed: see `load_dataset`.
        rule: what the split of an image follows from.
        case: labels that differ in it only are in one split, as in the training of a model.

    Raises:
        DataError: there are none, or the table names a file that the source lacks.
        OSError: the table cannot be read.
        ValueError: the split is unknown, or given together with `only_listed`.
    """
    if split not in SPLIT_CHOICES:
        raise ValueError(f"split must be one of {SPLIT_CHOICES}. Received: {split!r}")
    if only_listed is not None:
        if split != "all":
            raise ValueError(f"Give split or only_listed, not both. Received: split={split!r}")
        return select_listed(samples, Path(only_listed))
    if split == "all":
        return samples
    names, labels = [s.name for s in samples], [comparable(s.label, case) for s in samples]
    if rule == "hash":
        warn_of_unused_folders(names)
    chosen = [samples[index] for index in indices_of_split(names, labels, split, rule)]
    if not chosen:
        reason = "labels falls into it" if rule == "hash" else "images is in its folder"
        raise DataError(
            f"The {split} split of {source} is empty: none of its {len(samples)} {reason}.",
            code="SPLIT_EMPTY",
        )
    return chosen
