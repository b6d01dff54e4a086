"""`captcha-model dataset`: look at labelled images before training on them."""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from captcha_model.cli.common import (
    add_data_options,
    load_with_notes,
    look_for_copies,
    natural,
    new_parser,
    note,
)
from captcha_model.config import CaptchaConfig
from captcha_model.data.loading import check_parts
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.data.sources import find_samples
from captcha_model.data.splits import PARTS, indices_of, part_of
from captcha_model.decoding.heads import CTC
from captcha_model.training.run_config.run import DEFAULT_RECIPE, Run, recipes
from captcha_model.training.splits import find_config

GRID = 32


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
        "Count labels, characters and parts.",
        "captcha-model dataset stats --data captcha_images_v2",
    )
    stats.add_argument("--json", action="store_true", help="print JSON instead of a text")
    stats.set_defaults(run=run_stats)
    validate = new_parser(
        actions,
        "validate",
        "Find every mistake that would stop a training.",
        "captcha-model dataset validate --data my-images/ --strict",
    )
    validate.set_defaults(run=run_validate)
    preview = new_parser(
        actions,
        "preview",
        "Draw some images, as they are and augmented.",
        "captcha-model dataset preview --data my-images/ --out preview/",
    )
    preview.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FOLDER",
        help="takes images.png and augmented.png",
    )
    preview.add_argument(
        "--recipe",
        choices=recipes(),
        default=DEFAULT_RECIPE,
        help="whose size and augmentation (default: %(default)s)",
    )
    preview.add_argument("--seed", type=natural, default=0, help="of the choice and the changes")
    preview.set_defaults(run=run_preview)
    for action in (stats, validate, preview):
        add_data_options(action)


def run_stats(options: argparse.Namespace) -> int:
    """Print counts; only the labels are read, not the images."""
    facts = _statistics(find_samples(options.data, label_suffix=options.label_suffix))
    if options.json:
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return 0
    print(f"images      {facts['images']} with {facts['labels']} different labels")
    print("parts       " + ", ".join(f"{k} {v}" for k, v in facts["parts"].items()))
    print("lengths     " + ", ".join(f"{k}: {v}" for k, v in facts["lengths"].items()))
    print(f"repeats     {facts['adjacent_repeats']} labels hold an adjacent repeat")
    print(f"characters  {facts['characters']} ({len(facts['characters'])})")
    for character, count in facts["frequencies"].items():
        share = count / max(facts["frequencies"].values())
        print(f"  {character} {count:7}  {'#' * round(40 * share)}")
    return 0


def run_validate(options: argparse.Namespace) -> int:
    """Check everything that training checks."""
    samples, config, images = _load(options, Run.from_mappings())
    parts = {part: [s for s in samples if part_of(s.label) == part] for part in PARTS}
    check_parts(parts["train"], parts["validation"])
    training, *others = (images.select(indices_of(images.labels, part)) for part in PARTS)
    for part, judged in zip(PARTS[1:], others, strict=True):
        look_for_copies(training, judged, part)
    print(
        f"{len(images)} images can be trained on: {len(config.characters)} characters "
        f"{config.characters}, no contradicting labels, every label fits."
    )
    return 0


def run_preview(options: argparse.Namespace) -> int:
    """Draw two grids."""
    import numpy as np

    from captcha_model.plots import image_grid

    told = Run.from_mappings({"recipe": options.recipe})
    _, config, images = _load(options, told)
    order = np.random.default_rng(options.seed).permutation(len(images))[:GRID]
    chosen = images.select(sorted(order.tolist()))
    image_grid(options.out / "images.png", chosen.pixels, chosen.labels)

    from captcha_model._utils.keras_backend import load_keras

    load_keras()
    from captcha_model.data.transforms.augmentation import Augmentation

    augment = Augmentation(config, told.training.augmentation)
    changed = np.rint(augment(chosen.pixels, (options.seed,)) * 255).astype(np.uint8)
    image_grid(options.out / "augmented.png", changed, chosen.labels)
    note(f"drew {options.out / 'images.png'} and {options.out / 'augmented.png'}")
    return 0


def _load(
    options: argparse.Namespace, told: Run
) -> tuple[Sequence[Sample], CaptchaConfig, LabelledImages]:
    samples = find_samples(options.data, label_suffix=options.label_suffix)
    config = find_config(samples, told.model)
    return samples, config, load_with_notes(samples, config, strict=options.strict)


def _statistics(samples: Sequence[Sample]) -> dict[str, Any]:
    labels = [sample.label for sample in samples]
    frequencies = Counter("".join(labels))
    parts = Counter(part_of(label) for label in labels)
    lengths = Counter(map(len, labels))
    return {
        "images": len(labels),
        "labels": len(set(labels)),
        "parts": {part: parts[part] for part in PARTS},
        "lengths": dict(sorted(lengths.items())),
        "adjacent_repeats": sum(CTC.needed_steps(label) > len(label) for label in labels),
        "characters": "".join(sorted(frequencies)),
        "frequencies": dict(sorted(frequencies.items(), key=lambda item: (-item[1], item[0]))),
    }
