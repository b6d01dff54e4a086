"""Labels in file names, and hints where many names do not look like labels."""

import re
import shlex
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from captcha_model._utils.name_some import count_some
from captcha_model.data.files import IMAGE_SUFFIXES, Reader
from captcha_model.data.samples import Sample
from captcha_model.data.source_options import SourceOptions
from captcha_model.errors import DataError, DataWarning

_HEX = r"(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,}(?:-[0-9a-f]{4,}){0,4}"
# What people write around labels: the form for people, and the expression that finds the label.
_FORMS = {
    "LABEL_NUMBER": r"(.+)_\d+",
    "LABEL-NUMBER": r"(.+)-\d+",
    "LABEL (NUMBER)": r"(.+?) ?\(\d+\)",
    "LABEL_HASH": rf"(.+)_{_HEX}",
    "LABEL-HASH": rf"(.+?)-{_HEX}",
    "NUMBER_LABEL": r"\d+_(.+)",
    "NUMBER-LABEL": r"\d+-(.+)",
    "HASH_LABEL": rf"{_HEX}_(.+)",
}
_MANY = 0.9  # The share of names that must have one form.
_LEAST_NAMES = 5


def samples_by_name(
    images: Mapping[str, Reader], options: SourceOptions, source: str
) -> list[Sample]:
    """Return the images of a source, each labelled by its file name.

    Args:
        images: the image files of the source.
        options: `label_suffix` and `label_regex`.
        source: its name, for messages.

    Raises:
        DataError: there are no images, or a name does not match the regular expression.
    """
    if not images:
        raise DataError(
            f"{source!r} has no images ({', '.join(IMAGE_SUFFIXES)}).", code="SOURCE_EMPTY"
        )
    stems = [PurePosixPath(name).stem for name in images]
    if options.label_regex is not None:
        labels = _labels_by_regex(stems, options.label_regex)
    elif options.label_suffix:
        labels = [stem.split("_", 1)[0] for stem in stems]
    else:
        labels = stems
        if hint := hint_of(stems):
            warnings.warn(hint, DataWarning, stacklevel=2)
    return [Sample(n, label, images[n]) for n, label in zip(images, labels, strict=True)]


def _labels_by_regex(stems: Sequence[str], regex: str) -> list[str]:
    pattern = re.compile(regex)
    group = "label" if "label" in pattern.groupindex else 1
    matches = [pattern.fullmatch(stem) for stem in stems]
    if not all(matches):
        count, named = count_some(s for s, m in zip(stems, matches, strict=True) if not m)
        raise DataError(
            f"{count} of {len(stems)} file names do not match --label-regex {shlex.quote(regex)} "
            f"as a whole: {named}.",
            code="FILE_NAME_INVALID",
        )
    return [match[group] or "" for match in matches if match]


def hint_of(stems: Sequence[str]) -> str | None:
    """Return what a user should know about file names that are to be labels; None if nothing.

    Args:
        stems: the file names without folders and suffixes.
    """
    if len(stems) < _LEAST_NAMES:
        return None
    if are_running_numbers(stems):
        return (
            f"The file names are running numbers, such as {stems[0]!r}, so they are probably no "
            "labels. If a table has the labels, give it as the source."
        )
    for form, regex in _FORMS.items():
        pattern = re.compile(regex)
        count, label, example = 0, "", ""
        for stem in stems:
            if match := pattern.fullmatch(stem):
                count, label, example = count + 1, match[1], stem
        if count >= _MANY * len(stems):
            plain = form.startswith("LABEL_") and not _any_has(stems, pattern, "_")
            option = "--label-suffix" if plain else f"--label-regex '{regex}'"
            return (
                f"{count} of {len(stems)} file names have the form {form}, such as {example!r}, "
                f"and the whole name is the label. If only {label!r} is, use {option}"
            )
    return None


def are_running_numbers(stems: Sequence[str]) -> bool:
    """Return whether the names are nearly all of a range of numbers, as a counter gives them."""
    if not all(stem.isascii() and stem.isdigit() and len(stem) < 10 for stem in stems):
        return False
    numbers = set(map(int, stems))
    return len(numbers) >= _MANY * (max(numbers) - min(numbers) + 1)


def _any_has(stems: Iterable[str], pattern: re.Pattern[str], text: str) -> bool:
    return any(text in match[1] for stem in stems if (match := pattern.fullmatch(stem)))
