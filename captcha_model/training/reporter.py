"""Where a training run reports its progress."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


def _ignore(text: str) -> None:
    """Drop a line."""


def _no_bar(items: Iterable[Any], total: int, title: str) -> Iterable[Any]:  # noqa: ARG001
    """Return the items as they are."""
    return items


@dataclass(frozen=True)
class Reporter:
    """Receives what a training run reports; by default everything is dropped.

    Attributes:
        line: receives each line of progress, such as one line per epoch.
        result: receives the text of the final evaluation.
        bar: wraps the items of a long step to show a progress bar; takes the items, their number
            and a title.
        log: receives what belongs into a file only, because a bar shows it.
        epoch_bar: show a bar over the epochs on stderr if that is a terminal, instead of a line for
            each of them.
    """

    line: Callable[[str], None] = _ignore
    result: Callable[[str], None] = _ignore
    bar: Callable[[Iterable[Any], int, str], Iterable[Any]] = _no_bar
    log: Callable[[str], None] = _ignore
    epoch_bar: bool = False
