"""`captcha-model audit`: find wrong labels with models that were trained on other images."""

import argparse
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from captcha_model._utils.atomic_files import is_free, replaced_file, write_atomically
from captcha_model._utils.csv_table import write_csv
from captcha_model._utils.utf8 import utf8, utf8_file
from captcha_model.cli.common import (
    add_data_options,
    at_least,
    natural,
    new_parser,
    note,
    positive,
    with_bar,
)
from captcha_model.cli.source_options import given_source_options
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.data.sources import find_samples, is_streamed
from captcha_model.errors import CaptchaError, DataError
from captcha_model.evaluation.label_audit import CSV_HEADER, Suspicion, ranked, to_text
from captcha_model.evaluation.label_audit_page import Entry, audit_page, image_url
from captcha_model.training.dataset import load_in_memory, synthetic_images
from captcha_model.training.few_labels.folds import balanced_folds
from captcha_model.training.label_case import relabelled
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.complete import ADAPT, MOST_ADAPTED, complete_run
from captcha_model.training.run_config.run import DEFAULT_RECIPE, Run, recipes
from captcha_model.training.run_folder import read_run_file
from captcha_model.training.splits import find_config
from captcha_model.training.suspicions import AuditedFold

TABLE, PAGE = "audit.csv", "audit.html"
FOLDS = 5
SHOWN = 100


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "audit",
        "Rank labelled images by how strongly a model that was not trained on them disagrees.",
        "captcha-model audit --data my-images/ --out audits/mine",
    )
    add_data_options(parser)
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FOLDER",
        help=f"receives {TABLE} with all images and {PAGE} with the most suspect ones",
    )
    parser.add_argument(
        "--folds",
        type=lambda text: at_least(text, 2),
        default=FOLDS,
        metavar="N",
        help="number of models, each trained on all folds but one (default: %(default)s)",
    )
    parser.add_argument(
        "--show",
        type=natural,
        default=SHOWN,
        metavar="N",
        help=f"number of images in {PAGE} (default: %(default)s)",
    )
    known = recipes()
    parser.add_argument(
        "--recipe",
        choices=known,
        metavar="NAME",
        help=f"{', '.join(known)} (default: {ADAPT} up to {MOST_ADAPTED} images, else "
        f"{DEFAULT_RECIPE})",
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE.yaml", help="a file of settings, such as run.yaml"
    )
    parser.add_argument("--epochs", type=positive, metavar="N", help="epochs of each training")
    parser.add_argument(
        "--synthetic",
        type=natural,
        metavar="N",
        help="add N synthetic captchas with the same characters",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, compare and write; after an interrupt the folds so far are written too."""
    settings = _read_run(options)
    if not is_free(options.out, TABLE):
        raise DataError(f"{options.out} is not empty and holds no {TABLE}. Choose another folder.")
    samples = find_samples(settings.data.source, settings.data)
    if settings.data.stream or is_streamed(samples):
        raise DataError("An audit keeps all images in memory, so they cannot be streamed.")
    config = find_config(samples, settings.model, settings.data.case)
    reporter = Reporter(line=note, bar=with_bar, epoch_bar=True)
    images = relabelled(load_in_memory(samples, config, settings, reporter), config)
    options.out.mkdir(parents=True, exist_ok=True)  # Fails before the training.
    count, folds = _folds(images, config, settings, options.folds, reporter)
    found: list[Suspicion] = []
    start = time.perf_counter()
    try:
        for fold in folds:
            found += fold.suspicions
            against = sum(s.contradicted for s in fold.suspicions)
            note(
                f"fold {fold.number + 1} of {count}: {len(fold.suspicions)} images, "
                f"{against} read differently, after {time.perf_counter() - start:.0f} s"
            )
    except (KeyboardInterrupt, CaptchaError):
        if found:
            _report(options, samples, settings, found, count)
        raise
    _report(options, samples, settings, found, count)
    return 0


def _folds(
    images: LabelledImages, config: CaptchaConfig, settings: Run, folds: int, reporter: Reporter
) -> tuple[int, Iterator[AuditedFold]]:
    """Return the number of folds, and an iterator that trains a model for each of them."""
    if settings.recipe == ADAPT and not settings.data.synthetic:
        from captcha_model.training.few_labels.audit import audit_few

        folds = len(balanced_folds(images.labels, folds, config.case))
        found = audit_few(images, config, settings.training, folds, reporter)
        note(f"{settings.recipe}: {len(images)} images in {folds} folds, in processes")
        return folds, found
    from captcha_model._utils.keras_backend import device_name, load_keras

    load_keras()  # First and quietly: the import below would let TensorFlow log many lines.
    from captcha_model.training.audit import audit

    synthetic = synthetic_images(images, config, settings, reporter)
    note(f"{settings.recipe}: {len(images)} images in {folds} folds, on {device_name()}")
    # A line per epoch of each fold would be too much.
    bars = Reporter(epoch_bar=True)
    trained = audit(images, config, settings.training, folds, synthetic=synthetic, reporter=bars)
    return folds, trained


def _read_run(options: argparse.Namespace) -> Run:
    """Return the settings: those of the recipe, overridden by the file, then by the options."""
    files = []
    if options.config:
        files.append(read_run_file(options.config))
    typed: dict[str, Any] = {"data": {"source": options.data}, "training": {}}
    typed["data"] |= given_source_options(options)
    if options.strict:
        typed["data"]["strict"] = True
    if options.synthetic is not None:
        typed["data"]["synthetic"] = options.synthetic
    if options.epochs is not None:
        typed["training"]["epochs"] = options.epochs
    if options.recipe:
        typed["recipe"] = options.recipe
    return complete_run(*files, typed)


def _report(
    options: argparse.Namespace,
    samples: Sequence[Sample],
    settings: Run,
    found: list[Suspicion],
    folds: int,
) -> None:
    """Write the table and the page, and print the first rows."""
    suspicions = ranked(found)
    with replaced_file(options.out / TABLE) as file:
        text = utf8_file(file)
        write_csv(text, chain([CSV_HEADER], (s.csv_row() for s in suspicions)))
        text.detach()
    by_name = {sample.name: sample for sample in samples}
    entries = [Entry(s, _image_url(by_name[s.name])) for s in suspicions[: options.show]]
    against = sum(s.contradicted for s in suspicions)
    summary = (
        f"{len(suspicions)} images, each read by a model that was not trained on it "
        f"({folds} folds, recipe {settings.recipe}, {settings.training.epochs} epochs). "
        f"{against} are read differently from their labels."
    )
    page = audit_page(entries, len(suspicions), summary)
    write_atomically(options.out / PAGE, utf8(page))
    print(to_text(suspicions))
    note(f"\nwrote {options.out / TABLE} and {options.out / PAGE}")


def _image_url(sample: Sample) -> str | None:
    try:
        return image_url(sample.read())
    except OSError:
        return None
