"""Which images that are not what the model reads are accepted; a part of `trust.py`.

Two kinds of images: 640 out-of-distribution images that the bundled model reads, and images of
captcha_images_v2 that are turned, mirrored, flipped, cut or stacked, each read by a model that was
trained on neither the image nor a copy of it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from folds import FoldModels
from PIL import Image

from captcha_model.config import Calibration
from captcha_model.data.synthetic.ood import out_of_distribution
from captcha_model.data.transforms.outliers import KINDS
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Prediction
from captcha_model.training.calibrate import fit_novelty

OOD_PER_KIND = 40

Pixels = npt.NDArray[np.uint8]
Alter = Callable[[Pixels, Pixels], Pixels]


def evaluate_ood(fitted: dict[str, Any]) -> dict[str, Any]:
    """Count which out-of-distribution images the bundled model accepts, and why not the others.

    Args:
        fitted: the temperature and the threshold that it gets; see `make_bundled_card.py`.
    """
    model = CaptchaModel.from_pretrained(runtime="onnx")
    calibration = replace(
        model.config.calibration or Calibration(),
        temperature=fitted["temperature"],
        min_confidence=fitted["min_confidence"],
    )
    model.config = replace(model.config, calibration=calibration)
    shown = out_of_distribution(OOD_PER_KIND)
    readings = {kind: model.predict(list(images)) for kind, images in shown.items()}
    every = [reading for found in readings.values() for reading in found]
    least = calibration.min_confidence
    return {
        "images": len(every),
        "accepted": sum(r.accepted for r in every),
        "rejected": _reasons(every),
        "accepted_by_confidence_alone": sum(
            bool(r.text) and r.confidence >= (2.0 if least is None else least) for r in every
        ),
        "accepted_by_novelty_alone": sum(
            r.rejection_reason not in ("OUT_OF_DISTRIBUTION", "NO_TEXT") for r in every
        ),
        "accepted_kinds": {k: sum(r.accepted for r in found) for k, found in readings.items()},
    }


def _reasons(readings: list[Prediction]) -> dict[str, int]:
    reasons = [reading.rejection_reason for reading in readings if reading.rejection_reason]
    return {reason: reasons.count(reason) for reason in sorted(set(reasons))}


def evaluate_altered(models: FoldModels, fitted: dict[str, Any]) -> dict[str, Any]:
    """Count the altered images that the models of the folds accept, and the clean ones too.

    Args:
        models: those of the folds; the novelty detector of each is fitted to the other folds.
        fitted: the temperature and the threshold of all of them.
    """
    kinds: dict[str, Alter] = {
        "clean": lambda image, _: image,
        **KINDS,
        "left third cut off": lambda image, _: _columns(image, image.shape[1] // 3, image.shape[1]),
        "right third cut off": lambda image, _: _columns(image, 0, image.shape[1] * 2 // 3),
    }
    accepted = dict.fromkeys(kinds, 0)
    wrong = dict.fromkeys(kinds, 0)
    for model, held_out in models.folds:
        images = models.images.select(held_out)
        others = sorted(set(range(len(models.images))) - set(held_out))
        calibration = Calibration(
            temperature=fitted["temperature"],
            min_confidence=fitted["min_confidence"],
            novelty=fit_novelty(models.images.select(others)),
        )
        model.config = replace(model.config, calibration=calibration)
        pairs = list(zip(images.pixels, np.roll(images.pixels, 1, axis=0), strict=True))
        for kind, alter in kinds.items():
            readings = model.predict_pixels(np.stack([alter(*pair) for pair in pairs]))
            accepted[kind] += sum(r.accepted for r in readings)
            wrong[kind] += sum(
                r.accepted and r.text != label
                for r, label in zip(readings, images.labels, strict=True)
            )
    return {"images": len(models.images), "accepted": accepted, "accepted_wrong": wrong}


def _columns(image: Pixels, first: int, end: int) -> Pixels:
    """Return some columns of a grey image (H, W, 1), stretched to its whole width."""
    height, width = image.shape[:2]
    piece = Image.fromarray(image[:, first:end, 0])
    return np.asarray(piece.resize((width, height), Image.Resampling.BILINEAR))[..., None]
