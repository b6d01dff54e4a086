"""The options of `captcha-model train`."""

import argparse
from pathlib import Path
from typing import Any

from captcha_model.cli.common import SOURCE_HELP, natural, positive
from captcha_model.cli.source_options import add_reading_order, add_source_options
from captcha_model.networks import architectures, find
from captcha_model.training.run_config.run import DEFAULT_RECIPE, recipes
from captcha_model.training.run_config.settings import (
    AUGMENTATIONS,
    MONITORS,
    OPTIMIZERS,
    SCHEDULES,
)

NONE = "none"


def add_train_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for every setting of a run; the recipe decides those that are not given.

    The destination of an option, `section.setting`, is the name of its setting in a run.
    """
    known = recipes()
    parser.add_argument(
        "--recipe",
        choices=known,
        metavar="NAME",
        help=f"{', '.join(known)} (default: {DEFAULT_RECIPE})",
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE.yaml", help="a file of settings, such as run.yaml"
    )
    _add_data(parser.add_argument_group("images"))
    _add_model(parser.add_argument_group("network"))
    _add_training(parser.add_argument_group("training"))
    _add_callbacks(parser.add_argument_group("callbacks and outputs"))


def _add_data(group: Any) -> None:
    _setting(group, "--data", "data.source", metavar="SOURCE", help=SOURCE_HELP)
    add_source_options(group, "data.")
    _switch(group, "--strict", "data.strict", "fail on any unreadable image (else skip 1 %%)")
    _switch(
        group,
        "--stream",
        "data.stream",
        "decode images on demand, for data sets that do not fit into memory",
    )
    _setting(
        group,
        "--synthetic",
        "data.synthetic",
        type=natural,
        metavar="N",
        help="add N synthetic captchas with the same characters",
    )
    _setting(
        group,
        "--validation-fraction",
        "data.validation_fraction",
        type=float,
        metavar="FRACTION",
        help="split at random with the seed (default: by the hash of the label)",
    )


def _add_model(group: Any) -> None:
    _setting(
        group,
        "--characters",
        "model.characters",
        metavar="STRING",
        help="the vocabulary (default: the characters of the labels)",
    )
    group.add_argument("--image-size", type=_size, metavar="HxW", help="input size in pixels")
    purpose = "stretch images of other sizes, or scale and pad them"
    add_reading_order(group, "model.reading_order")
    _choice(group, "--resize", "model.resize", ["stretch", "pad"], purpose)
    _setting(
        group, "--channels", "model.channels", type=int, choices=[1, 3], help="1 grey, 3 colour"
    )
    known = "; ".join(f"{n}: {', '.join(find(n).options)}" for n in architectures())
    group.add_argument(
        "--network-option",
        action="append",
        type=_number,
        default=[],
        metavar="NAME=VALUE",
        help=f"an option of the network; may be repeated; {known}",
    )


def _add_training(group: Any) -> None:
    _setting(
        group,
        "--epochs",
        "training.epochs",
        metavar="N",
        type=positive,
        help="number of epochs; the learning rate schedule is stretched to it",
    )
    _setting(
        group,
        "--epoch-images",
        "training.epoch_images",
        metavar="N",
        type=positive,
        help="repeat a smaller training set until an epoch has about N images",
    )
    _setting(
        group,
        "--minutes",
        "training.minutes",
        metavar="MINUTES",
        type=_or_none(float),
        help="stop at the end of the epoch in which this time is over, or none",
    )
    _setting(
        group,
        "--batch-size",
        "training.batch_size",
        metavar="N",
        type=positive,
        help="images per step",
    )
    _choice(group, "--optimizer", "training.optimizer", OPTIMIZERS, "how weights are updated")
    _setting(
        group,
        "--learning-rate",
        "training.learning_rate",
        metavar="RATE",
        type=float,
        help="highest rate of the schedule",
    )
    _choice(group, "--schedule", "training.schedule", SCHEDULES, "how the learning rate changes")
    group.add_argument(
        "--augment",
        action="append",
        type=_number,
        default=[],
        metavar="NAME=STRENGTH",
        help=f"a random change: {', '.join(AUGMENTATIONS)}; 0 turns it off; may be repeated",
    )
    group.add_argument("--no-augment", action="store_true", help="train on unchanged images")
    _setting(
        group,
        "--outlier-share",
        "training.outlier_share",
        metavar="FRACTION",
        type=float,
        help="show turned, mirrored and stacked images without a text beside each batch; 0 none",
    )
    _switch(group, "--mixed-precision", "training.mixed_precision", "compute in 16 bits on a GPU")
    _setting(
        group,
        "--workers",
        "training.workers",
        metavar="N",
        type=positive,
        help="threads that prepare batches",
    )
    _setting(
        group,
        "--seed",
        "training.seed",
        metavar="N",
        type=natural,
        help="seed of all random choices",
    )


def _add_callbacks(group: Any) -> None:
    _choice(group, "--monitor", "training.monitor", MONITORS, "the metric that ranks epochs")
    _setting(
        group,
        "--patience",
        "training.patience",
        type=_or_none(positive),
        metavar="EPOCHS",
        help="stop after this many epochs without progress, or none",
    )
    _setting(
        group,
        "--reduce-lr-patience",
        "training.reduce_lr_patience",
        type=_or_none(positive),
        metavar="EPOCHS",
        help="lower the learning rate after this many epochs without progress, or none",
    )
    _switch(
        group,
        "--restore-best",
        "training.restore_best",
        "return the weights of the best epoch (default) or of the last one",
    )
    _switch(group, "--csv-log", "training.csv_log", "write history.csv")
    _switch(group, "--tensorboard", "training.tensorboard", "write TensorBoard logs")
    _setting(
        group,
        "--export",
        "training.export",
        type=_formats,
        metavar="FORMATS",
        help="also export the trained model: keras,onnx,savedmodel,litert, or none",
    )


def _setting(group: Any, flag: str, destination: str, **options: Any) -> None:
    group.add_argument(flag, dest=destination, default=argparse.SUPPRESS, **options)


def _choice(group: Any, flag: str, destination: str, choices: Any, purpose: str) -> None:
    _setting(group, flag, destination, choices=choices, help=purpose)


def _switch(group: Any, flag: str, destination: str, purpose: str) -> None:
    _setting(group, flag, destination, action=argparse.BooleanOptionalAction, help=purpose)


def _or_none(parse: Any) -> Any:
    def parsed(text: str) -> Any:
        try:
            return None if text == NONE else parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor {NONE}") from error

    return parsed


def _formats(text: str) -> list[str]:
    return [] if text == NONE else text.split(",")


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.lower().partition("x")
    if not (height.isdecimal() and width.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not HEIGHTxWIDTH, such as 50x200")
    return int(height), int(width)


def _number(text: str) -> tuple[str, int | float]:
    name, _, value = text.partition("=")
    try:
        return name, int(value) if value.isdecimal() else float(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=NUMBER") from error
