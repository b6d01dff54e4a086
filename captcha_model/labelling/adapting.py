"""Adapts a model to the labels so far, by `captcha-model train` in a process of its own.

The page stays quick meanwhile, and what a person gets in the end is what the command gives.
"""

import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from captcha_model.errors import TrainingError

_END_SECONDS = 10
# As the program writes errors of its work, and its parser those of its options.
_ERROR = re.compile(r"captcha-model(?: train)?: error: (.+)")


class Adapting:
    """A training that runs.

    Args:
        labels: the file of the labels, beside the images.
        out: the run folder, which does not exist yet.
        options: further options of `captcha-model train`.
    """

    def __init__(self, labels: Path, out: Path, options: Sequence[str] = ()) -> None:
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `wait`.
        self._ended = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "captcha_model", *train_arguments(labels, out), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._output,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Wait for the end.

        Raises:
            TrainingError: it failed, or `end` was called.
        """
        code = self._process.wait()
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").strip().splitlines()
        self._output.close()
        if self._ended:
            raise TrainingError("The training was ended.")
        if code:
            raise TrainingError(error_of(lines) or f"The training ended with exit code {code}.")

    def end(self) -> None:
        """End the training and its own processes; `wait` then raises."""
        self._ended = True
        # Like Ctrl-C, upon which it ends the processes that it has started.
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()


def error_of(lines: Sequence[str]) -> str:
    """Return the error that a training printed in some lines; the last one if it named none."""
    errors = [found[1] for line in lines if (found := _ERROR.fullmatch(line))]
    if errors:
        return errors[-1]
    return f"The training ended with: {lines[-1]}" if lines else ""


def train_arguments(labels: Path, out: Path) -> list[str]:
    """Return the command that trains a model on the labels, without the name of the program."""
    # Its default for very many labels is a network of its own, which takes far longer.
    # A path that begins with a dash would be taken for an option of its own.
    return ["train", "--recipe", "adapt", f"--data={labels}", f"--out={out}"]
