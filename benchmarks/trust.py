"""Can the confidences be trusted? On images that no network has seen, clean and degraded.

Each image of captcha_images_v2 and each of its degraded copies is read by a network that was not
trained on it (`folds.py`). The temperature and the threshold are fitted on one half of the folds
and judged on the other, and the reverse; the figures are of both halves together. The rules of
thumb of other readers are computed on the same logits. Four labels of the data set are wrong
(`label_evidence.py`): a network that reads what the image shows would be punished for it in every
copy, so they are corrected here.

    python benchmarks/trust.py --folds runs/folds --picture reliability.png
"""

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from common import write_result
from folds import FOLDS, FoldModels, add_options, each, load_folds
from rules_of_thumb import RULES

from captcha_model.config import Calibration
from captcha_model.data.samples import LabelledImages
from captcha_model.data.synthetic.ood import out_of_distribution
from captcha_model.decoding.best_path import softmax
from captcha_model.metrics.calibration_error import measure
from captcha_model.metrics.intervals import wilson_interval
from captcha_model.metrics.selective import area_under_roc
from captcha_model.model import CaptchaModel
from captcha_model.plots import reliability_diagram
from captcha_model.prediction import Prediction
from captcha_model.training.calibrate import (
    CalibrationData,
    fit_calibration,
    fit_novelty,
    gather,
    read_calibration_data,
)

CORRECTED = {"wgnwp": "wgmwp", "mxnw4": "mxmw4", "cdcb3": "edcb3", "ep85x": "cp85x"}
STRANGERS_PER_KIND = 40


def corrected(images: LabelledImages) -> LabelledImages:
    """Return images with the labels that they show."""
    labels = tuple(CORRECTED.get(label, label) for label in images.labels)
    return LabelledImages(images.pixels, labels, images.names)


def joined(parts: list[CalibrationData]) -> CalibrationData:
    """Return the evidence of several folds as one."""
    return CalibrationData(
        np.concatenate([part.logits for part in parts]),
        tuple(label for part in parts for label in part.labels),
        tuple(kind for part in parts for kind in part.kinds),
    )


