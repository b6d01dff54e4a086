"""How the labels of a source are found, where the source alone does not decide it."""

import dataclasses
import re
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, get_args

from captcha_model._utils.strict_json import Record
from captcha_model._utils.type_checks import Text
from captcha_model.errors import DataError

SplitRule: TypeAlias = Literal["hash", "folders"]
SPLIT_RULES: tuple[SplitRule, ...] = get_args(SplitRule)
Column: TypeAlias = Annotated[str, Text(1, 200)]

# Names in `--columns` that need no further option.
IMAGE_COLUMNS, TEXT_COLUMNS = ("file_name", "file"), ("text",)


@dataclass(frozen=True)
class SourceOptions(Record, error=DataError):
    r"""The options of a source of labelled images.

    Attributes:
        label_suffix: the label in a file name ends at its first underscore: `2b827_1.png`.
        label_regex: a regular expression that a whole file name without its suffix must match. Its
            group named `label`, or its only group, is the label: `\d+_(.+)` for `17_2b827.png`.
        columns: the names of the columns of a table without a header, in order.
        image_column: the column with the names of the image files; None is `file_name`, or `file`.
        text_column: the column with the labels; None is `text`.
        strip_labels: remove white space from both ends of labels, instead of refusing it.
        splits: "hash" splits by the hash of the label; "folders" takes the folders `train`,
            `validation` and `test` of the source.

    Raises:
        DataError: a value is not valid, or two of them exclude each other.

    Example:
        >>> SourceOptions(label_regex=r"\d+_(.+)")
        >>> SourceOptions(columns=("file", "text"))
    """

    label_suffix: bool = False
    label_regex: Annotated[str, Text(1, 500, printable=False)] | None = None
    columns: tuple[Column, ...] | None = None
    image_column: Column | None = None
    text_column: Column | None = None
    strip_labels: bool = False
    splits: SplitRule = "hash"

    def check_together(self) -> None:
        """Check the regular expression and the columns."""
        if self.label_suffix and self.label_regex:
            raise self.invalid("Give label_suffix or label_regex, not both.")
        if self.labels_in_names and self.names_columns:
            raise self.invalid(
                "Labels in file names (label_suffix, label_regex) and in columns of a table "
                "exclude each other."
            )
        if self.label_regex is not None:
            self._check_regex(self.label_regex)
        if self.columns is not None:
            self._check_columns(self.columns)

    def _check_regex(self, regex: str) -> None:
        try:
            pattern = re.compile(regex)
        except (re.error, RecursionError, OverflowError) as error:
            raise self.invalid(f"label_regex {regex!r} is not valid: {error}.") from error
        if "label" not in pattern.groupindex and pattern.groups != 1:
            raise self.invalid(
                f"label_regex {regex!r} has {pattern.groups} groups. It needs one group around the "
                r"label, or one that is named label: \d+_(.+) or (?P<label>.+)_\d+"
            )

    def _check_columns(self, columns: tuple[str, ...]) -> None:
        if len(set(columns)) < len(columns):
            raise self.invalid(f"columns names a column twice. Received: {','.join(columns)}")
        for given, names, option in (
            (self.image_column, IMAGE_COLUMNS, "image_column"),
            (self.text_column, TEXT_COLUMNS, "text_column"),
        ):
            wanted = [given] if given else names
            if not set(wanted) & set(columns):
                raise self.invalid(
                    f"columns must name {' or '.join(map(repr, wanted))}, or {option} one of "
                    f"them. Received: {','.join(columns)}"
                )

    @property
    def labels_in_names(self) -> bool:
        """Whether an option says that the labels are in the file names."""
        return self.label_suffix or self.label_regex is not None

    @property
    def names_columns(self) -> bool:
        """Whether an option says that the labels are in columns of a table."""
        return bool(self.columns or self.image_column or self.text_column)

    def to_arguments(self) -> list[str]:
        """Return the options of the command line that say the same."""
        words = []
        for field in dataclasses.fields(SourceOptions):
            value = getattr(self, field.name)
            if value != field.default:
                flag = f"--{field.name.replace('_', '-')}"
                text = ",".join(value) if isinstance(value, tuple) else value
                if isinstance(text, bool):
                    words.append(flag)
                else:
                    # A value that begins with a dash would be taken for an option.
                    words += [f"{flag}={text}"] if text.startswith("-") else [flag, text]
        return words


DEFAULT_OPTIONS = SourceOptions()
