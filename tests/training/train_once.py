"""Train a small network in a folder, or go on with it, and print the hash of the weights.

python -m tests.training.train_once FOLDER
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.images.preprocessing import prepare
from captcha_model.training.loop import train
from captcha_model.training.resume.checkpoints import checkpoints
from captcha_model.training.run_config.settings import TrainingSettings

CONFIG = CaptchaConfig(
    "abc", height=16, width=64, options={"filters": 4, "dense": 8, "lstm": 8, "dropout": 0.2}
)
SETTINGS = TrainingSettings(epochs=30, epoch_images=1, batch_size=8, seed=3, patience=None)


def main(folder: Path) -> None:
    """Train, print a line an epoch and the hash."""
    synthesizer = Synthesizer("abc", (1, 2), seed=1)
    captchas = [synthesizer.draw(i) for i in range(24)]
    images = LabelledImages(
        np.stack([prepare(c.image, CONFIG).pixels for c in captchas]),
        tuple(c.text for c in captchas),
        tuple(map(str, range(24))),
    )
    result = train(
        CONFIG,
        images,
        images.select(range(8)),
        SETTINGS,
        folder=folder,
        resume=bool(checkpoints(folder)),
    )
    digest = hashlib.sha256()
    for weights in (*result.model.network.get_weights(), *result.state.best_weights):
        digest.update(weights.tobytes())
    print(digest.hexdigest())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