def judge_halves(models: FoldModels, evidence: list[CalibrationData]) -> dict[str, Any]:
    """Fit on one half of the folds and judge on the other, both ways."""
    halves = [joined(evidence[: FOLDS // 2]), joined(evidence[FOLDS // 2 :])]
    confidences, rights, plain, accepted = [], [], [], []
    for fitted, judged in ((halves[0], halves[1]), (halves[1], halves[0])):
        trust = fit_calibration(models.config, fitted, None)
        found, right = read_calibration_data(
            models.config, judged.logits, judged.labels, trust.fit.temperature
        )
        threshold = trust.calibration.min_confidence
        print(f"temperature {trust.fit.temperature:.3f}, threshold {threshold}")
        plain.append(read_calibration_data(models.config, judged.logits, judged.labels, 1.0)[0])
        confidences.append(found)
        rights.append(right)
        accepted.append(found >= (2.0 if threshold is None else threshold))
    confidence, right, taken = map(np.concatenate, (confidences, rights, accepted))
    judged = joined([halves[1], halves[0]])
    kinds = np.array(judged.kinds)
    probabilities = softmax(judged.logits)
    rules = {
        name: area_under_roc([rule(image) for image in probabilities], right)
        for name, rule in RULES.items()
    }
    clean = kinds == "clean"
    return {
        "confidence": confidence,
        "right": right,
        "all": measure(confidence, right).to_dict(),
        "temperature 1": measure(np.concatenate(plain), right).to_dict(),
        "clean": measure(confidence[clean], right[clean]).to_dict(),
        "kinds": {
            kind: {
                "accuracy": float(right[kinds == kind].mean()),
                "confidence": float(confidence[kinds == kind].mean()),
                "accepted": float(taken[kinds == kind].mean()),
                "auroc": area_under_roc(confidence[kinds == kind], right[kinds == kind]),
            }
            for kind in dict.fromkeys(judged.kinds)
        },
        "rules_of_thumb_auroc": rules,
        "accepted": _accepted(taken, right),
        "accepted_clean": _accepted(taken[clean], right[clean]),
    }


def calibrate(models: FoldModels, evidence: list[CalibrationData]) -> dict[str, Any]:
    """Fit a temperature and a threshold to all folds together, for the bundled model."""
    trust = fit_calibration(models.config, joined(evidence), None)
    facts = asdict(trust.facts("", ""))
    told = {name: value for name, value in facts.items() if name not in ("date", "data", "part")}
    print(f"all folds together: {trust.to_text()}")
    return {
        "temperature": trust.calibration.temperature,
        "min_confidence": trust.calibration.min_confidence,
        "facts": told,
    }


def _accepted(taken: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Return how many readings are accepted, and how many of them are right."""
    correct = int(right[taken].sum())
    return {
        "images": len(taken),
        "accepted": int(taken.sum()),
        "right": correct,
        "precision_95": list(wilson_interval(correct, max(1, int(taken.sum())))),
    }


def judge_strangers(fitted: dict[str, Any]) -> dict[str, Any]:
    """Count which images that are no captchas the bundled model accepts, and why not the others.

    Args:
        fitted: the temperature and the threshold that it is to have; see `bundled_card.py`.
    """
    model = CaptchaModel.from_pretrained(runtime="onnx")
    calibration = replace(
        model.config.calibration or Calibration(),
        temperature=fitted["temperature"],
        min_confidence=fitted["min_confidence"],
    )
    model.config = replace(model.config, calibration=calibration)
    shown = out_of_distribution(STRANGERS_PER_KIND)
    readings = {kind: model.predict(list(images)) for kind, images in shown.items()}
    every = [reading for found in readings.values() for reading in found]
    least = calibration.min_confidence
    return {
        "images": len(every),
        "accepted": sum(r.accepted for r in every),
        "refused": _reasons(every),
        "accepted_by_confidence_alone": sum(
            bool(r.text) and r.confidence >= (2.0 if least is None else least) for r in every
        ),
        "accepted_by_familiarity_alone": sum(
            r.rejection_reason not in ("OUT_OF_DISTRIBUTION", "NO_TEXT") for r in every
        ),
        "accepted_kinds": {k: sum(r.accepted for r in found) for k, found in readings.items()},
    }


def _reasons(readings: list[Prediction]) -> dict[str, int]:
    reasons = [reading.rejection_reason for reading in readings if reading.rejection_reason]
    return {reason: reasons.count(reason) for reason in sorted(set(reasons))}


def lost_by_familiarity(models: FoldModels) -> dict[str, int]:
    """Count the images of each fold that are unfamiliar to what was fitted on the others."""
    lost = 0
    for _, held_out in models.folds:
        others = sorted(set(range(len(models.images))) - set(held_out))
        familiarity = fit_novelty(models.images.select(others))
        distances = familiarity.distance(models.images.select(held_out).pixels)
        lost += int((distances > familiarity.limit).sum())
    return {"images": len(models.images), "unfamiliar": lost}


def main() -> None:
    """Read everything, print the tables, write `results/trust.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--picture", type=Path, metavar="FILE.png", help="draw the diagrams")
    options = parser.parse_args()
    models = load_folds(options.folds, options.data)
    evidence = [gather(model, corrected(images)) for model, images in each(models)]
    figures = judge_halves(models, evidence)
    confidence, right = figures.pop("confidence"), figures.pop("right")
    print(measure(confidence, right).to_text())
    print("\nrule                 AUROC")
    print(f"posterior            {figures['all']['auroc']:.4f}")
    for name, auroc in figures["rules_of_thumb_auroc"].items():
        print(f"{name:20} {auroc:.4f}")
    print("\nkind               right   confidence  accepted  AUROC")
    for kind, row in figures["kinds"].items():
        print(
            f"{kind:18} {row['accuracy']:6.1%}  {row['confidence']:6.1%}      "
            f"{row['accepted']:6.1%}    {row['auroc'] or float('nan'):.3f}"
        )
    print(f"\nat the default threshold: {figures['accepted']}, clean {figures['accepted_clean']}")
    figures["calibration"] = calibrate(models, evidence)
    figures["strangers"] = judge_strangers(figures["calibration"])
    print(f"images that are no captchas: {figures['strangers']}")
    figures["familiarity"] = lost_by_familiarity(models)
    print(f"clean images, out of fold: {figures['familiarity']}")
    if options.picture:
        reliability_diagram(options.picture, confidence, right)
    command = "python benchmarks/trust.py --folds runs/folds"
    print(f"\nwrote {write_result('trust', command, figures)}")


if __name__ == "__main__":
    main()
