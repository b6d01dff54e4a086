"""Completes the card of the bundled model with what its training cannot know.

After the training that the documentation describes, `runs/bundled/model` replaces
`captcha_model/bundled/captcha-images-v2`. This script adds the licence, the metrics of
`results/crossval.json`, and the temperature and the threshold of `results/trust.json`: they are
fitted to nine times as many images as the validation split has, with corrected labels.

    python -m scripts.make_bundled_card && python -m scripts.make_registry
"""

import argparse
import dataclasses

from benchmarks.common import load_result
from captcha_model.cli.card import write_settings
from captcha_model.data.datasets.captcha_images_v2 import NAME
from captcha_model.evaluation.report import Confusion
from captcha_model.hub import BUNDLED
from captcha_model.model_card import CROSS_VALIDATION, CalibrationFacts, EvaluationFacts, load_facts
from captcha_model.storage.manifest import read_manifest


def main() -> None:
    """Write the facts and the card of the bundled model."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    folds = load_result("crossval")
    report = folds["report"]
    metrics = EvaluationFacts(
        date=folds["environment"]["date"],
        data=NAME,
        split=CROSS_VALIDATION,
        images=report["images"],
        correct=report["correct"],
        cer=report["cer"],
        confusions=tuple(Confusion(**confusion) for confusion in report["confusions"]),
        command=folds["command"],
    )
    trust = load_result("trust")
    fitted = trust["calibration"]
    config = read_manifest(BUNDLED).config
    assert config.calibration is not None  # Every training ends with a calibration.
    calibration = dataclasses.replace(
        config.calibration,
        temperature=fitted["temperature"],
        min_confidence=fitted["min_confidence"],
    )
    facts = dataclasses.replace(
        load_facts(BUNDLED).with_evaluation(metrics),
        license="apache-2.0",
        calibration=CalibrationFacts(
            date=trust["environment"]["date"], data=NAME, split=CROSS_VALIDATION, **fitted["facts"]
        ),
    )
    write_settings(BUNDLED, dataclasses.replace(config, calibration=calibration), facts)
    print(f"wrote the card of {BUNDLED.name}")


if __name__ == "__main__":
    main()
