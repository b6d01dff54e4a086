"""The folder in which the comparison works: images, environments and trained models.

| folder | what it holds |
|---|---|
| `images/` | captcha_images_v2 without its test part, a PNG each |
| `environments/NAME/` | an environment to read in, and `NAME-training/` where another trains |
| `models/NAME/` | what a trained system has learned from the train part |
| `peers.log` | what happened when, with every epoch |
| `training-NAME.log`, `NAME.log` | what a system said when it was last trained, or read |
"""

import json
import logging
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT, build_wheel, elsewhere, install, python_of
from benchmarks.peers.systems import OURS, SYSTEMS
from captcha_model.data.datasets.captcha_images_v2 import NAME, cache_folder
from captcha_model.data.sources import find_samples
from captcha_model.data.splits import split_of

LOG = logging.getLogger("benchmarks.peers")
DEFAULT = cache_folder() / "peers"
INSTALLED = "installed.json"

# What these two images of the validation part show is not what they are labelled with, so a reader
# of what they show cannot be right (see the README).
WRONG_LABELS = frozenset({"cdcb3", "wgnwp"})


class Workplace:
    """The folder, and what is found in it.

    Args:
        folder: made where it is missing; its environments are kept from run to run.
        models: the folder in it for trained models.
    """

    def __init__(self, folder: Path, models: str = "models") -> None:
        self.folder = folder.resolve()
        self.models = self.folder / models
        self.images = self._unpacked()
        self._has_ours = False

    @property
    def training(self) -> list[Path]:
        """The images of the train part."""
        return [path for path in self.images if split_of(path.stem) == "train"]

    @property
    def validation(self) -> list[Path]:
        """Those of the validation part."""
        return [path for path in self.images if split_of(path.stem) == "validation"]

    @property
    def judged(self) -> list[Path]:
        """The images of the validation part by which trainings are judged."""
        return [path for path in self.validation if path.stem not in WRONG_LABELS]

    def prepare(
        self, names: Sequence[str], *, to_train: bool = False, to_read: bool = False
    ) -> None:
        """Install what is missing; ours anew once, because the checkout may have changed."""
        for name in names:
            system = SYSTEMS[name]
            wanted = {}
            if to_read or not system.training_requirements:
                wanted[name] = system.requirements
            if to_train:
                wanted[f"{name}-training"] = system.training_requirements
            for environment, requirements in wanted.items():
                if requirements and self._installed(environment)[0] != list(requirements):
                    self._install(environment, list(requirements))
        if to_read and not self._has_ours and any(SYSTEMS[name].recipe for name in names):
            self._has_ours = True
            with tempfile.TemporaryDirectory() as scratch:
                self._install(OURS, [str(build_wheel(Path(scratch)))])

    def installed_bytes(self, name: str) -> int:
        """Return what a system's environment takes on the disk, over bare Python."""
        return self._installed(name)[1]

    def python(self, name: str, *, to_train: bool = False) -> Path:
        """Return the Python in whose environment a system reads or is trained.

        Ours is trained in the environment that this runs in, from the checkout.
        """
        if SYSTEMS[name].recipe:
            return Path(sys.executable) if to_train else python_of(self._environment(OURS))
        apart = to_train and SYSTEMS[name].training_requirements
        return python_of(self._environment(f"{name}-training" if apart else name))

    def model(self, name: str) -> Path | None:
        """Return the folder of a system's trained model; None where it comes with its own."""
        return self.models / name if SYSTEMS[name].trainer else None

    def some_of_training(self, count: int, seed: int) -> list[Path]:
        """Return some images of the train part, drawn by a seed."""
        return sorted(random.Random(seed).sample(self.training, count))

    def _environment(self, name: str) -> Path:
        return self.folder / "environments" / name

    def _install(self, name: str, requirements: list[str]) -> None:
        LOG.info("installing %s", name)
        _, size = install(requirements, self._environment(name))
        stamp = json.dumps({"requirements": requirements, "bytes": size})
        (self._environment(name) / INSTALLED).write_text(stamp)

    def _installed(self, name: str) -> tuple[list[str] | None, int]:
        try:
            stamp = json.loads((self._environment(name) / INSTALLED).read_text())
        except OSError:
            return None, 0
        return stamp["requirements"], stamp["bytes"]

    def _unpacked(self) -> list[Path]:
        folder = self.folder / "images"
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for sample in find_samples(NAME):
            if split_of(sample.label) != "test":
                paths.append(folder / f"{sample.label}.png")
                if not paths[-1].exists():
                    paths[-1].write_bytes(sample.read())
        return sorted(paths)


def surroundings(*, checkout: bool = False) -> dict[str, Any]:
    """Return where a system's process runs: apart from the checkout, and without a GPU.

    Args:
        checkout: let it see the checkout all the same.
    """
    place = elsewhere()
    place["env"]["CUDA_VISIBLE_DEVICES"] = "-1"
    if checkout:
        place["env"]["PYTHONPATH"] = str(ROOT)
    return place
