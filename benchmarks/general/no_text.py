"""Counts the images without a readable text that a model accepts all the same.

    python -m benchmarks.general no-text

The 640 out-of-distribution images of `captcha_model.data.synthetic.ood`, and synthetic images that
are turned, mirrored and flipped. Some kinds of the first show text that a general model may read,
such as tickets: those are counted by themselves.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from captcha_model import CaptchaModel
from captcha_model.data.synthetic.looks.renderer import LookRenderer
from captcha_model.data.synthetic.ood import out_of_distribution
from captcha_model.data.transforms.outliers import shows_no_text

OOD_PER_KIND = 40
LOOKS, SEED = 400, 77
WITH_TEXT = frozenset({"words", "light on dark", "ticket", "other captcha", "screen"})
"""The kinds of out-of-distribution images that show a text."""

Pixels = npt.NDArray[np.uint8]
ALTERED: Mapping[str, Callable[[Pixels], Pixels]] = {
    "turned": lambda image: image[::-1, ::-1],
    "mirrored": lambda image: image[:, ::-1],
    "flipped": lambda image: image[::-1],
}


def count_accepted(name: str) -> dict[str, Any]:
    """Return how many images of every kind there are, and how many of them a model accepts.

    Args:
        name: what `CaptchaModel.from_pretrained` takes.
    """
    model = CaptchaModel.from_pretrained(name)
    renderer = LookRenderer(SEED)
    looks = [look for look in map(renderer.draw, range(LOOKS)) if shows_no_text(look.text)]
    kinds: dict[str, list[Any]] = {
        kind: list(images) for kind, images in out_of_distribution(OOD_PER_KIND).items()
    }
    for kind, alter in ALTERED.items():
        kinds[kind] = [np.ascontiguousarray(alter(np.asarray(look.image))) for look in looks]
    found = {
        kind: {"images": len(images), "accepted": sum(r.accepted for r in model.predict(images))}
        for kind, images in kinds.items()
    }
    without = [counts for kind, counts in found.items() if kind not in WITH_TEXT]
    return {
        "kinds": found,
        "without_text": {key: sum(c[key] for c in without) for key in ("images", "accepted")},
    }
