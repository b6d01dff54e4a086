"""Reads with this package, including confidences; with the bundled model by default."""

from collections.abc import Sequence
from pathlib import Path

from protocol import main

from captcha_model import CaptchaModel
from captcha_model.hub import BUNDLED


class Ours:
    """Reads with `CaptchaModel.predict`."""

    def __init__(self, model: str | None) -> None:
        self.model = (Path(model) if model else BUNDLED) / "model.onnx"
        self._model = CaptchaModel.from_pretrained(model, runtime="onnx")

    def one(self, path: str) -> str:
        """Return the text of one file."""
        return self._model.predict(path).text

    def many(self, paths: Sequence[str], size: int) -> list[str]:
        """Return the texts of files."""
        return [reading.text for reading in self._model.predict(list(paths), batch_size=size)]


if __name__ == "__main__":
    main(Ours, ["captcha-model", "onnxruntime", "numpy", "pillow"])
