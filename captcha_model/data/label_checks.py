"""Labels that no network can learn as they are: unusable characters, and an unknown order."""

import unicodedata
import warnings
from collections.abc import Collection, Sequence

from captcha_model._utils.name_some import count_some
from captcha_model._utils.right_to_left import is_right_to_left, unclear
from captcha_model.data.samples import Sample
from captcha_model.errors import DataError, DataWarning
from captcha_model.vocabulary import ReadingOrder


def check_characters(samples: Sequence[Sample], found: Collection[str]) -> None:
    """Check that every character of the labels can be a character of a vocabulary.

    Args:
        samples: iterated only to name those that are wrong.
        found: all characters of their labels.

    Raises:
        DataError: a label has a combining mark, such as a vowel sign of Thai or Hindi, or a
            character that is not printable.
    """
    marks = {c for c in found if unicodedata.category(c).startswith("M")}
    if marks:
        count, named = _name_with(samples, marks)
        raise DataError(
            f"{count} labels have combining marks, which are drawn over, under or beside another "
            "character, while a vocabulary has one code point for each character: "
            f"{named}. Write a character and its marks as one code point where Unicode has one, "
            "or leave these images out.",
            code="LABEL_COMBINING",
        )
    hidden = {c for c in found if not c.isprintable()}
    if hidden:
        count, named = _name_with(samples, hidden)
        raise DataError(
            f"{count} labels have characters that are not printable: {named}.",
            code="LABEL_OUT_OF_VOCABULARY",
        )


def check_reading_order(
    samples: Sequence[Sample], found: Collection[str], order: ReadingOrder | None
) -> None:
    """Check that the order of the characters in the picture is known for every label.

    Without right-to-left letters there is nothing to check. With them and no chosen order this
    issues a `DataWarning`, because labels as they are typed would train to nothing.

    Args:
        samples: iterated only if there are right-to-left letters.
        found: all characters of their labels.
        order: the order that was chosen, if any.

    Raises:
        DataError: the order is "logical", and a label can be drawn in several ways.
    """
    letters = {c for c in found if is_right_to_left(c)}
    if not letters or order == "visual":
        return
    if order is None:
        count, named = count_some((s.name for s in samples if letters & set(s.label)), 3)
        warnings.warn(
            f"{count} labels have right-to-left letters ({named}). They are taken as lists of the "
            "characters that the picture shows from left to right (--reading-order visual). If "
            "they are written as they are typed and read, choose --reading-order logical.",
            DataWarning,
            stacklevel=2,
        )
        return
    reasons = ((sample.name, unclear(sample.label)) for sample in samples)
    count, named = count_some(f"{name} ({reason})" for name, reason in reasons if reason)
    if count:
        raise DataError(
            f"With the reading order logical it is unclear how {count} labels are drawn: {named}. "
            "Write all labels from left to right as the pictures show them, and choose "
            "--reading-order visual.",
            code="LABEL_DIRECTION",
        )


def _name_with(samples: Sequence[Sample], characters: Collection[str]) -> tuple[int, str]:
    """Count and name the samples whose labels have some of the characters, with these."""
    bad = (
        (sample.name, [c for c in dict.fromkeys(sample.label) if c in characters])
        for sample in samples
    )
    return count_some(f"{name} ({', '.join(map(_called, own))})" for name, own in bad if own)


def _called(character: str) -> str:
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()
