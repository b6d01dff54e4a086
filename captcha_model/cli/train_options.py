"""The options of `captcha-model train`."""

import argparse
from pathlib import Path
from typing import Any

from captcha_model.cli.common import natural, positive
from captcha_model.cli.setting_options import (
    add_choice,
    add_setting,
    add_switch,
    number_or_all,
    numbered,
    or_none,
    size,
)
from captcha_model.cli.source_options import add_reading_order
from captcha_model.cli.train_callback_options import add_callbacks
from captcha_model.cli.train_image_options import add_image_settings
from captcha_model.networks import architectures, find
from captcha_model.training.alphabet import ALPHABETS
from captcha_model.training.run_config.complete import ADAPT, MOST_ADAPTED
from captcha_model.training.run_config.run import DEFAULT_RECIPE, recipes
from captcha_model.training.run_config.settings import AUGMENTATIONS, OPTIMIZERS, SCHEDULES


def add_train_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for every setting of a run; the recipe decides those that are not given.

    The destination of an option, `section.setting`, is the name of its setting in a run.
    """
    known = recipes()
    parser.add_argument(
        "--recipe",
        choices=known,
        metavar="NAME",
        help=f"{', '.join(known)} (default: {ADAPT} for up to {MOST_ADAPTED} images, else "
        f"{DEFAULT_RECIPE})",
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE.yaml", help="a file of settings, such as run.yaml"
    )
    add_image_settings(parser.add_argument_group("images"))
    _add_model(parser.add_argument_group("network"))
    _add_training(parser.add_argument_group("training"))
    add_callbacks(parser.add_argument_group("callbacks and outputs"))


def _add_model(group: Any) -> None:
    add_setting(
        group,
        "--characters",
        "model.characters",
        metavar="STRING",
        help="the vocabulary (default: the characters of the labels)",
    )
    add_choice(
        group,
        "--keep-alphabet",
        "model.alphabet",
        ALPHABETS,
        "characters that the vocabulary has besides those of the labels; auto keeps the digits or "
        "letters of which few labels may have missed some",
    )
    group.add_argument("--image-size", type=size, metavar="HxW", help="input size in pixels")
    purpose = "stretch images of other sizes, pad them, or scale them to a width of their own"
    add_reading_order(group, "model.reading_order")
    add_choice(group, "--resize", "model.resize", ["stretch", "pad", "scale"], purpose)
    add_setting(
        group,
        "--min-width",
        "model.min_width",
        type=positive,
        metavar="PIXELS",
        help="the least input width with --resize scale; the width of --image-size is the largest",
    )
    add_setting(
        group,
        "--views",
        "model.views",
        type=positive,
        metavar="N",
        help="with --resize scale: at how many widths, up to 5, the model reads an image that it "
        "is not sure of",
    )
    add_switch(
        group, "--trim", "model.trim", "with --resize scale: cut empty margins away before scaling"
    )
    add_switch(
        group,
        "--closer",
        "model.closer",
        "with --resize scale: where the model is not sure and the text seems to be small, look at "
        "its rows more closely",
    )
    add_setting(
        group, "--channels", "model.channels", type=int, choices=[1, 3], help="1 grey, 3 colour"
    )
    known = "; ".join(f"{n}: {', '.join(find(n).options)}" for n in architectures())
    group.add_argument(
        "--network-option",
        action="append",
        type=numbered,
        default=[],
        metavar="NAME=VALUE",
        help=f"an option of the network; may be repeated; {known}",
    )


def _add_training(group: Any) -> None:
    add_setting(
        group,
        "--epochs",
        "training.epochs",
        metavar="N",
        type=positive,
        help="number of epochs; the learning rate schedule is stretched to it",
    )
    add_setting(
        group,
        "--init",
        "training.init",
        metavar="MODEL",
        help="begin with the weights of a bundled model, a model folder or a Hub repository; none "
        "is random ones",
    )
    add_setting(
        group,
        "--epoch-images",
        "training.epoch_images",
        metavar="N",
        type=positive,
        help="repeat a smaller training set until an epoch has about N images",
    )
    add_setting(
        group,
        "--minutes",
        "training.minutes",
        metavar="MINUTES",
        type=or_none(float),
        help="stop at the end of the epoch in which this time is over, or none",
    )
    add_setting(
        group,
        "--batch-size",
        "training.batch_size",
        metavar="N",
        type=positive,
        help="images per step",
    )
    add_choice(group, "--optimizer", "training.optimizer", OPTIMIZERS, "how weights are updated")
    add_setting(
        group,
        "--learning-rate",
        "training.learning_rate",
        metavar="RATE",
        type=float,
        help="highest rate of the schedule",
    )
    add_choice(group, "--schedule", "training.schedule", SCHEDULES, "how the learning rate changes")
    group.add_argument(
        "--augment",
        action="append",
        type=numbered,
        default=[],
        metavar="NAME=STRENGTH",
        help=f"a random change: {', '.join(AUGMENTATIONS)}; 0 turns it off; may be repeated",
    )
    group.add_argument("--no-augment", action="store_true", help="train on unchanged images")
    add_setting(
        group,
        "--outlier-share",
        "training.outlier_share",
        metavar="FRACTION",
        type=float,
        help="show turned, mirrored and stacked images without a text beside each batch; 0 none",
    )
    add_switch(
        group,
        "--mixed-precision",
        "training.mixed_precision",
        "compute in 16 bits on a GPU, or on a processor that multiplies bfloat16 faster",
    )
    add_setting(
        group,
        "--workers",
        "training.workers",
        metavar="N",
        type=positive,
        help="threads that prepare batches; with --data synthetic:..., processes that draw",
    )
    add_setting(
        group,
        "--devices",
        "training.devices",
        metavar="N",
        type=number_or_all,
        help="devices that share every batch, or all: GPUs, with TensorFlow or JAX (default: 1)",
    )
    add_setting(
        group,
        "--seed",
        "training.seed",
        metavar="N",
        type=natural,
        help="seed of all random choices",
    )
