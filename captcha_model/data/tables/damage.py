"""Signs that a program took labels for numbers before they were written to a table."""

import re
import warnings
from collections.abc import Sequence

from captcha_model.errors import DataWarning

_MOST_DIGITS = 15  # Of a number in a spreadsheet.
_DIGITS = re.compile(r"[0-9]+")
_FLOAT = re.compile(r"[0-9]+\.0")
_POWER = re.compile(r"[0-9](?:\.[0-9]+)?E[+-][0-9]{2,}")


def warn_of_lost_zeros(labels: Sequence[str], table: str) -> None:
    """Warn of labels that a spreadsheet or a data frame has probably changed.

    Args:
        labels: those of the table.
        table: its name, for the message.
    """
    powers = [label for label in labels if _POWER.fullmatch(label)]
    if powers:
        _warn(
            f"{len(powers)} labels of {table} look like numbers that a spreadsheet wrote, such as "
            f"{powers[0]!r}."
        )
    if len(labels) > 1 and all(map(_FLOAT.fullmatch, labels)):
        _warn(f"All labels of {table} end in '.0', as a data frame writes numbers: {labels[0]!r}.")
    numbers = all(map(_DIGITS.fullmatch, labels))
    lengths = {len(label) for label in labels}
    no_zeros = not any(len(label) > 1 and label.startswith("0") for label in labels)
    if numbers and no_zeros and len(lengths) > 1 and max(lengths) <= _MOST_DIGITS:
        short = [label for label in labels if len(label) < max(lengths)]
        _warn(
            f"{len(short)} of {len(labels)} labels of {table} are shorter than the others, such as "
            f"{short[0]!r}, all are numbers, and none begins with 0. If the images show "
            f"{short[0].zfill(max(lengths))!r}, a spreadsheet dropped the zeros."
        )


def _warn(message: str) -> None:
    warnings.warn(message, DataWarning, stacklevel=3)
