"""The options of `captcha-model train` that say which images it trains on."""

from typing import Any

from captcha_model.cli.common import SOURCE_HELP, natural
from captcha_model.cli.setting_options import add_choice, add_setting, add_switch
from captcha_model.cli.source_options import add_source_options
from captcha_model.decoding.letter_case import CASES

_DRAWN = "or synthetic:any or synthetic:FAMILY,... for images that are drawn while it trains"


def add_image_settings(group: Any) -> None:
    """Add an option for every setting of the images; see `add_train_options`."""
    add_setting(group, "--data", "data.source", metavar="SOURCE", help=f"{SOURCE_HELP}; {_DRAWN}")
    add_source_options(group, "data.")
    add_switch(group, "--strict", "data.strict", "fail on any unreadable image (else skip 1 %%)")
    add_switch(
        group,
        "--stream",
        "data.stream",
        "decode images on demand, for data sets that do not fit into memory",
    )
    purpose = "of labels: convert them, or ignore it, so that either case of a letter is right"
    add_choice(group, "--case", "data.case", CASES, f"the case {purpose} (default: keep)")
    add_setting(
        group,
        "--synthetic",
        "data.synthetic",
        type=natural,
        metavar="N",
        help="add N synthetic captchas with the same characters",
    )
    add_setting(
        group,
        "--unlabelled",
        "data.unlabelled",
        metavar="FOLDER",
        help="with 20 to 500 labels: images without one, which join the training where the model "
        "is sure of them; it takes three times as long",
    )
    add_setting(
        group,
        "--fonts",
        "data.fonts",
        metavar="FOLDER",
        help="TrueType and OpenType fonts for --data synthetic:FAMILY (default: the built-in ones)",
    )
    add_setting(
        group,
        "--labelled",
        "data.labelled",
        metavar="SOURCE",
        help="with --data synthetic:FAMILY: labelled images that are among the drawn ones",
    )
    add_setting(
        group,
        "--labelled-share",
        "data.labelled_share",
        type=float,
        metavar="FRACTION",
        help="their share of all images (default: 0.2)",
    )
    add_setting(
        group,
        "--validation-fraction",
        "data.validation_fraction",
        type=float,
        metavar="FRACTION",
        help="hold this fraction of the images back, at random with the seed (default: none of up "
        "to 500 images, else a tenth by the hash of the label)",
    )
