"""What decides the weights of a run: a resumed run must have it in common with its checkpoint."""

import hashlib
from collections.abc import Iterable
from typing import Any

from captcha_model._utils.utf8 import utf8
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages, TrainingImages
from captcha_model.data.streaming import StreamedImages
from captcha_model.data.synthetic.looks.drawn_images import DrawnImages
from captcha_model.training.drawn_and_labelled import DrawnAndLabelled
from captcha_model.training.run_config.settings import TrainingSettings

# These settings may differ when a run is resumed, because they do not affect an epoch's weights.
_MAY_CHANGE = {
    *("minutes", "patience", "restore_best"),
    *("csv_log", "tensorboard", "export", "card_images", "workers"),
    # Of the model: with another one the weights are the same.
    *("format_version", "views", "closer"),
}


def fingerprint_of(
    config: CaptchaConfig, training: TrainingImages, settings: TrainingSettings, devices: int
) -> dict[str, Any]:
    """Return the settings and the images of a run, as values for JSON.

    Images are known by their labels, so that their folder may be moved, and drawn ones by their
    looks and the names of their fonts.

    Args:
        config: the model to build.
        training: the images to train on.
        settings: how to train.
        devices: the number of devices that share a batch.
    """
    values = {**config.to_dict(), **settings.to_dict()}
    kept = {name: value for name, value in values.items() if name not in _MAY_CHANGE}
    return {**kept, "training_images": len(training), **_shown(training), "devices": devices}


def _shown(training: TrainingImages) -> dict[str, Any]:
    if isinstance(training, DrawnAndLabelled):
        share = {"labelled": [training.share, len(training.labelled)]}
        return {**share, **_shown(training.labelled), **_shown(training.drawn)}
    if isinstance(training, DrawnImages):
        return {"families": list(training.families), "fonts": _digest(training.fonts)}
    if isinstance(training, LabelledImages | StreamedImages):
        return {"labels": _digest(training.labels)}
    return {}  # Pseudo-labels are among them: such a training is short, and not resumed.


def _digest(texts: Iterable[str]) -> str:
    found = hashlib.sha256()
    for text in texts:
        # No label and no file name has this character.
        found.update(utf8(text) + b"\0")
    return f"those with the digest {found.hexdigest()[:16]}"
