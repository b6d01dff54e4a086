"""The folder in which the comparison works: images, environments and trained models.

| folder | what it holds |
|---|---|
| `images/` | captcha_images_v2 without its test split, as PNG |
| `environments/NAME/` | to read in; `NAME-training/` where training needs another environment |
| `models/NAME/` | the model of a trained system |
| `peers.log` | the log, with every epoch |
| `training-NAME.log`, `NAME.log` | what a system printed when it was last trained, or read |
"""

import json
import logging
import random
import sys
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT, build_wheel, install, outside_checkout, python_of
from benchmarks.image_files import unpack
from benchmarks.peers.systems import OURS, SYSTEMS
from captcha_model.data.datasets.captcha_images_v2 import cache_folder
from captcha_model.data.splits import split_of

LOG = logging.getLogger("benchmarks.peers")
DEFAULT = cache_folder() / "peers"
INSTALLED = "installed.json"

# Two images of the validation split have wrong labels (see `docs/results.md`): a correct reading of
# them counts as a mistake.
WRONG_LABELS = frozenset({"cdcb3", "wgnwp"})


class Workplace:
    """The folder and its contents.

    Args:
        folder: made if it is missing; its environments are kept from run to run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.models = self.folder / "models"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._has_ours = False

    @cached_property
    def images(self) -> list[Path]:
        """The images of captcha_images_v2 outside its test split."""
        (self.folder / "images").mkdir(exist_ok=True)
        return unpack(self.folder / "images")

    @property
    def training(self) -> list[Path]:
        """The images of the train split."""
        return [path for path in self.images if split_of(path.stem) == "train"]

    @property
    def validation(self) -> list[Path]:
        """The images of the validation split."""
        return [path for path in self.images if split_of(path.stem) == "validation"]

    @property
    def validated(self) -> list[Path]:
        """The images that evaluate trainings: the validation split without the wrong labels."""
        return [path for path in self.validation if path.stem not in WRONG_LABELS]

    def prepare(
        self, names: Sequence[str], *, to_train: bool = False, to_read: bool = False
    ) -> None:
        """Install what is missing; ours once per run, because the checkout may have changed."""
        for name in names:
            system = SYSTEMS[name]
            needed = {}
            if to_read or not system.training_requirements:
                needed[name] = system.requirements
            if to_train:
                needed[f"{name}-training"] = system.training_requirements
            for environment, requirements in needed.items():
                if requirements and self._installed(environment)[0] != list(requirements):
                    self._install(environment, list(requirements))
        if to_read and not self._has_ours and any(SYSTEMS[name].recipe for name in names):
            self._has_ours = True
            with tempfile.TemporaryDirectory() as scratch:
                self._install(OURS, [str(build_wheel(Path(scratch)))])

    def installed_bytes(self, name: str) -> int:
        """Return the disk space of a system's environment, without that of Python alone."""
        return self._installed(name)[1]

    def python(self, name: str, *, to_train: bool = False) -> Path:
        """Return the Python in whose environment a system reads or is trained.

        Ours is trained in the environment of this process, from the checkout.
        """
        if SYSTEMS[name].recipe:
            return Path(sys.executable) if to_train else python_of(self._environment(OURS))
        own = to_train and SYSTEMS[name].training_requirements
        return python_of(self._environment(f"{name}-training" if own else name))

    def model(self, name: str) -> Path | None:
        """Return the folder of a system's trained model; None if the system comes with its own."""
        return self.models / name if SYSTEMS[name].trainer else None

    def some_of_training(self, count: int, seed: int) -> list[Path]:
        """Return a random sample of the train split, sorted."""
        return sorted(random.Random(seed).sample(self.training, count))

    def _environment(self, name: str) -> Path:
        return self.folder / "environments" / name

    def _install(self, name: str, requirements: list[str]) -> None:
        LOG.info("installing %s", name)
        _, size = install(requirements, self._environment(name))
        installed = json.dumps({"requirements": requirements, "bytes": size})
        (self._environment(name) / INSTALLED).write_text(installed)

    def _installed(self, name: str) -> tuple[list[str] | None, int]:
        path = self._environment(name) / INSTALLED
        if not path.exists():
            return None, 0
        installed = json.loads(path.read_text())
        return installed["requirements"], installed["bytes"]


def process_options(*, checkout: bool = False) -> dict[str, Any]:
    """Return the arguments of `subprocess` for a system: no GPU, and no import of this checkout.

    Args:
        checkout: allow importing this checkout.
    """
    options = outside_checkout()
    options["env"]["CUDA_VISIBLE_DEVICES"] = "-1"
    if checkout:
        options["env"]["PYTHONPATH"] = str(ROOT)
    return options
