"""Reads with mltu's captcha tutorial: its class for ONNX files, OpenCV, and its greedy decoder."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from learning import VOCABULARY
from mltu.inferenceModel import OnnxInferenceModel
from mltu.utils.text_utils import ctc_decoder
from protocol import main


class Mltu:
    """Reads as the tutorial does; a batch is one array for the same session."""

    def __init__(self, model: str | None) -> None:
        folder = Path(model or "")
        self.model = folder / "model.onnx"
        self._reader = OnnxInferenceModel(model_path=str(self.model))
        self._characters = json.loads((folder / VOCABULARY).read_text())
        self._size = tuple(self._reader.input_shapes[0][1:3][::-1])

    def one(self, path: str) -> str:
        """Return the text of one file."""
        return self._read([path])[0]

    def many(self, paths: Sequence[str], size: int) -> list[str]:
        """Return the texts of files."""
        batches = [paths[i : i + size] for i in range(0, len(paths), size)]
        return [text for batch in batches for text in self._read(batch)]

    def _read(self, paths: Sequence[str]) -> list[str]:
        images = np.stack([cv2.resize(cv2.imread(path), self._size) for path in paths])
        batch = {self._reader.input_names[0]: images.astype(np.float32)}
        (probabilities,) = self._reader.model.run(self._reader.output_names, batch)
        texts: list[str] = ctc_decoder(probabilities, self._characters)
        return texts


if __name__ == "__main__":
    main(Mltu, ["mltu", "onnxruntime", "numpy", "opencv-python"])
