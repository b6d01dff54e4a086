"""The settings of a run that follow from the options of `captcha-model train` and its files."""

import argparse
from typing import Any

from captcha_model.cli.common import note
from captcha_model.errors import ConfigError
from captcha_model.training.run_config.complete import (
    ADAPT,
    complete_run,
    settings_of_own_network,
)
from captcha_model.training.run_config.run import Run
from captcha_model.training.run_folder import RUN_FILE, read_run_file


def read_run(options: argparse.Namespace) -> Run:
    """Return the settings: those of the recipe, overridden by the file, then by the options.

    Raises:
        OSError: a file cannot be read.
        CaptchaError: a file or a value is not valid, or there is no data set.
    """
    files = []
    if options.config:
        files.append(read_run_file(options.config))
    elif options.resume and (options.out / RUN_FILE).exists():
        files.append(read_run_file(options.out / RUN_FILE))
    typed: dict[str, Any] = {"data": {}, "model": {}, "training": {}}
    for destination, value in vars(options).items():
        section, dot, name = destination.partition(".")
        if dot:
            typed[section][name] = value
    if options.recipe:
        typed["recipe"] = options.recipe
    if options.image_size:
        typed["model"]["height"], typed["model"]["width"] = options.image_size
    if options.network_option:
        typed["model"]["options"] = dict(options.network_option)
    run = complete_run(*files, typed)
    if options.network_option or options.no_augment or options.augment:
        # These options change entries of a mapping instead of replacing it.
        below = Run.from_mappings(*files, {"recipe": run.recipe})
        base = {} if options.no_augment else below.training.augmentation
        typed["training"]["augmentation"] = {**base, **dict(options.augment)}
        if options.network_option:
            typed["model"]["options"] = {**below.model.options, **dict(options.network_option)}
        run = complete_run(*files, {**typed, "recipe": run.recipe})
    if not (options.recipe or options.config or options.resume) and run.recipe != ADAPT:
        own = [name for name in settings_of_own_network(run, typed) if name != "training.init"]
        if own:
            note(
                f"recipe {run.recipe}, random weights: with {', '.join(own)} the training cannot "
                "begin with general. With few images that reads far less."
            )
    if not run.data.source:
        raise ConfigError("No data set is given. Use --data, or a --config that has data.source.")
    return run
