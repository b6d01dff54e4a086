"""The images of the load test, with what each must be answered."""

import io
import json
import random
from pathlib import Path

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.errors import CaptchaError
from captcha_model.model import CaptchaModel

GOOD = 200


def write_images(folder: Path) -> None:
    """Draw images, spoil some, read all of them here, and write `expected.json` beside them."""
    model = CaptchaModel.from_pretrained()
    synthesizer = Synthesizer(CHARACTERS, seed=77)
    files: dict[str, bytes] = {}
    for i in range(GOOD):
        buffer = io.BytesIO()
        synthesizer.draw(i).image.save(buffer, "PNG")
        files[f"good{i}"] = buffer.getvalue()
    whole = files["good0"]
    files |= {
        "bad-empty": b"",
        "bad-text": b"<html>This is not an image.</html>",
        "bad-cut": whole[: len(whole) // 2],
        "bad-noise": whole[:50] + random.Random(0).randbytes(len(whole) - 50),
        "bad-head": whole[:8],
    }
    expected = {}
    for name, data in files.items():
        (folder / name).write_bytes(data)
        try:
            expected[name] = {"text": model.predict(data).text}
        except CaptchaError as error:
            expected[name] = {"code": error.code}
    assert all(("text" in answer) is name.startswith("good") for name, answer in expected.items())
    (folder / "expected.json").write_text(json.dumps(expected))
