"""Reading many images with several processes, each with one core, into one file that can go on."""

import hashlib
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

from captcha_model import __version__
from captcha_model._utils.worker_pool import WorkerPool
from captcha_model.bulk.formats import Format, format_of
from captcha_model.bulk.journal import Journal
from captcha_model.errors import CaptchaError, ConstraintWarning
from captcha_model.inference.options import ReadingOptions
from captcha_model.inference.reader import Reader
from captcha_model.inference.reading_columns import choose_columns, reading_row
from captcha_model.inference.reading_methods import ReadingMethods

Named: TypeAlias = str | tuple[str, str]
"""A path, or a name and a data URL."""

TASK = 256  # Images that a process reads at once.
_SHOWN_NAMES = 3  # Of the images with the same warning.


@dataclass
class Summary:
    """What was read.

    Attributes:
        found: the images that an interrupted run had read already; `counts` leaves them out.
        found_failed: how many of them could not be read, if a column of the output says so.
        is_checked: whether it is known that these were read in the same way.
        counts: the images by what became of them: "read", "failed", "rejected", "unlikely".
        warned: for each warning of readings how many have it, and the names of the first ones.
    """

    found: int = 0
    found_failed: int = 0
    is_checked: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    warned: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def add(self, counts: Counter[str], warned: dict[str, tuple[int, list[str]]]) -> None:
        """Add what was read elsewhere."""
        self.counts += counts
        for warning, (count, names) in warned.items():
            before, first = self.warned.get(warning, (0, []))
            self.warned[warning] = before + count, (first + names)[:_SHOWN_NAMES]


class _Done(NamedTuple):
    """What a process made of its images."""

    records: bytes
    summary: Summary


def read_to_file(
    images: Sequence[Named],
    out: str | os.PathLike[str],
    *,
    model: ReadingMethods,
    options: ReadingOptions = ReadingOptions(),  # noqa: B008 It is immutable.
    columns: Sequence[str] | None = None,
    processes: int = 1,
    resume: bool = False,
    name: str = "",
    progress: Callable[[int], object] = lambda _: None,
) -> Summary:
    """Read images into a file, in their order.

    The rows of each `TASK` images are written when they and all before them have been read. An
    image that cannot be read is a row with its error.

    Args:
        images: their paths.
        out: a new `.csv`, `.jsonl` or `.parquet` file.
        model: reads, in every process; for one core each it is loaded with `threads=1`.
        options: the reading options.
        columns: see `choose_columns`.
        processes: how many read.
        resume: go on where an interrupted run with the same arguments stopped, if there is one.
        name: what the model was asked for by, which must be the same to go on.
        progress: called with every number of images that are done.

    Returns:
        How many images were read, and their warnings.

    Raises:
        OutputError: the output exists, cannot be written, or cannot be continued.
        WorkerError: a process ends again and again.
        CaptchaError: the options do not suit the model, or a model cannot be opened.

    Example:
        >>> model = CaptchaModel.from_pretrained(threads=1)
        >>> read_to_file(["1.png", "2.png"], "readings.csv", model=model, processes=2)
    """
    chosen = choose_columns(columns, arithmetic=options.arithmetic)
    form = format_of(Path(out), chosen)
    summary = Summary()
    list(model.predict_stream([], **options.keywords()))  # Its errors and warnings come now.
    job = {
        "version": __version__,
        "model": name,
        "settings": _fingerprint(model),
        "options": repr(options),
        "columns": ", ".join(chosen),
    }
    pool: WorkerPool[Sequence[Named], _Done] = WorkerPool(
        _read,
        processes=processes,
        start=_start,
        arguments=(model, options, form),
        describe=lambda task: f"the images {_name(task[0])!r} to {_name(task[-1])!r}",
    )
    with Journal(Path(out), form, job, resume=resume) as journal:
        summary.is_checked = journal.is_checked
        if journal.is_complete:
            summary.found, summary.found_failed = journal.check_complete(map(_name, images))
            return summary
        summary.found, summary.found_failed = journal.recover(map(_name, images))
        progress(summary.found)
        for done in pool.results(_tasks(images, summary.found)):
            journal.append(done.records)
            summary.add(done.summary.counts, done.summary.warned)
            progress(done.summary.counts["read"])
        journal.finish()
    return summary


def _tasks(images: Sequence[Named], start: int) -> Iterator[Sequence[Named]]:
    return (images[i : i + TASK] for i in range(start, len(images), TASK))


def _fingerprint(model: ReadingMethods) -> str:
    """Return what tells two trained networks apart; the bundled ones have a version."""
    text = repr(model.config) if isinstance(model, Reader) else ""
    return hashlib.sha256(text.encode()).hexdigest()


def _name(image: Named) -> str:
    return image if isinstance(image, str) else image[0]


_prepared: tuple[ReadingMethods, ReadingOptions, Format]


def _start(model: ReadingMethods, options: ReadingOptions, form: Format) -> None:
    """Prepare a process."""
    global _prepared
    _prepared = model, options, form
    # The first process has shown them.
    warnings.simplefilter("ignore", ConstraintWarning)


def _read(images: Sequence[Named]) -> _Done:
    """Read some images in a prepared process."""
    model, options, form = _prepared
    names = [_name(image) for image in images]
    sources = [Path(image) if isinstance(image, str) else image[1] for image in images]
    summary, rows = Summary(), []
    results = model.predict_stream(sources, **options.keywords())
    for name, result in zip(names, results, strict=True):
        rows.append(reading_row(name, result))
        summary.counts["read"] += 1
        if isinstance(result, CaptchaError):
            summary.counts["failed"] += 1
            continue
        summary.counts["rejected"] += not result.accepted
        summary.counts["unlikely"] += result.rejection_reason == "CONSTRAINT_UNLIKELY"
        for warning in result.warnings:
            summary.add(Counter(), {warning: (1, [name])})
    return _Done(form.encode(rows), summary)
