"""How well calibrated are the confidences, on clean and degraded images that no network has seen?

Each image of captcha_images_v2 and each of its degraded copies is read by a network that was not
trained on it (`folds.py`). The temperature and the threshold are fitted to one half of the folds
and evaluated on the other, and vice versa; the metrics are of both halves together. An image and
its copies are one cluster of the intervals. The confidence rules of other readers are computed on
the same logits. Four labels of the data set are wrong, and a network that reads what the image
shows would be punished for that in every copy, so they are corrected here.

    python benchmarks/trust.py --folds runs/folds --picture docs/images/reliability.png
"""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from common import write_result
from folds import FOLDS, FoldModels, add_options, each, load_folds
from rules_of_thumb import RULES
from trust_ood import evaluate_altered, evaluate_ood

from captcha_model.data.samples import LabelledImages
from captcha_model.decoding.best_path import softmax
from captcha_model.metrics.calibration_error import measure
from captcha_model.metrics.intervals import clustered_interval, effective_sample_size
from captcha_model.metrics.selective import area_under_roc
from captcha_model.plots import reliability_diagram
from captcha_model.training.calibrate import fit_calibration
from captcha_model.training.calibration_data import CalibrationData, gather
from captcha_model.training.calibration_readings import first_look

CORRECTED = {"wgnwp": "wgmwp", "mxnw4": "mxmw4", "cdcb3": "edcb3", "ep85x": "cp85x"}


def corrected(images: LabelledImages) -> LabelledImages:
    """Return images with the labels that they show."""
    labels = tuple(CORRECTED.get(label, label) for label in images.labels)
    return LabelledImages(images.pixels, labels, images.names)


def joined(folds: list[CalibrationData]) -> CalibrationData:
    """Return the data of several folds as one; every fold has images of its own."""
    sizes = [1 + max(fold.images) for fold in folds]
    first = np.cumsum([0, *sizes])
    return CalibrationData(
        np.concatenate([fold.logits for fold in folds]),
        tuple(label for fold in folds for label in fold.labels),
        tuple(kind for fold in folds for kind in fold.kinds),
        tuple(
            int(n) + image for n, fold in zip(first, folds, strict=False) for image in fold.images
        ),
    )


def evaluate_halves(models: FoldModels, folds: list[CalibrationData]) -> dict[str, Any]:
    """Fit on one half of the folds and evaluate on the other, both ways."""
    halves = [joined(folds[: FOLDS // 2]), joined(folds[FOLDS // 2 :])]
    confidences, rights, plain, accepted, thresholds = [], [], [], [], []
    for fitted, evaluated in ((halves[0], halves[1]), (halves[1], halves[0])):
        result = fit_calibration(models.config, fitted, None)
        print(result.to_text())
        _, confidence, right = first_look(models.config, evaluated, result.fit.temperature)
        threshold = result.calibration.min_confidence
        plain.append(first_look(models.config, evaluated, 1.0)[1])
        confidences.append(confidence)
        rights.append(right)
        accepted.append(confidence >= (2.0 if threshold is None else threshold))
        thresholds.append({"precision": result.accepted.precision, "threshold": threshold})
    confidence, right, taken = map(np.concatenate, (confidences, rights, accepted))
    evaluated = joined([halves[1], halves[0]])
    images, kinds = np.array(evaluated.images), np.array(evaluated.kinds)
    probabilities = softmax(evaluated.logits)
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
            for kind in dict.fromkeys(evaluated.kinds)
        },
        "rules_of_thumb_auroc": rules,
        "thresholds": thresholds,
        "accepted": _accepted(taken, right, images),
        "accepted_clean": _accepted(taken[clean], right[clean], images[clean]),
    }


def calibrate(models: FoldModels, folds: list[CalibrationData]) -> dict[str, Any]:
    """Fit a temperature and a threshold to all folds together, for the bundled model."""
    result = fit_calibration(models.config, joined(folds), None)
    facts = asdict(result.facts("", ""))
    print(f"all folds together: {result.to_text()}")
    return {
        "temperature": result.calibration.temperature,
        "min_confidence": result.calibration.min_confidence,
        "facts": {k: v for k, v in facts.items() if k not in ("date", "data", "split")},
    }


def _accepted(
    taken: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_], images: npt.NDArray[np.int_]
) -> dict[str, Any]:
    """Return how many readings are accepted, and how many of them are right."""
    return {
        "readings": len(taken),
        "images": len(np.unique(images)),
        "accepted": int(taken.sum()),
        "right": int(right[taken].sum()),
        "effective_sample_size": effective_sample_size(images[taken]),
        "precision_95": list(clustered_interval(right[taken], images[taken])),
    }


def main() -> None:
    """Measure everything, print the tables, write `results/trust.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--picture", type=Path, metavar="FILE.png", help="draw the diagrams")
    options = parser.parse_args()
    models = load_folds(options.folds, options.data)
    folds = [gather(model, corrected(images)) for model, images in each(models)]
    figures = evaluate_halves(models, folds)
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
    figures["calibration"] = calibrate(models, folds)
    figures["out_of_distribution"] = evaluate_ood(figures["calibration"])
    print(f"out-of-distribution images: {figures['out_of_distribution']}")
    figures["altered"] = evaluate_altered(models, figures["calibration"])
    print(f"altered images, out of fold: {figures['altered']}")
    if options.picture:
        reliability_diagram(options.picture, confidence, right)
    command = "python benchmarks/trust.py --folds runs/folds"
    print(f"\nwrote {write_result('trust', command, figures)}")


if __name__ == "__main__":
    main()
