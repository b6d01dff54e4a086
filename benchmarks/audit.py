"""The label audit of captcha_images_v2: as it is, and with labels that were made wrong on purpose.

The first audit is by the models of `folds.py` and shows where the labels stand of which it is known
that they are wrong. The second trains as `captcha-model audit` does, for fewer epochs, and shows
how many of the new mistakes, one character each, come to the top of the list.

    python benchmarks/audit.py --models runs/folds
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
FIRST = 30  # So far down the list a mistake counts as found.


def corrupted(
    labels: Sequence[str], count: int, characters: str, seed: int
) -> tuple[tuple[str, ...], list[int]]:
    """Return labels of which `count` have another character in one place, and which those are."""
    rng = np.random.default_rng(seed)
    wrong = list(labels)
    chosen = rng.choice(len(labels), count, replace=False).tolist()
    for i in chosen:
        place = int(rng.integers(len(wrong[i])))
        others = characters.replace(wrong[i][place], "")
        other = others[int(rng.integers(len(others)))]
        wrong[i] = wrong[i][:place] + other + wrong[i][place + 1 :]
    return tuple(wrong), chosen


def judge(models: Path, data: str) -> list[Suspicion]:
    """Return the ranked list of an audit by models that were trained before."""
    load_keras()
    from captcha_model.training.audit import suspicions_of

    found = load_folds(models, data)
    return ranked(s for model, images in each(found) for s in suspicions_of(model, images))


def train_and_judge(
    images: LabelledImages, config: CaptchaConfig, settings: TrainingSettings
) -> tuple[list[Suspicion], float]:
    """Return the ranked list of an audit, and the seconds it took."""
    load_keras()
    from captcha_model.training.audit import audit

    start = time.perf_counter()
    found: list[Suspicion] = []
    for fold in audit(images, config, settings, FOLDS):
        found += fold.suspicions
        print(f"fold {fold.number} after {time.perf_counter() - start:.0f} s", flush=True)
    return ranked(found), time.perf_counter() - start


def ranks(suspicions: Sequence[Suspicion], names: Sequence[str]) -> dict[str, int]:
    """Return the ranks, from 1, of the images with some names."""
    places = {s.name: rank for rank, s in enumerate(suspicions, start=1)}
    return {name: places[name] for name in names}


def figures_of(suspicions: Sequence[Suspicion]) -> dict[str, Any]:
    """Return what a result says of an audit."""
    return {
        "images": len(suspicions),
        "contradicted": sum(s.contradicted for s in suspicions),
        "first": [
            {"label": s.label, "reading": s.reading.text, "disagreement": round(s.disagreement, 3)}
            for s in suspicions[:SHOWN]
        ],
    }


def made_wrong(data: str, settings: TrainingSettings, count: int, seed: int) -> dict[str, Any]:
    """Make labels wrong, audit them, print the head of the list, and return what was found."""
    images, config = load_all(data)
    labels, chosen = corrupted(images.labels, count, config.characters, seed)
    spoilt, seconds = train_and_judge(replace(images, labels=labels), config, settings)
    made = ranks(spoilt, [images.names[i] for i in chosen])
    known_then = ranks(spoilt, KNOWN)
    found = sum(rank <= FIRST for rank in made.values())
    print(f"{count} labels made wrong, after {seconds:.0f} s")
    print(to_text(spoilt, SHOWN))
    print(f"of these {count}, {found} are among the first {FIRST}: {sorted(made.values())}")
    print(f"ranks of the labels known to be wrong: {known_then}\n")
    return {
        **figures_of(spoilt),
        "folds": FOLDS,
        "settings": settings.to_dict(),
        "seconds": round(seconds, 1),
        "wrong": count,
        "seed": seed,
        "among": FIRST,
        "found": found,
        "ranks": sorted(made.values()),
        "ranks_of_known": known_then,
    }


def main() -> None:
    """Run both audits, print their heads and ranks, write `results/audit.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=NAME)
    parser.add_argument("--models", type=Path, default=Path("runs/folds"), help="of `folds.py`")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of the second")
    parser.add_argument("--wrong", type=int, default=20, help="how many labels are made wrong")
    parser.add_argument("--seed", type=int, default=0, help="of the wrong labels")
    options = parser.parse_args()

    settings = TrainingSettings(epochs=options.epochs)
    spoilt = made_wrong(options.data, settings, options.wrong, options.seed)

    clean = judge(options.models, options.data)
    known = ranks(clean, KNOWN)
    print(f"the labels as they are\n{to_text(clean, SHOWN)}")
    print(f"ranks of the labels known to be wrong: {known}")

    figures = {"as_it_is": {**figures_of(clean), "ranks": known}, "made_wrong": spoilt}
    command = f"python benchmarks/audit.py --models runs/folds --epochs {options.epochs}"
    print(f"wrote {write_result('audit', command, figures)}")


if __name__ == "__main__":
    main()
