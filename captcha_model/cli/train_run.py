"""The run that the options of `captcha-model train` and its files add up to."""

import argparse
from pathlib import Path
from typing import Any

from captcha_model._utils.atomic_files import is_free
from captcha_model.errors import ConfigError, TrainingError
from captcha_model.training.resume.checkpoints import HISTORY_FILE, checkpoints
from captcha_model.training.resume.lock import LOCK_FILE
from captcha_model.training.run_config.run import Run, parse_yaml

RUN_FILE = "run.yaml"


def read_run(options: argparse.Namespace) -> Run:
    """Return the run: the recipe, under the files, under what was typed.

    Raises:
        CaptchaError: a file or a value is not valid, or no images are named.
    """
    files = []
    earlier = options.out / RUN_FILE
    if options.config:
        files.append(parse_yaml(options.config.read_text(encoding="utf-8"), options.config.name))
    elif options.resume and earlier.exists():
        files.append(parse_yaml(earlier.read_text(encoding="utf-8"), earlier.name))
    typed: dict[str, Any] = {"data": {}, "model": {}, "training": {}}
    for place, value in vars(options).items():
        section, dot, name = place.partition(".")
        if dot:
            typed[section][name] = value
    if options.recipe:
        typed["recipe"] = options.recipe
    if options.image_size:
        typed["model"]["height"], typed["model"]["width"] = options.image_size
    below = Run.from_mappings(*files, typed)
    # These two change entries of a mapping, instead of replacing it.
    if options.network_option:
        typed["model"]["options"] = {**below.model.options, **dict(options.network_option)}
    if options.no_augment or options.augment:
        base = {} if options.no_augment else below.training.augmentation
        typed["training"]["augmentation"] = {**base, **dict(options.augment)}
    run = Run.from_mappings(*files, typed)
    if not run.data.source:
        raise ConfigError("No images are named. Give --data, or a --config that names them.")
    return run


def check_folder(folder: Path, *, resume: bool) -> bool:
    """Check that a new run does not mix with what is there.

    Args:
        folder: of the run.
        resume: whether to go on with what is there.

    Returns:
        Whether there is a checkpoint to go on from. A run that was killed in its first epoch has
        none, and no history either; it is begun anew.

    Raises:
        TrainingError: the folder is not empty, or holds no run to go on with.
    """
    if not resume:
        if not is_free(folder, besides=LOCK_FILE):
            raise TrainingError(
                f"{folder} exists and is not empty. Go on with it by --resume, or choose another."
            )
        return False
    found = bool(checkpoints(folder))
    begun = (folder / RUN_FILE).exists() and not (folder / HISTORY_FILE).exists()
    if not found and not begun:
        raise TrainingError(
            f"There is nothing to resume: {folder} holds no checkpoint.", code="NOTHING_TO_RESUME"
        )
    return found
