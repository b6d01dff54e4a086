"""Reads images of any characters with one network of ddddocr, `default` or `beta`, as it comes."""

from pathlib import Path

import ddddocr
import numpy as np
from protocol import main
from read_ddddocr import Ddddocr
from restricted_search import columns_of, restricted_search

FILES = {"default": "common_old.onnx", "beta": "common.onnx"}


class General(Ddddocr):
    """Reads all 8,210 classes; `ways` searches among the characters of a set, in both cases.

    Args:
        network: `default` or `beta`.
    """

    def __init__(self, network: str | None) -> None:
        self._network = network or "default"
        super().__init__()
        self.model = Path(ddddocr.__file__).with_name(FILES[self._network])

    def ways(self, path: str, characters: str) -> dict[str, str]:
        """Return the text as it is, and those of both restricted searches, in lower case."""
        found = self._readers[0].classification(Path(path).read_bytes(), probability=True)
        charset = found["charset"]
        probabilities = np.asarray(found["probabilities"]).reshape(-1, len(charset))
        lower = "".join(sorted({c.lower() for c in characters}))
        columns = columns_of(charset, lower)
        return {
            "as it is": found["text"],
            "search": restricted_search(probabilities, columns, lower, others_are_blank=False),
            "search, others as blank": restricted_search(
                probabilities, columns, lower, others_are_blank=True
            ),
        }

    def _new(self) -> ddddocr.DdddOcr:
        return ddddocr.DdddOcr(beta=self._network == "beta", show_ad=False)

    def _read(self, reader: ddddocr.DdddOcr, path: str) -> str:
        text: str = reader.classification(Path(path).read_bytes())
        return text


if __name__ == "__main__":
    main(General, ["ddddocr", "onnxruntime", "numpy", "pillow"])
