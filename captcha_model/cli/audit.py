"""`captcha-model audit`: find wrong labels by models that never saw their images."""

import argparse
import csv
import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from captcha_model._utils.atomic_files import is_free, replaced_file, write_atomically
from captcha_model.cli.common import (
    add_data_options,
    at_least,
    load_with_notes,
    natural,
    new_parser,
    note,
    positive,
    with_bar,
)
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.data.sources import find_samples, is_streamed
from captcha_model.errors import CaptchaError, DataError
from captcha_model.evaluation.label_audit import CSV_HEADER, Suspicion, ranked, to_text
from captcha_model.evaluation.label_audit_page import Entry, audit_page, image_url
from captcha_model.training.run_config.run import DEFAULT_RECIPE, Run, parse_yaml, recipes
from captcha_model.training.splits import find_config

TABLE, PAGE = "audit.csv", "audit.html"
FOLDS = 5
SHOWN = 100


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "audit",
        "List labelled images by how strongly a model that never saw them disagrees.",
        "captcha-model audit --data my-images/ --out audits/mine",
    )
    add_data_options(parser)
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FOLDER",
        help=f"takes {TABLE} with all images and {PAGE} with the most suspect ones",
    )
    parser.add_argument(
        "--folds",
        type=lambda text: at_least(text, 2),
        default=FOLDS,
        metavar="N",
        help="train so many models, each on all parts of the images but one (default: %(default)s)",
    )
    parser.add_argument(
        "--show",
        type=natural,
        default=SHOWN,
        metavar="N",
        help=f"how many images {PAGE} has (default: %(default)s)",
    )
    known = recipes()
    parser.add_argument(
        "--recipe",
        choices=known,
        metavar="NAME",
        help=f"{', '.join(known)} (default: {DEFAULT_RECIPE})",
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE.yaml", help="settings, as in a training's run.yaml"
    )
    parser.add_argument("--epochs", type=positive, metavar="N", help="of every training")
    parser.add_argument(
        "--synthetic",
        type=natural,
        metavar="N",
        help="add N drawn captchas over the same characters",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, judge and write; what was judged before an interrupt is written too."""
    told = _read_run(options)
    if not is_free(options.out, TABLE):
        raise DataError(f"{options.out} is not empty and holds no {TABLE}. Choose another folder.")
    samples = find_samples(told.data.source, label_suffix=told.data.label_suffix)
    if told.data.stream or is_streamed(samples):
        raise DataError("An audit holds all images in memory, so they cannot be streamed.")
    config = find_config(samples, told.model)
    images = load_with_notes(samples, config, strict=told.data.strict)
    options.out.mkdir(parents=True, exist_ok=True)  # A place that cannot be is told now.

    from captcha_model._utils.keras_backend import device_name, load_keras

    load_keras()  # First and quietly: the next import would let TensorFlow log at length.
    from captcha_model.training.audit import audit

    drawn = _draw(images, config, told) if told.data.synthetic else None
    note(f"{told.recipe}: {len(images)} images in {options.folds} folds, on {device_name()}")
    found: list[Suspicion] = []
    start = time.perf_counter()
    try:
        for fold in audit(images, config, told.training, options.folds, drawn=drawn, bar=True):
            found += fold.suspicions
            against = sum(s.contradicted for s in fold.suspicions)
            note(
                f"fold {fold.number + 1} of {options.folds}: {len(fold.suspicions)} images, "
                f"{against} read otherwise, after {time.perf_counter() - start:.0f} s"
            )
    except (KeyboardInterrupt, CaptchaError):
        if found:
            _report(options, samples, told, found)
        raise
    _report(options, samples, told, found)
    return 0


def _read_run(options: argparse.Namespace) -> Run:
    """Return what to train: the recipe, under the file, under what was typed."""
    files = []
    if options.config:
        files.append(parse_yaml(options.config.read_text(encoding="utf-8"), options.config.name))
    typed: dict[str, Any] = {"data": {"source": options.data}, "training": {}}
    for name in ("label_suffix", "strict"):
        if getattr(options, name):
            typed["data"][name] = True
    if options.synthetic is not None:
        typed["data"]["synthetic"] = options.synthetic
    if options.epochs is not None:
        typed["training"]["epochs"] = options.epochs
    if options.recipe:
        typed["recipe"] = options.recipe
    return Run.from_mappings(*files, typed)


def _draw(images: LabelledImages, config: CaptchaConfig, told: Run) -> LabelledImages:
    from captcha_model.data.synthetic.dataset import synthesize_like

    count = told.data.synthetic
    return synthesize_like(
        images.labels,
        count,
        config,
        told.training.seed,
        progress=lambda numbers: with_bar(numbers, count, "drawing"),
    )


def _report(
    options: argparse.Namespace, samples: Sequence[Sample], told: Run, found: list[Suspicion]
) -> None:
    """Write the table and the page, and print the first rows."""
    suspicions = ranked(found)
    with replaced_file(options.out / TABLE) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(CSV_HEADER)
        rows.writerows(s.csv_row() for s in suspicions)
        text.detach()
    by_name = {sample.name: sample for sample in samples}
    entries = [Entry(s, _picture(by_name[s.name])) for s in suspicions[: options.show]]
    against = sum(s.contradicted for s in suspicions)
    summary = (
        f"{len(suspicions)} images, each read by a model that never saw it ({options.folds} folds, "
        f"recipe {told.recipe}, {told.training.epochs} epochs). "
        f"{against} are read otherwise than they are labelled."
    )
    page = audit_page(entries, len(suspicions), summary)
    write_atomically(options.out / PAGE, page.encode())
    print(to_text(suspicions))
    note(f"\nwrote {options.out / TABLE} and {options.out / PAGE}")


def _picture(sample: Sample) -> str | None:
    try:
        return image_url(sample.read())
    except OSError:
        return None
