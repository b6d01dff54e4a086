"""The model settings that follow from the labels, and the training and the validation split."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from captcha_model import networks
from captcha_model._utils.atomic_files import replaced_file
from captcha_model._utils.csv_table import write_csv
from captcha_model._utils.utf8 import utf8_file
from captcha_model.config import CaptchaConfig
from captcha_model.data.label_lengths import check_lengths
from captcha_model.data.loading import summarize_labels
from captcha_model.data.samples import ImageSet, Sample
from captcha_model.data.splits import (
    SPLITS,
    Split,
    indices_of_split,
    random_split,
    split_of,
    warn_of_unused_folders,
)
from captcha_model.decoding.letter_case import Case, comparable
from captcha_model.training.alphabet import characters_of
from captcha_model.training.label_case import RelabelledSamples
from captcha_model.training.run_config.sections import DataSettings, ModelSettings

RANDOM_FRACTION = 0.1
"""Of the images for validation where their labels allow no split by hash; by hash it is as much."""

TRAINING_TABLE, VALIDATION_TABLE = "train.csv", "val.csv"


def find_config(
    samples: Sequence[Sample], settings: ModelSettings, case: Case = "keep"
) -> CaptchaConfig:
    """Return the settings of a model that can read all labels.

    Args:
        samples: the labelled files.
        settings: of the model.
        case: of the labels; it becomes the model's own.

    Raises:
        DataError: a label is empty, has characters outside the vocabulary, or does not fit the
            network.
        ConfigError: the settings are not valid.
    """
    if case != "keep":
        samples = RelabelledSamples(samples, settings.characters, case)
    if settings.characters is None and settings.alphabet != "labels":
        known = characters_of((sample.label for sample in samples), settings.alphabet)
        settings = replace(settings, characters=known or None)
    output = networks.find(settings.architecture).output
    summary = summarize_labels(samples, settings.characters, output, settings.reading_order)
    config = replace(
        settings.config(summary.vocabulary.characters, output.options_for(summary.longest)),
        case=case,
    )
    networks.describe(config)
    check_lengths(samples, config, summary)
    return config


def split_by_hash_or_at_random(labels: Iterable[str], settings: DataSettings) -> DataSettings:
    """Return the settings of a split that leaves neither of its parts empty, if they may change.

    A set with few different labels, such as the digits of a meter, may have none whose hash stands
    for validation. Where few images are cross-fitted (see `DataSettings.cross_fit_below`), more of
    them are then split at random.

    Args:
        labels: of all images.
        settings: how to split.
    """
    if not settings.cross_fit_below or settings.validation_fraction or settings.splits != "hash":
        return settings
    missing: set[Split] = {"train", "validation"}
    for label in labels:
        missing.discard(split_of(comparable(label, settings.case)))
        if not missing:
            return settings
    return replace(settings, validation_fraction=RANDOM_FRACTION)


def split_images(images: ImageSet, settings: DataSettings, seed: int) -> tuple[ImageSet, ImageSet]:
    """Return the training and the validation split.

    Labels that differ in case only are one where the case of labels is converted or ignored.

    Args:
        images: all images; a split by hash or by folders leaves out those of the test
            split.
        settings: how to split, and the size limit of the validation split.
        seed: of a random split, and of the choice from a validation split above its limit.
    """
    if settings.splits == "hash":
        warn_of_unused_folders(images.names)
    if settings.validation_fraction is None:
        training, validation = (
            indices_of_split(
                images.names,
                (comparable(label, settings.case) for label in images.labels),
                split,
                settings.splits,
            )
            for split in SPLITS[:2]
        )
    else:
        training, validation = random_split(len(images), settings.validation_fraction, seed)
    if len(validation) > settings.validation_limit:
        order = np.random.default_rng(seed).permutation(len(validation))
        validation = np.sort(np.asarray(validation)[order[: settings.validation_limit]])
    return images.subset(training), images.subset(validation)


def write_split_tables(folder: Path, training: ImageSet, validation: ImageSet) -> None:
    """Write `train.csv` and `val.csv` (`file_name,text`), for `evaluate --only-listed`."""
    for name, split in ((TRAINING_TABLE, training), (VALIDATION_TABLE, validation)):
        with replaced_file(folder / name) as file:
            text = utf8_file(file)
            rows = zip(split.names, split.labels, strict=True)
            write_csv(text, chain([("file_name", "text")], rows))
            text.detach()
