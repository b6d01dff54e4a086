"""UTF-8 for texts with file names, which may hold bytes that are not UTF-8.

Python has such bytes in a `str` as lone surrogates, which no encoding accepts.
"""

import codecs
import io
import json
import sys
from typing import Any, TextIO

_ON_ERROR = "captcha-model-names"


def utf8(text: str) -> bytes:
    """Return the bytes of a text that may hold file names."""
    return text.encode("utf-8", _ON_ERROR)


def utf8_file(file: Any) -> io.TextIOWrapper:
    """Return a text file over a binary one; line ends are written as they are."""
    return io.TextIOWrapper(file, "utf-8", errors=_ON_ERROR, newline="", write_through=True)


def utf8_stdout() -> TextIO:
    """Make stdout UTF-8, whatever the terminal's encoding is, and return it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors=_ON_ERROR, newline="\n")
    return sys.stdout


def print_json(value: Any) -> None:
    """Print a value as JSON, whatever the terminal's encoding is."""
    print(json.dumps(value, indent=2, ensure_ascii=False), file=utf8_stdout())


def _encode_name(error: UnicodeError) -> tuple[str | bytes, int]:
    r"""Encode what UTF-8 does not accept.

    Under another locale, Python could not decode names that are UTF-8. Other bytes become escapes
    such as `\udcff`, which JSON reads as what Python has for them.
    """
    assert isinstance(error, UnicodeEncodeError)
    part = error.object[error.start : error.end]
    try:
        name = part.encode("utf-8", "surrogateescape")
        name.decode()
    except UnicodeError:
        return codecs.backslashreplace_errors(error)
    return name, error.end


codecs.register_error(_ON_ERROR, _encode_name)
