"""The options that say where the labels of a source are: one for each field of `SourceOptions`."""

import argparse
import dataclasses
from typing import Any, get_args

from captcha_model.data.source_options import SPLIT_RULES, SourceOptions
from captcha_model.vocabulary import ReadingOrder

# For each field: the keywords of `add_argument`. None of them has a default here, so that only
# what was typed overrides a file of settings.
_OPTIONS: dict[str, dict[str, Any]] = {
    "label_suffix": {
        "action": argparse.BooleanOptionalAction,
        "help": "the label in a file name ends at its first underscore: 2b827_1.png",
    },
    "label_regex": {
        "metavar": "REGEX",
        "help": "what a whole file name without its suffix must match; its group is the label: "
        r"'\d+_(.+)' for 17_2b827.png",
    },
    "columns": {
        "type": lambda text: text.split(","),
        "metavar": "NAMES",
        "help": "the columns of a table without a header, such as file,text",
    },
    "image_column": {
        "metavar": "NAME",
        "help": "the column of a table that holds the file names (default: file_name)",
    },
    "text_column": {
        "metavar": "NAME",
        "help": "the column of a table that holds the labels (default: text)",
    },
    "strip_labels": {
        "action": argparse.BooleanOptionalAction,
        "help": "remove white space from both ends of labels (default: it is an error)",
    },
    "splits": {
        "choices": SPLIT_RULES,
        "help": "split by the hash of the label (default) or by the folders train, validation and "
        "test of the source",
    },
}


def add_source_options(parser: Any, section: str = "") -> None:
    """Add the options to a parser or to a group of one.

    Args:
        parser: receives them.
        section: what their destinations begin with, such as "data.".
    """
    for name, keywords in _OPTIONS.items():
        flag = f"--{name.replace('_', '-')}"
        destination = f"{section}{name}"
        parser.add_argument(flag, dest=destination, default=argparse.SUPPRESS, **keywords)


def add_reading_order(parser: Any, destination: str = "reading_order") -> None:
    """Add the option for the order of the characters in labels; it has no default.

    Args:
        parser: a parser or a group of one.
        destination: the name of its value.
    """
    parser.add_argument(
        "--reading-order",
        dest=destination,
        choices=get_args(ReadingOrder),
        default=argparse.SUPPRESS,
        help="for right-to-left scripts: labels list the characters of the picture from left to "
        "right (visual), or in the order in which they are typed and read (logical)",
    )


def given_source_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of `SourceOptions` that were given, with their values."""
    names = [field.name for field in dataclasses.fields(SourceOptions)]
    return {name: getattr(options, name) for name in names if hasattr(options, name)}


def source_options(options: argparse.Namespace) -> SourceOptions:
    """Return the options of the source.

    Raises:
        DataError: a value is not valid.
    """
    return SourceOptions.from_dict(given_source_options(options), partial=True)
