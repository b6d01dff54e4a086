"""The errors this package raises on purpose, each with a stable code for programs.

Every message is one or two sentences that a user understands. A program looks at `code`, which
does not change between versions; a message may.
"""

from collections.abc import Iterable
from itertools import islice


class CaptchaError(Exception):
    """Base of every error that this package raises on purpose.

    Args:
        message: what went wrong and what to do about it, for a person.
        code: a stable identifier for programs; the class's own code when left out.
    """

    code = "ERROR"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code


class ImageError(CaptchaError):
    """An image could not be read, or is not an image that can hold a code."""

    code = "IMAGE_UNREADABLE"


class VocabularyError(CaptchaError):
    """A set of characters, or a text over it, is not valid."""

    code = "VOCABULARY_INVALID"


class ConfigError(CaptchaError):
    """A model's settings are not valid."""

    code = "CONFIG_INVALID"


class ModelFolderError(CaptchaError):
    """A saved model is missing, damaged or of an unknown kind."""

    code = "MODEL_INVALID"


class DataError(CaptchaError):
    """A set of labelled images cannot be used as it is."""

    code = "DATA_INVALID"


class TrainingError(CaptchaError):
    """Training cannot start or cannot go on."""

    code = "TRAINING_FAILED"


class ExportError(CaptchaError):
    """A model cannot be written in a format, or not to that place."""

    code = "EXPORT_UNSUPPORTED"


class HubError(CaptchaError):
    """The Hub cannot be reached, or does not give or take what it is asked to."""

    code = "HUB_FAILED"


class DependencyError(CaptchaError):
    """An optional package that this step needs is not installed."""

    code = "DEPENDENCY_MISSING"

    @classmethod
    def missing(cls, package: str, extra: str, purpose: str) -> "DependencyError":
        """Say which package `purpose` needs and which extra of ours brings it."""
        return cls(
            f"{purpose} needs the package {package!r}, which is not installed. "
            f"Install it with: python -m pip install 'captcha-model[{extra}]'"
        )


class RuntimeFallbackWarning(UserWarning):
    """A model is read by another runtime than the one that was first choice."""


def name_some(items: Iterable[str], limit: int = 10) -> str:
    """Join up to `limit` items for a message, and count the rest."""
    return count_some(items, limit)[1]


def count_some(items: Iterable[str], limit: int = 10) -> tuple[int, str]:
    """Return how many items there are, and what `name_some` says of them, without holding all."""
    items = iter(items)
    shown = list(islice(items, limit))
    left = sum(1 for _ in items)
    text = ", ".join(shown)
    return len(shown) + left, f"{text} and {left} more" if left else text
