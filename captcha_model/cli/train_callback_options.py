"""The options of `captcha-model train` for its callbacks and outputs."""

from typing import Any

from captcha_model.cli.common import positive
from captcha_model.cli.setting_options import add_choice, add_setting, add_switch, formats, or_none
from captcha_model.training.run_config.settings import MONITORS


def add_callbacks(group: Any) -> None:
    """Add an option for every setting of the callbacks and of what is written."""
    add_choice(group, "--monitor", "training.monitor", MONITORS, "the metric that ranks epochs")
    add_setting(
        group,
        "--patience",
        "training.patience",
        type=or_none(positive),
        metavar="EPOCHS",
        help="stop after this many epochs without progress, or none; without effect on up to 500 "
        "images",
    )
    add_setting(
        group,
        "--reduce-lr-patience",
        "training.reduce_lr_patience",
        type=or_none(positive),
        metavar="EPOCHS",
        help="lower the learning rate after this many epochs without progress, or none",
    )
    add_switch(
        group,
        "--restore-best",
        "training.restore_best",
        "return the weights of the best epoch or, as the recipe adapt does, of the last one; "
        "without effect on up to 500 images",
    )
    add_switch(group, "--csv-log", "training.csv_log", "write history.csv")
    add_switch(group, "--tensorboard", "training.tensorboard", "write TensorBoard logs")
    add_setting(
        group,
        "--export",
        "training.export",
        type=formats,
        metavar="FORMATS",
        help="also export the trained model: keras,onnx,savedmodel,litert, or none",
    )
    add_switch(
        group,
        "--card-images",
        "training.card_images",
        "show some of your images on the model card (default: none, as they may be private)",
    )
