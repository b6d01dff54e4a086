"""Completes the bundled model's card, which a training alone cannot fill.

After the training that the README documents, the folder `runs/bundled/model` replaces
`captcha_model/bundled`. This adds its licence and the figures of `results/crossval.json`.

    python benchmarks/bundled_card.py
"""

import dataclasses

from render import load

from captcha_model.cli.card import write_card
from captcha_model.data.captcha_images_v2 import NAME
from captcha_model.evaluation import Confusion
from captcha_model.facts import CROSS_VALIDATION, EvaluationFacts, load_facts
from captcha_model.hub import BUNDLED
from captcha_model.manifest import read_manifest


def main() -> None:
    """Write the bundled model's facts and its card."""
    folds = load("crossval")
    report = folds["report"]
    figures = EvaluationFacts(
        date=folds["environment"]["date"],
        data=NAME,
        part=CROSS_VALIDATION,
        images=report["images"],
        correct=report["correct"],
        cer=report["cer"],
        confusions=tuple(Confusion(**confusion) for confusion in report["confusions"]),
        command=folds["command"],
    )
    known = load_facts(BUNDLED).with_evaluation(figures)
    known = dataclasses.replace(known, license="apache-2.0")
    write_card(BUNDLED, read_manifest(BUNDLED).config, known)
    print(f"wrote the card of {BUNDLED.name}")


if __name__ == "__main__":
    main()
