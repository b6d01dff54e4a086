"""Reads with the Keras example: `model.predict` and greedy decoding."""

import json
from collections.abc import Sequence
from pathlib import Path

import keras
from keras_example import batches, image, texts
from learning import VOCABULARY
from protocol import main


class KerasExample:
    """Reads with a network that `train_keras.py` has saved."""

    def __init__(self, model: str | None) -> None:
        folder = Path(model or "")
        self.model = folder / "model.keras"
        self._network = keras.saving.load_model(self.model)
        self._characters = json.loads((folder / VOCABULARY).read_text())

    def one(self, path: str) -> str:
        """Return the text of one file."""
        return texts(self._network.predict(image(path)[None], verbose=0), self._characters)[0]

    def many(self, paths: Sequence[str], size: int) -> list[str]:
        """Return the texts of files."""
        return texts(self._network.predict(batches(paths, size), verbose=0), self._characters)


if __name__ == "__main__":
    main(KerasExample, ["keras", "tensorflow", "numpy"])
