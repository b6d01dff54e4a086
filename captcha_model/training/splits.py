"""The model settings that follow from the labels, and the training and the validation split."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from captcha_model import networks
from captcha_model._utils.atomic_files import replaced_file
from captcha_model.config import CaptchaConfig
from captcha_model.data.loading import check_lengths, find_vocabulary
from captcha_model.data.samples import ImageSet, Sample
from captcha_model.data.splits import indices_of, random_split
from captcha_model.training.run_config.sections import DataSettings, ModelSettings

TRAINING_TABLE, VALIDATION_TABLE = "train.csv", "val.csv"


def find_config(samples: Sequence[Sample], settings: ModelSettings) -> CaptchaConfig:
    """Return the settings of a model that can read all labels.

    It takes one pass over the samples, which may be millions of file names.

    Raises:
        DataError: a label is empty, has characters outside the vocabulary, or does not fit the
            network.
        ConfigError: the settings are not valid.
    """
    output = networks.find(settings.architecture).output
    examples: dict[str, Sample] = {}  # For each character the first sample that has it.
    longest, most_steps, empty = 0, 0, False
    for sample in samples:
        label = sample.label
        empty = empty or not label
        longest = max(longest, len(label))
        most_steps = max(most_steps, output.needed_steps(label))
        for character in label:
            examples.setdefault(character, sample)
    # A sample per character gives the same vocabulary as all of them. If a label is wrong, all
    # samples are checked, so that the message names each of them.
    unknown = settings.characters and examples.keys() - set(settings.characters)
    checked = samples if empty or unknown else list(examples.values())
    characters = find_vocabulary(checked, settings.characters).characters
    config = settings.config(characters, output.options_for(longest))
    if most_steps > networks.time_steps(config):
        check_lengths(samples, config)
    return config


def split_images(images: ImageSet, settings: DataSettings, seed: int) -> tuple[ImageSet, ImageSet]:
    """Return the training and the validation split.

    Args:
        images: all images; a split by hash leaves out those of the test split.
        settings: how to split, and the size limit of the validation split.
        seed: of a random split, and of the choice from a validation split above its limit.
    """
    if settings.validation_fraction is None:
        training = indices_of(images.labels, "train")
        validation = indices_of(images.labels, "validation")
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
            text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
            rows = csv.writer(text, lineterminator="\n")
            rows.writerow(["file_name", "text"])
            rows.writerows(zip(split.names, split.labels, strict=True))
            text.detach()
