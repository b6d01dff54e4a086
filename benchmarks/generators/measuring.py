"""Draws the images of a generator at a setting, and measures who reads them."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.general.ours import AS_IT_IS, OwnReader
from benchmarks.general.peers import scores_of
from benchmarks.general.scores import score
from benchmarks.general.sets import TABLE, LabelledSet, read_folder
from benchmarks.generators.environments import draw, folder_name
from benchmarks.generators.generator import Generator, Setting
from benchmarks.generators.learning import Learner, LearningError
from benchmarks.peers.client import Reader
from benchmarks.peers.workplace import LOG

KIND = "generators"
TEST_SEED, TRAINING_SEED = 1, 2


def drawn(
    generator: Generator, setting: Setting, own: Path, images: Path, count: int, seed: int
) -> LabelledSet:
    """Return images of a generator; those of an earlier run if they are as many.

    Args:
        generator: draws them.
        setting: how.
        own: the folder where it is installed.
        images: receives them, in a folder of their own.
        count: how many.
        seed: of the texts, and of the drawing where that can be seeded.
    """
    name = f"{folder_name(generator)}-{setting.name}"
    folder = images / f"{name}-{seed}-{count}"
    if not (folder / TABLE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        draw(generator, setting, own, folder, count, seed)
    return read_folder(folder, name, KIND, folder / "plain")


def measure(images: LabelledSet, ours: OwnReader, peers: Mapping[str, Reader]) -> dict[str, Any]:
    """Return the scores of every reader without training: ours by the way, the others by system."""
    return {"ours": ours.scores(images)["ways"], **scores_of(images, peers)}


def measure_learning(
    learner: Learner,
    training: LabelledSet,
    test: LabelledSet,
    counts: Sequence[int],
    scratch: Path,
) -> dict[str, Any]:
    """Return the scores after learning from each number of labelled images, and what failed.

    Args:
        learner: learns.
        training: images that are not among those of `test`.
        test: what is read then.
        counts: the numbers of images.
        scratch: receives the models.
    """
    found, failed = {}, {}
    for count in counts:
        out = scratch / f"{training.name}-{count}"
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(out.with_name(f"{out.name}-images"), ignore_errors=True)
        try:
            model = learner.learn(training, count, out)
        except LearningError as error:
            failed[str(count)] = str(error)
            LOG.info("%s after %d labels: %s", test.name, count, error)
            continue
        texts = OwnReader(str(model)).read(test.paths).texts
        found[str(count)] = {AS_IT_IS: score(test.labels, texts)}
    return {"learner": learner.name, "labels": found, "failed": failed}
