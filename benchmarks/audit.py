"""Audits the labels of captcha_images_v2, as published and with labels changed on purpose.

    python benchmarks/audit.py --models runs/folds

The first audit uses the models of `folds.py` and shows the ranks of the labels known to be wrong.
The second trains as `captcha-model audit` does, for fewer epochs, after one character was changed in
some labels, and shows how many of these are at the top of the list.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from common import write_result
from folds import each, load_all, load_folds

from captcha_model._utils.keras_backend import load_keras
from captcha_model.cli.audit import FOLDS
from captcha_model.config import CaptchaConfig
from captcha_model.data.datasets.captcha_images_v2 import NAME
from captcha_model.data.samples import LabelledImages
from captcha_model.evaluation.label_audit import Suspicion, ranked, to_text
from captcha_model.training.run_config.settings import TrainingSettings

KNOWN = ("wgnwp.png", "mxnw4.png", "cdcb3.png", "ep85x.png")
SHOWN = 20
EPOCHS = 20
FIRST = 30  # A changed label counts as found within so many ranks.


def with_errors(
    labels: Sequence[str], count: int, characters: str, seed: int
) -> tuple[tuple[str, ...], list[int]]:
    """Replace one character in `count` labels; return all labels and the changed indices."""
    rng = np.random.default_rng(seed)
    changed = list(labels)
    chosen = rng.choice(len(labels), count, replace=False).tolist()
    for i in chosen:
        position = int(rng.integers(len(changed[i])))
        others = characters.replace(changed[i][position], "")
        other = others[int(rng.integers(len(others)))]
        changed[i] = changed[i][:position] + other + changed[i][position + 1 :]
    return tuple(changed), chosen


def train_and_audit(
    images: LabelledImages, config: CaptchaConfig, settings: TrainingSettings
) -> tuple[list[Suspicion], float]:
    """Return the ranked suspicions of an audit, and the seconds it took."""
    load_keras()
    from captcha_model.training.audit import audit

    start = time.perf_counter()
    found: list[Suspicion] = []
    for fold in audit(images, config, settings, FOLDS):
        found += fold.suspicions
        print(f"fold {fold.number} after {time.perf_counter() - start:.0f} s", flush=True)
    return ranked(found), time.perf_counter() - start


def ranks(suspicions: Sequence[Suspicion], names: Sequence[str]) -> dict[str, int]:
    """Return the ranks, from 1, of the images with these names."""
    rank_of = {s.name: rank for rank, s in enumerate(suspicions, start=1)}
    return {name: rank_of[name] for name in names}


def summary(suspicions: Sequence[Suspicion]) -> dict[str, Any]:
    """Return counts and the top of the list for the file of results."""
    return {
        "images": len(suspicions),
        "contradicted": sum(s.contradicted for s in suspicions),
        "first": [
            {"label": s.label, "reading": s.reading.text, "disagreement": round(s.disagreement, 3)}
            for s in suspicions[:SHOWN]
        ],
    }


def audit_with_errors(
    data: str, settings: TrainingSettings, count: int, seed: int
) -> dict[str, Any]:
    """Change labels, audit them, print the top of the list, and return what was found."""
    images, config = load_all(data)
    labels, chosen = with_errors(images.labels, count, config.characters, seed)
    suspicions, seconds = train_and_audit(replace(images, labels=labels), config, settings)
    changed = sorted(ranks(suspicions, [images.names[i] for i in chosen]).values())
    found = sum(rank <= FIRST for rank in changed)
    print(f"{count} labels changed, {seconds:.0f} s\n{to_text(suspicions, SHOWN)}")
    print(f"{found} of them are among the first {FIRST}: {changed}\n")
    return {
        **summary(suspicions),
        "folds": FOLDS,
        "settings": settings.to_dict(),
        "seconds": round(seconds, 1),
        "wrong": count,
        "seed": seed,
        "among": FIRST,
        "found": found,
        "ranks": changed,
        "ranks_of_known": ranks(suspicions, KNOWN),
    }


def main() -> None:
    """Run both audits, print the top of both lists and write `results/audit.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=NAME, help="(default: %(default)s)")
    parser.add_argument("--models", type=Path, default=Path("runs/folds"), help="of `folds.py`")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of the second audit")
    parser.add_argument("--wrong", type=int, default=20, help="how many labels are changed")
    parser.add_argument("--seed", type=int, default=0, help="of the changes")
    options = parser.parse_args()

    settings = TrainingSettings(epochs=options.epochs)
    changed = audit_with_errors(options.data, settings, options.wrong, options.seed)

    load_keras()
    from captcha_model.training.audit import suspicions_of

    models = load_folds(options.models, options.data)
    published = ranked(s for model, images in each(models) for s in suspicions_of(model, images))
    known = ranks(published, KNOWN)
    print(f"the labels as published\n{to_text(published, SHOWN)}")
    print(f"ranks of the labels known to be wrong: {known}")

    results = {"as_it_is": {**summary(published), "ranks": known}, "made_wrong": changed}
    command = f"python benchmarks/audit.py --models runs/folds --epochs {options.epochs}"
    print(f"wrote {write_result('audit', command, results)}")


if __name__ == "__main__":
    main()
