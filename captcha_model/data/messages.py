"""Messages about a data set, the same from the command line and from Python."""

from collections.abc import Sequence

from captcha_model.data.samples import Unreadable
from captcha_model.data.splits import Part
from captcha_model.errors import name_some

MAX_NAMED = 20  # Of more skipped images only the number is reported.


def describe_skipped(unreadable: Sequence[Unreadable]) -> list[str]:
    """Return lines that name the skipped images; of many, the first ones and the number."""
    lines = [f"skipped {skipped.name}: {skipped.reason}" for skipped in unreadable[:MAX_NAMED]]
    if len(unreadable) > MAX_NAMED:
        lines.append(f"skipped {len(unreadable)} images in total")
    return lines


def describe_near_duplicates(pairs: Sequence[tuple[str, str]], split: Part = "validation") -> str:
    """Return the warning about images of a split that look the same as training images.

    Args:
        pairs: names, of the split and of the training split.
        split: the name of the split.
    """
    named = name_some(f"{one} ~ {other}" for one, other in pairs)
    return (
        f"warning: {len(pairs)} images of the {split} split look the same as training images, so "
        f"the metrics will be too good: {named}"
    )
