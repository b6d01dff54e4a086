"""Reads with the newer network of ddddocr, with `set_ranges` of the characters in both cases.

`ways_of_ddddocr` compares other ways.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ddddocr
from protocol import main

CHARACTERS = "2345678bcdefgmnpwxy"


class Ddddocr:
    """Reads with `DdddOcr.classification`, which takes one image and has no batches.

    Several images are therefore read by several readers, each in its own thread: one reader for all
    threads mixes up their characters.
    """

    def __init__(self, _model: str | None = None) -> None:
        self.model = Path(ddddocr.__file__).with_name("common.onnx")
        self._readers = [self._new()]

    def one(self, path: str) -> str:
        """Return the text of one file."""
        return self._read(self._readers[0], path)

    def many(self, paths: Sequence[str], size: int) -> list[str]:
        """Return the texts of files, with `size` threads."""
        if size == 1:
            return [self.one(path) for path in paths]
        while len(self._readers) < size:
            self._readers.append(self._new())
        texts = [""] * len(paths)

        def work(k: int) -> None:
            for i in range(k, len(paths), size):
                texts[i] = self._read(self._readers[k], paths[i])

        with ThreadPoolExecutor(size) as threads:
            list(threads.map(work, range(size)))
        return texts

    def _new(self) -> ddddocr.DdddOcr:
        reader = ddddocr.DdddOcr(beta=True, show_ad=False)
        # Of one case alone it would delete what was read in the other.
        reader.set_ranges(CHARACTERS + CHARACTERS.upper())
        return reader

    def _read(self, reader: ddddocr.DdddOcr, path: str) -> str:
        text: str = reader.classification(Path(path).read_bytes())
        return text.lower()


if __name__ == "__main__":
    main(Ddddocr, ["ddddocr", "onnxruntime", "numpy", "pillow", "opencv-python-headless"])
