"""The label audit of few images: adapted models side by side, each in a process of its own."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.training.few_labels.folds import balanced_folds, without
from captcha_model.training.few_labels.processes import do_all, processes
from captcha_model.training.few_labels.task import Done, Task
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.settings import TrainingSettings
from captcha_model.training.suspicions import AuditedFold, suspicions


def audit_few(
    images: LabelledImages,
    config: CaptchaConfig,
    settings: TrainingSettings,
    folds: int,
    reporter: Reporter,
) -> Iterator[AuditedFold]:
    """Compare every label with the reading of a model that was trained without its fold.

    Args:
        images: all images.
        config: the model to build.
        settings: how to train; early stopping and the time limit are turned off.
        folds: the number of folds, from 2; with fewer different labels there are as many as those.
        reporter: shows one bar over the epochs of all trainings.

    Returns:
        The folds, as they are finished; nothing is started before the first one is asked for.

    Raises:
        DataError: there are fewer than two different labels.
        TrainingError: a training failed.
    """
    settings = settings.without_validation()
    # A label is compared with what the first view says.
    config = replace(config, views=1)
    parts = balanced_folds(images.labels, folds, config.case)
    tasks = [
        Task(
            config,
            settings,
            images.select(without(len(images), part)),
            images.select(part),
            copies=False,
        )
        for part in parts
    ]
    return _audited_folds(tasks, reporter)


def _audited_folds(tasks: Sequence[Task], reporter: Reporter) -> Iterator[AuditedFold]:
    results: dict[int, Done] = {}
    left = set(range(len(tasks)))
    with (
        processes(len(tasks)) as workers,
        closing(do_all(tasks, results, workers)) as epochs,
    ):
        count = sum(task.settings.epochs for task in tasks)
        for _ in reporter.bar(epochs, count, "training"):
            for number in sorted(left & results.keys()):
                left.remove(number)
                yield _audited(number, tasks[number], results[number])
    for number in sorted(left):
        yield _audited(number, tasks[number], results[number])


def _audited(number: int, task: Task, done: Done) -> AuditedFold:
    assert task.held_out is not None
    assert done.data is not None
    return AuditedFold(number, tuple(suspicions(task.config, done.data.logits, task.held_out)))
