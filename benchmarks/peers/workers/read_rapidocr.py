"""Reads with the recognition stage of RapidOCR: an image is one line of text.

Its characters cannot be restricted. So capital letters are lowered, and characters outside the 19
of the data set are dropped, as ddddocr does.
"""

from collections.abc import Sequence
from pathlib import Path

import rapidocr
from protocol import main
from rapidocr import RapidOCR

CHARACTERS = frozenset("2345678bcdefgmnpwxy")
ONLY_RECOGNITION = {"use_det": False, "use_cls": False, "use_rec": True}


class Rapidocr:
    """Reads with `RapidOCR.__call__` for one image, and with its recogniser for batches."""

    def __init__(self, _model: str | None = None) -> None:
        self._reader = RapidOCR(params={"Global.log_level": "error"})
        folder = Path(rapidocr.__file__).parent / "models"
        (self.model,) = folder.glob("*_rec_small.onnx")

    def one(self, path: str) -> str:
        """Return the text of one file."""
        found = self._reader(path, **ONLY_RECOGNITION).txts
        return self._cleaned(found[0]) if found else ""

    def many(self, paths: Sequence[str], size: int) -> list[str]:
        """Return the texts of files."""
        if self._reader.text_rec is None:  # It is created on first use.
            self.one(paths[0])
        texts = []
        for i in range(0, len(paths), size):
            images = [self._reader.load_img(path) for path in paths[i : i + size]]
            # `Rec.rec_batch_num` is read only once, when the recogniser is created.
            self._reader.text_rec.rec_batch_num = size
            texts += map(self._cleaned, self._reader.recognize_txt(images).txts)
        return texts

    def _cleaned(self, text: str) -> str:
        return "".join(c for c in text.lower() if c in CHARACTERS)


if __name__ == "__main__":
    main(Rapidocr, ["rapidocr", "onnxruntime", "numpy", "opencv-python-headless"])
