"""The images of the load test with their expected responses."""

import io
import json
import random
from pathlib import Path

from captcha_model import CaptchaError, CaptchaModel
from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.synthesis import Synthesizer

VALID_IMAGES = 200


def write_images(folder: Path) -> None:
    """Write valid and invalid images, and `expected.json` with what the model itself reads."""
    model = CaptchaModel.from_pretrained()
    synthesizer = Synthesizer(CHARACTERS, seed=77)
    files: dict[str, bytes] = {}
    for i in range(VALID_IMAGES):
        buffer = io.BytesIO()
        synthesizer.draw(i).image.save(buffer, "PNG")
        files[f"valid{i}"] = buffer.getvalue()
    first = files["valid0"]
    files |= {
        "invalid-empty": b"",
        "invalid-html": b"<html>This is not an image.</html>",
        "invalid-truncated": first[: len(first) // 2],
        "invalid-noise": first[:50] + random.Random(0).randbytes(len(first) - 50),
        "invalid-signature": first[:8],
    }
    expected = {}
    for name, data in files.items():
        (folder / name).write_bytes(data)
        try:
            expected[name] = {"text": model.predict(data).text}
        except CaptchaError as error:
            expected[name] = {"code": error.code}
    assert all(("text" in entry) is name.startswith("valid") for name, entry in expected.items())
    (folder / "expected.json").write_text(json.dumps(expected))
