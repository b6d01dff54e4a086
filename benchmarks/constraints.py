"""What a wrong constraint does: how many readings are accepted that it makes wrong.

The bundled model reads synthetic captchas, whose texts have five characters, under constraints that
are true for the image and under ones that are false. Every reading under a false constraint is
wrong. "Without the threshold" counts what is accepted if constraints are trusted, that is with
`min_constraint_probability=0`.

    python benchmarks/constraints.py
"""

import argparse
import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
from common import write_result
from image_files import synthetic_texts

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.errors import ConstraintError
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Prediction

IMAGES = 1000
_RANDOM = random.Random(0)

# For the text of an image the options, or none where the constraint is not of its kind.
Options = Callable[[str], dict[str, Any] | None]


def _classes(text: str, wrong: int | None = None) -> str:
    """Return a pattern of digits and letters, with the wrong kind at one position."""
    return "".join(r"\d" if c.isdigit() != (n == wrong) else "[a-z]" for n, c in enumerate(text))


TRUE: dict[str, Options] = {
    "none": lambda _: {},
    "the length, `length=5`": lambda _: {"length": 5},
    "a range of lengths, `length=(4, 6)`": lambda _: {"length": (4, 6)},
    "only the characters of the text": lambda text: {"charset": "".join(sorted(set(text)))},
    '`pattern="[a-z0-9]{5}"`': lambda _: {"pattern": "[a-z0-9]{5}"},
    "a pattern of letters and digits": lambda text: {"pattern": _classes(text)},
}
FALSE: dict[str, Options] = {
    "one character fewer, `length=4`": lambda _: {"length": 4},
    "one character more, `length=6`": lambda _: {"length": 6},
    "a charset in the other case": lambda _: {"charset": CHARACTERS.upper()},
    "a charset that lacks one character of the text": lambda text: {
        "charset": CHARACTERS.replace(_RANDOM.choice(text), "")
    },
    'only digits, `pattern=r"\\d{5}"`': lambda text: (
        None if text.isdigit() else {"pattern": r"\d{5}"}
    ),
    "only letters": lambda text: None if text.isalpha() else {"charset": "bcdefgmnpwxy"},
    "a pattern with a wrong class at one position": lambda text: {
        "pattern": _classes(text, _RANDOM.randrange(len(text)))
    },
}


def measure(
    model: CaptchaModel, pixels: np.ndarray, texts: list[str], options_of: Options
) -> dict[str, Any]:
    """Read the images to which a kind of constraint applies, and count what is accepted."""
    groups: dict[str, tuple[dict[str, Any], list[int]]] = {}
    for n, text in enumerate(texts):
        options = options_of(text)
        if options is not None:
            groups.setdefault(repr(options), (options, []))[1].append(n)
    readings: list[tuple[str, Prediction]] = []
    errors: dict[str, int] = defaultdict(int)
    for options, rows in groups.values():
        try:
            found = model.predict_pixels(pixels[rows], **options)
        except ConstraintError as error:
            errors[str(error)] += len(rows)
            continue
        readings += zip((texts[n] for n in rows), found, strict=True)
    accepted = [reading.text == text for text, reading in readings if reading.accepted]
    trusted = [
        reading.text == text
        for text, reading in readings
        if reading.accepted
        or (
            reading.rejection_reason == "CONSTRAINT_UNLIKELY"
            and reading.confidence >= (model.min_confidence or 0.0)
        )
    ]
    likely = [r.constraint_probability for _, r in readings if r.constraint_probability is not None]
    return {
        "images": len(readings) + sum(errors.values()),
        "accepted": len(accepted),
        "wrong": accepted.count(False),
        "accepted_without_threshold": len(trusted),
        "wrong_without_threshold": trusted.count(False),
        "probability_quantiles": {
            str(q): float(np.quantile(likely, q)) for q in (0.01, 0.5, 0.99) if likely
        },
        "errors": dict(errors),
    }


def main() -> None:
    """Measure, print and write `results/constraints.json`."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    images, texts = synthetic_texts(IMAGES)
    pixels = np.stack([np.asarray(image)[..., None] for image in images])
    model = CaptchaModel.from_pretrained(runtime="onnx")
    calibration = model.config.calibration
    assert calibration
    results: dict[str, Any] = {"threshold": calibration.min_constraint_probability}
    for title, kinds in (("true", TRUE), ("false", FALSE)):
        results[title] = {}
        for name, options_of in kinds.items():
            found = results[title][name] = measure(model, pixels, texts, options_of)
            print(
                f"{title:6}{name:48}{found['images']:6}{found['accepted']:6} accepted"
                f"{found['wrong']:5} wrong; without the threshold "
                f"{found['accepted_without_threshold']:5}{found['wrong_without_threshold']:5}  "
                f"{found['probability_quantiles'] or found['errors']}"
            )
    print(f"wrote {write_result('constraints', 'python benchmarks/constraints.py', results)}")


if __name__ == "__main__":
    main()
