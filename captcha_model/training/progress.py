"""The progress of a training: a bar over its epochs on a terminal, one line an epoch elsewhere."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from captcha_model.training.history import EpochRecord

_FORMAT = "{desc} {percentage:3.0f}%|{bar}| {elapsed}, {left} left{postfix}"


class EpochBar(tqdm):
    """A bar on stderr, on a terminal only, with the time that is left.

    The time is that of an average step so far, without the first one, which traces the network: a
    validation at the end of an epoch would let the estimate jump otherwise.

    Args:
        total: the number of steps of all epochs.
        initial: the number of them that an earlier run did.
        title: what stands before the bar.
        shown: whether there may be a bar at all.
        seconds: of the time limit of the training, as far as they are left; None is no limit.
    """

    def __init__(
        self,
        total: int,
        *,
        initial: int = 0,
        title: str = "",
        shown: bool = True,
        seconds: float | None = None,
    ) -> None:
        self._seconds = seconds
        self._first: tuple[int, float] | None = None
        super().__init__(
            total=total,
            initial=initial,
            desc=title,
            bar_format=_FORMAT,
            **_size(),
            disable=None if shown else True,  # None: where stderr is no terminal.
        )

    @property
    def format_dict(self) -> dict[str, Any]:
        """What the format of the bar can show."""
        shown: dict[str, Any] = super().format_dict
        done, elapsed = shown["n"], shown["elapsed"]
        if self._first is None and done > shown["initial"]:
            self._first = done, elapsed
        left = None
        if self._first and done > self._first[0]:
            step = (elapsed - self._first[1]) / (done - self._first[0])
            left = step * (shown["total"] - done)
        if self._seconds is not None:
            limit = max(self._seconds - elapsed, 0)
            left = limit if left is None else min(left, limit)
        return {**shown, "left": "?" if left is None else tqdm.format_interval(left)}


def _size() -> dict[str, Any]:
    """Return the size of the terminal as tqdm takes it. Some do not tell it."""
    try:
        known = os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except OSError:
        known = False
    return {"dynamic_ncols": True} if known else {"ncols": 80, "nrows": 24}


@contextmanager
def epoch_bar(total: int, title: str, *, shown: bool) -> Iterator[EpochBar]:
    """Show a bar over the epochs of several trainings while they run."""
    bar = EpochBar(total, title=title, shown=shown)
    try:
        yield bar
    finally:
        bar.close()


def epoch_line(record: EpochRecord, *, is_best: bool) -> str:
    """Return the line of an epoch; a star marks the best one so far, if that is the one to keep."""
    line = f"epoch {record.epoch:3d}  {record.seconds:6.1f} s  loss {record.loss:7.3f}"
    if record.val_loss is None:
        return line
    return (
        f"{line}  validation: loss {record.val_loss:7.3f}  CER {record.val_cer:7.2%}  "
        f"words {record.val_word_accuracy:7.2%}{' *' if is_best else ''}"
    )


def best_figures(record: EpochRecord) -> str:
    """Return the figures of the best epoch, which stand behind the bar."""
    if record.val_loss is None:
        return f"loss {record.loss:.3f}"
    return (
        f"best: epoch {record.epoch}, words {record.val_word_accuracy:.1%}, "
        f"CER {record.val_cer:.1%}"
    )
