"""The command line: `captcha-model COMMAND ...`.

Exit codes: 0 done, 1 the work failed, 2 bad usage, 130 interrupted by Ctrl-C, 143 by SIGTERM.
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence

from captcha_model import __version__
from captcha_model.cli import (
    audit,
    calibrate,
    card,
    dataset,
    evaluate,
    export,
    predict,
    push,
    space,
    synthesize,
    train,
)
from captcha_model.errors import CaptchaError

_COMMANDS = (
    predict,
    train,
    evaluate,
    calibrate,
    audit,
    export,
    card,
    push,
    space,
    dataset,
    synthesize,
)


def build_parser() -> argparse.ArgumentParser:
    """Build the parser; this imports nothing heavy, so that `--help` is quick."""
    parser = argparse.ArgumentParser(
        prog="captcha-model",
        description="Reads text captchas and other short noisy codes.",
        epilog="Each command has its own --help, with an example.",
    )
    parser.add_argument("--version", action="version", version=f"captcha-model {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    options = build_parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file's name need not be text, nor anything that the terminal can write.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return int(options.run(options))
    except CaptchaError as error:
        print(f"captcha-model: error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader, `head` say, has seen enough. Python would complain once more at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        # What fails while a file is being written names none.
        where = f": {error.filename}" if error.filename else "."
        print(f"captcha-model: error: {error.strerror or error}{where}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("captcha-model: interrupted", file=sys.stderr)
        return 130
