"""A parser whose errors fit on a screen, and name what may have been meant."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import takewhile
from typing import Any, NoReturn

BAD_USAGE = 2


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` that answers an error without the list of all options.

    The subcommands that `add_subparsers` makes are of this class too, and each answers for what
    stands behind its name.
    """

    _given: Sequence[str] = ()

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse; what a parser without subcommands does not know is an error of it."""
        self._given = sys.argv[1:] if args is None else list(args)
        options, rest = super().parse_known_args(args, namespace)
        if rest and not self._commands():
            self.error(f"unknown: {' '.join(rest)}")
        return options, rest

    def error(self, message: str) -> NoReturn:
        """Print an error, what may have been meant and where help is, and exit with 2."""
        lines = (f"{self.prog}: error: {message}", *self._meant(), f"See {self.prog} --help.")
        print("\n".join(lines), file=sys.stderr)
        raise SystemExit(BAD_USAGE)

    def _meant(self) -> Iterable[str]:
        """Yield a line for every word that is spelled nearly as one that the parser knows."""
        if commands := self._commands():
            for word in self._given[:1]:
                yield from _similar(word, commands)
            return
        known = [name for name in self._option_string_actions if name.startswith("--")]
        # Behind a lone "--" nothing is an option.
        for word in takewhile(lambda word: word != "--", self._given):
            if word.startswith("--"):
                yield from _similar(word.partition("=")[0], known)

    def _commands(self) -> list[str]:
        return [
            name
            for action in self._actions
            if isinstance(action, argparse._SubParsersAction)
            for name in action.choices
        ]


def _similar(word: str, known: Sequence[str]) -> Iterable[str]:
    # The beginning of an option stands for it.
    if not any(name.startswith(word) for name in known):
        found = get_close_matches(word, known, n=2, cutoff=0.7)
        if found:
            yield f"Instead of {word}, did you mean {' or '.join(found)}?"
