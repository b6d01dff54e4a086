"""All error codes, for the documentation and the tests."""

from typing import NamedTuple

from captcha_model.errors import CaptchaError


class ErrorCode(NamedTuple):
    """One code of one class of errors, with the sentence that explains it."""

    error: type[CaptchaError]
    code: str
    meaning: str


def all_codes() -> list[ErrorCode]:
    """Return the codes of all error classes of this package, and of those imported elsewhere.

    Returns:
        Class by class, in the order in which the classes were defined; a class's default first.
    """
    return [
        ErrorCode(kind, *item) for kind in _classes(CaptchaError) for item in kind.codes.items()
    ]


def _classes(kind: type[CaptchaError]) -> list[type[CaptchaError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in _classes(child))]
