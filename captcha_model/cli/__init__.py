"""The command line: `captcha-model COMMAND ...`.

Exit codes: 0 success, 1 failure, 2 bad usage, 130 interrupted by Ctrl-C, 143 stopped by SIGTERM.
"""

import argparse
import io
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from captcha_model import __version__
from captcha_model._utils import native
from captcha_model.cli import (
    audit,
    calibrate,
    card,
    dataset,
    evaluate,
    export,
    label,
    models,
    predict,
    push,
    serve,
    space,
    strength,
    synthesize,
    train,
)
from captcha_model.cli.common import note
from captcha_model.cli.parser import BAD_USAGE, Parser
from captcha_model.errors import (
    CaptchaError,
    ConstraintWarning,
    DataWarning,
    RuntimeFallbackWarning,
)

_COMMANDS = (
    predict,
    label,
    train,
    evaluate,
    strength,
    calibrate,
    audit,
    export,
    models,
    card,
    push,
    serve,
    space,
    dataset,
    synthesize,
)
# They concern nothing but the values of options, though only the model or the command can tell.
_USAGE_CODES = ("CONSTRAINT_INVALID", "OUT_FORMAT")
_OURS = (ConstraintWarning, DataWarning, RuntimeFallbackWarning)


def build_parser() -> argparse.ArgumentParser:
    """Build the parser. It imports no heavy library, so that `--help` is fast."""
    parser = Parser(
        prog="captcha-model",
        description="Reads text captchas and other short noisy codes.",
        epilog="Each command has its own --help, with an example.",
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"captcha-model {__version__}, {native.description()}",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: the command line without the program name; None takes it from `sys.argv`.

    Returns:
        The exit code.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = build_parser()
    if not given:
        parser.print_help(sys.stderr)
        return BAD_USAGE
    options = parser.parse_args(given)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file name may have characters that the terminal cannot print.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with _printed_warnings():
            return int(options.run(options))
    except CaptchaError as error:
        print(f"captcha-model: error: {error}", file=sys.stderr)
        return BAD_USAGE if error.code in _USAGE_CODES else 1
    except BrokenPipeError:
        # The reader, such as `head`, closed the pipe. Python would report that again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        # An error while writing to an open file has no file name.
        where = f": {error.filename}" if error.filename else "."
        print(f"captcha-model: error: {error.strerror or error}{where}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("captcha-model: interrupted", file=sys.stderr)
        return 130


@contextmanager
def _printed_warnings() -> Iterator[None]:
    """Print our own warnings as one line each, once; others stay as they are."""
    shown = warnings.showwarning
    told = set()  # The filter "once" of `warnings` would count for the whole process.

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, _OURS):
            if str(message) not in told:
                note(f"captcha-model: warning: {message}")
            told.add(str(message))
        else:
            shown(message, category, filename, lineno, file, line)

    with warnings.catch_warnings():
        for ours in _OURS:
            warnings.simplefilter("always", ours)
        warnings.showwarning = show
        yield
