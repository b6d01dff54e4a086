"""Completes the bundled model's card, which a training alone cannot fill.

After the training that the README documents, the folder `runs/bundled/model` replaces
`captcha_model/bundled`. This adds its licence, the figures of `results/crossval.json`, and the
temperature and the threshold of `results/trust.json`: they rest on nine times as many images as the
validation part has, with the labels that these show.

    python benchmarks/bundled_card.py
"""

import dataclasses

from common import load_result

from captcha_model.cli.card import write_settings
from captcha_model.data.datasets.captcha_images_v2 import NAME
from captcha_model.evaluation.report import Confusion
from captcha_model.hub import BUNDLED
from captcha_model.model_card import CROSS_VALIDATION, CalibrationFacts, EvaluationFacts, load_facts
from captcha_model.storage.manifest import read_manifest


def main() -> None:
    """Write the bundled model's facts and its card."""
    folds = load_result("crossval")
    report = folds["report"]
    figures = EvaluationFacts(
        date=folds["environment"]["date"],
        data=NAME,
        split=CROSS_VALIDATION,
        images=report["images"],
        correct=report["correct"],
        cer=report["cer"],
        confusions=tuple(Confusion(**confusion) for confusion in report["confusions"]),
        command=folds["command"],
    )
    known = load_facts(BUNDLED).with_evaluation(figures)
    trust = load_result("trust")
    calibrated = trust["calibration"]
    config = read_manifest(BUNDLED).config
    assert config.calibration is not None  # Every training ends with one.
    calibration = dataclasses.replace(
        config.calibration,
        temperature=calibrated["temperature"],
        min_confidence=calibrated["min_confidence"],
    )
    facts = CalibrationFacts(
        date=trust["environment"]["date"], data=NAME, split=CROSS_VALIDATION, **calibrated["facts"]
    )
    known = dataclasses.replace(known, license="apache-2.0", calibration=facts)
    write_settings(BUNDLED, dataclasses.replace(config, calibration=calibration), known)
    print(f"wrote the card of {BUNDLED.name}")


if __name__ == "__main__":
    main()
