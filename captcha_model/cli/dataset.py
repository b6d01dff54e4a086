"""`captcha-model dataset`: look at labelled images before training on them."""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from captcha_model._utils.name_some import name_some
from captcha_model._utils.utf8 import print_json
from captcha_model.cli.common import (
    add_data_options,
    load_with_notes,
    natural,
    new_parser,
    note,
)
from captcha_model.cli.source_options import add_reading_order, source_options
from captcha_model.config import CaptchaConfig
from captcha_model.data.duplicates import check_duplicates, near_duplicates
from captcha_model.data.label_lengths import check_image_lengths
from captcha_model.data.loading import check_splits
from captcha_model.data.output_place import check_output
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.data.source_options import SplitRule
from captcha_model.data.sources import find_samples, open_source
from captcha_model.data.splits import (
    SPLITS,
    Split,
    indices_of_split,
    warn_of_trained_folders,
)
from captcha_model.decoding.heads import CTC
from captcha_model.training.dataset import is_cross_fitted, warn_of_unseen
from captcha_model.training.few_labels.folds import balanced_folds, without
from captcha_model.training.run_config.complete import complete_run
from captcha_model.training.run_config.run import Run, recipes
from captcha_model.training.splits import find_config, split_by_hash_or_at_random, split_images

PREVIEW_IMAGES = 32
SHOWN_LABELS = 10


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its three actions."""
    parser = new_parser(
        commands,
        "dataset",
        "Look at labelled images before training on them.",
        "captcha-model dataset validate --data my-images/",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    stats = new_parser(
        actions,
        "stats",
        "Count images, labels, characters and splits.",
        "captcha-model dataset stats --data captcha_images_v2",
    )
    stats.add_argument("--json", action="store_true", help="print JSON instead of text")
    stats.set_defaults(run=run_stats)
    validate = new_parser(
        actions,
        "validate",
        "Find every mistake in the data that would stop a training run.",
        "captcha-model dataset validate --data my-images/ --strict",
    )
    add_reading_order(validate)
    validate.set_defaults(run=run_validate)
    preview = new_parser(
        actions,
        "preview",
        "Plot random images, original and augmented.",
        "captcha-model dataset preview --data my-images/ --out preview/",
    )
    preview.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FOLDER",
        help="the folder for images.png and augmented.png",
    )
    preview.add_argument(
        "--recipe",
        choices=recipes(),
        help="the recipe that gives the image size and the augmentation (default: the one that a "
        "training of these images would take)",
    )
    preview.add_argument(
        "--seed",
        type=natural,
        default=0,
        help="random seed of the selection and the augmentation (default: %(default)s)",
    )
    preview.set_defaults(run=run_preview)
    for action in (stats, validate, preview):
        add_data_options(action)


def run_stats(options: argparse.Namespace) -> int:
    """Print counts; only the labels are read, not the images."""
    source = source_options(options)
    stats = _statistics(find_samples(options.data, source), source.splits)
    if options.json:
        print_json(stats)
        return 0
    print(f"images      {stats['images']} with {stats['labels']} different labels")
    print("splits      " + _counts(stats["splits"]))
    print("lengths     " + ", ".join(f"{k}: {v}" for k, v in stats["lengths"].items()))
    print(f"repeats     {stats['adjacent_repeats']} labels with equal adjacent characters")
    print(f"characters  {stats['characters']} ({len(stats['characters'])})")
    for character, count in stats["frequencies"].items():
        fraction = count / max(stats["frequencies"].values())
        print(f"  {character} {count:7}  {'#' * round(40 * fraction)}")
    return 0


def run_validate(options: argparse.Namespace) -> int:
    """Say where the labels come from, show some, and run the checks that a training run does."""
    order = getattr(options, "reading_order", None)
    source = source_options(options)
    run = complete_run(
        {"model": {"reading_order": order} if order else {}},
        {"data": {"source": options.data, **source.to_dict()}},
    )
    found = open_source(options.data, source)
    print(f"labels      from {found.origin}")
    for sample in found.samples[:SHOWN_LABELS]:
        print(f"  {sample.name}  {sample.label!r}")
    if len(found.samples) > SHOWN_LABELS:
        print(f"  and {len(found.samples) - SHOWN_LABELS} more")
    config = find_config(found.samples, run.model)
    images = load_with_notes(found.samples, config, strict=options.strict)
    check_image_lengths(images, config)
    if is_cross_fitted(len(images), run):
        print("splits      none: so few images are all trained on, and cross-fitting measures")
        warn_of_trained_folders(images.names)
        _check_copies(images)
    else:
        _check_splits(images, config, run)
    print(
        f"{len(images)} images are ready for training: {len(config.characters)} characters "
        f"{config.characters}, no conflicting labels, no label too long."
    )
    return 0


def _check_copies(images: LabelledImages) -> None:
    """Warn of images that look the same and have different labels: one of these may be wrong.

    Raises:
        DataError: all labels are equal.
    """
    pairs = set()
    # Copies with the same label are in the same fold.
    for fold in balanced_folds(images.labels):
        others = images.select(without(len(images), fold))
        pairs |= {tuple(sorted(pair)) for pair in near_duplicates(others, images.select(fold))}
    if pairs:
        named = name_some(f"{one} ~ {other}" for one, other in sorted(pairs))
        unit = "pair of images looks" if len(pairs) == 1 else "pairs of images look"
        note(
            f"warning: {len(pairs)} {unit} the same with different labels, of "
            f"which one may be wrong: {named}"
        )


def _check_splits(images: LabelledImages, config: CaptchaConfig, run: Run) -> None:
    """Print the sizes of the splits, and check and compare them."""
    settings = split_by_hash_or_at_random(images.labels, run.data)
    rule, test = f"by the {settings.splits}", images.select([])
    if settings == run.data:
        test = images.select(indices_of_split(images.names, images.labels, "test", settings.splits))
    else:
        rule = "at random, because there are too few different labels for one by their hash"
    training, validation = split_images(images, settings, run.training.seed)
    sizes = dict(zip(SPLITS, map(len, (training, validation, test)), strict=True))
    print(f"splits      {_counts(sizes)}, {rule}")
    check_splits(training, validation)
    warn_of_unseen(images, training, config.characters)
    check_duplicates(training, validation, "validation", warn=note)
    check_duplicates(training, test, "test", warn=note)


def run_preview(options: argparse.Namespace) -> int:
    """Plot two grids of images."""
    import numpy as np

    from captcha_model.plots import image_grid

    check_output(options.out, options.data, partial(_find, options))
    source = source_options(options)
    run = complete_run(
        {"recipe": options.recipe}, {"data": {"source": options.data, **source.to_dict()}}
    )
    samples = _find(options)
    config = find_config(samples, run.model)
    images = load_with_notes(samples, config, strict=options.strict)
    order = np.random.default_rng(options.seed).permutation(len(images))[:PREVIEW_IMAGES]
    chosen = images.select(sorted(order.tolist()))
    image_grid(options.out / "images.png", chosen.pixels, chosen.labels)

    if not run.training.augmentation:
        note(f"wrote {options.out / 'images.png'}; the recipe {run.recipe} changes no image")
        return 0
    from captcha_model._utils.keras_backend import load_keras

    load_keras()
    from captcha_model.training.augment import augmented_copies

    augmented = augmented_copies(chosen.pixels, run.training.augmentation, options.seed)
    image_grid(options.out / "augmented.png", augmented, chosen.labels)
    note(
        f"wrote {options.out / 'images.png'} and {options.out / 'augmented.png'}, by the recipe "
        f"{run.recipe}"
    )
    return 0


def _counts(sizes: Mapping[Split, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sizes.items())


def _find(options: argparse.Namespace) -> Sequence[Sample]:
    return find_samples(options.data, source_options(options))


def _statistics(samples: Sequence[Sample], rule: SplitRule) -> dict[str, Any]:
    labels = [sample.label for sample in samples]
    names = [sample.name for sample in samples]
    frequencies = Counter("".join(labels))
    lengths = Counter(map(len, labels))
    return {
        "images": len(labels),
        "labels": len(set(labels)),
        "splits": {s: len(indices_of_split(names, labels, s, rule)) for s in SPLITS},
        "lengths": dict(sorted(lengths.items())),
        "adjacent_repeats": sum(CTC.needed_steps(label) > len(label) for label in labels),
        "characters": "".join(sorted(frequencies)),
        "frequencies": dict(sorted(frequencies.items(), key=lambda item: (-item[1], item[0]))),
    }
