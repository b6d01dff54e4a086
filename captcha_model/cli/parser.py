"""A parser whose errors fit on a screen, and name what may have been meant."""

import argparse
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

BAD_USAGE = 2


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` that answers an error without the list of all options.

    The subcommands that `add_subparsers` makes are of this class too.
    """

    def error(self, message: str) -> NoReturn:
        """Print an error and where help is, and exit with 2."""
        print(f"{self.prog}: error: {message}\nSee {self.prog} --help.", file=sys.stderr)
        raise SystemExit(BAD_USAGE)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse, and answer an unknown option with those that are spelled much the same.

        A subcommand is asked before the program itself, so that its own options are named.
        """
        options, rest = super().parse_known_args(args, namespace)
        unknown = [word.partition("=")[0] for word in rest if word.startswith("--")]
        if unknown and not self._has_commands():
            self.error("; ".join(f"unknown option {word}{self._similar(word)}" for word in unknown))
        return options, rest

    def _has_commands(self) -> bool:
        return any(isinstance(action, argparse._SubParsersAction) for action in self._actions)

    def _similar(self, word: str) -> str:
        known = [name for name in self._option_string_actions if name.startswith("--")]
        found = get_close_matches(word, known, n=2, cutoff=0.7)
        return f". Did you mean {' or '.join(found)}?" if found else ""
