"""A folder of small images, a reader that proposes what a test says, and trainings that end."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captcha_model.errors import ImageError, TrainingError
from captcha_model.labelling import learner
from captcha_model.labelling.adapted_models import AdaptedModels
from captcha_model.labelling.image_pool import ImagePool
from captcha_model.labelling.images import ImageFolder
from captcha_model.labelling.label_file import LabelFile
from captcha_model.labelling.proposals import Proposal
from captcha_model.labelling.session import LabelOptions, LabelSession


def write_image(path: Path, seed: int) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (20, 60, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    """Six images, of which 5.png is a copy of 0.png, and a file that is none."""
    found = tmp_path / "images"
    found.mkdir()
    for number in range(6):
        write_image(found / f"{number}.png", number % 5)
    (found / "broken.png").write_bytes(b"no image")
    return found


class Reads:
    """Proposes a text and a confidence by the order of the images."""

    name = "a test"

    def __init__(self, *texts: tuple[str, float]) -> None:
        self.texts = texts

    def propose(self, images) -> Iterator:
        texts = iter(self.texts)
        for image in images:
            yield image if isinstance(image, ImageError) else Proposal(*next(texts, ("", 0.5)))


def write_run(folder: Path, labels: int, right: int, wrong: dict[str, str]) -> None:
    """Write what the labelling looks at in the folder of a run."""
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "captcha_config.json").write_text("{}")
    rows = [{"name": name, "reading": read} for name, read in wrong.items()]
    report = {"images": labels, "correct": right, "wrong": rows}
    (folder / "validation.json").write_text(json.dumps(report))


class FakeTraining:
    """Ends when it is told to, with a model or with an error."""

    all: list["FakeTraining"] = []  # noqa: RUF012

    def __init__(self, labels: Path, out: Path, options) -> None:
        self.labels = len(labels.read_text().splitlines())
        self.out, self.options = out, options
        self.over = threading.Event()
        self.error = ""
        self.all.append(self)

    def succeed(self, labels: int, right: int, wrong: dict[str, str]) -> None:
        write_run(self.out, labels, right, wrong)
        self.over.set()

    def fail(self, error: str) -> None:
        self.error = error
        self.over.set()

    def wait(self) -> None:
        self.over.wait(30)
        if self.error:
            raise TrainingError(self.error)

    def end(self) -> None:
        self.fail("The training was ended.")


@pytest.fixture
def trainings(monkeypatch) -> list[FakeTraining]:
    FakeTraining.all = []
    monkeypatch.setattr(learner, "Adapting", FakeTraining)
    return FakeTraining.all


@pytest.fixture
def open_session(folder, small_config, trainings):
    """Open sessions of the folder, one after another, whose images are all read."""
    opened = []

    def call(*texts: tuple[str, float], out: Path | None = None, **options) -> LabelSession:
        for earlier in opened:
            earlier.close()
        images = ImageFolder(folder)
        session = LabelSession(
            ImagePool(images),
            LabelFile(folder / "labels.jsonl", images.names),
            AdaptedModels(out or folder.with_name("out")),
            small_config,
            Reads(*texts),
            lambda found: Reads(*[("c", 0.9)] * 6),
            LabelOptions(**options),
        )
        opened.append(session)
        wait_until(lambda: not session.pool.is_reading)
        return session

    yield call
    for session in opened:
        session.close()


def wait_until(true) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
