"""Train a small model in a folder, or resume its run, and print the hash of the weights.

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
from captcha_model.training.run_folder import RUN_FILE
from captcha_model.training.workflow import train

CONFIG = CaptchaConfig("abc", height=16, width=64)
SETTINGS = {
    "model": {"options": {"filters": 4, "dense": 8, "lstm": 8, "dropout": 0.2}},
    "training": {"epoch_images": 1, "batch_size": 8, "patience": None},
}


def main(folder: Path) -> None:
    """Train, and print the hash."""
    synthesizer = Synthesizer("abc", (1, 2), seed=1)
    captchas = [synthesizer.draw(i) for i in range(24)]
    images = LabelledImages(
        np.stack([prepare(c.image, CONFIG).pixels for c in captchas]),
        tuple(c.text for c in captchas),
        tuple(map(str, range(24))),
    )
    trained = train(
        images,
        out=folder,
        epochs=30,
        seed=3,
        validation_fraction=0.3,
        settings=SETTINGS,
        resume=(folder / RUN_FILE).exists(),
    )
    digest = hashlib.sha256()
    for weights in trained.model.network.get_weights():
        digest.update(weights.tobytes())
    print(digest.hexdigest())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
