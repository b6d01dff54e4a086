"""What a reader makes of a few labelled images of a captcha: the step that is exchanged."""

import subprocess
import sys
from pathlib import Path
from typing import Protocol

from benchmarks.general.sets import LabelledSet, write_folder
from benchmarks.peers.workplace import process_options


class LearningError(RuntimeError):
    """Nothing was learned; the message says why."""


class Learner(Protocol):
    """Learns from labelled images.

    Attributes:
        name: of what it does, for the results.
    """

    name: str

    def learn(self, images: LabelledSet, count: int, out: Path) -> Path:
        """Learn from some images of a set, and return the folder of the model.

        Args:
            images: the set.
            count: how many of its images are used, the first ones.
            out: receives the model.

        Raises:
            LearningError: there is no model.
        """
        ...


class ByDefault:
    """Trains as the command line does by default: it adapts the general network to few images."""

    name = "`captcha-model train --data IMAGES`"

    def learn(self, images: LabelledSet, count: int, out: Path) -> Path:
        """Train in a process of its own."""
        data = out.with_name(f"{out.name}-images")
        write_folder(zip(images.plain[:count], images.labels[:count], strict=True), data)
        command = [sys.executable, "-m", "captcha_model", "train", "--data", str(data)]
        path = out.with_name(f"{out.name}.log")
        with path.open("w") as log:
            done = subprocess.run(
                [*command, "--out", str(out)],
                stdout=log,
                stderr=subprocess.STDOUT,
                **process_options(checkout=True),
            )
        if done.returncode:
            raise LearningError(path.read_text().strip().splitlines()[-1])
        return out / "model"
