"""Trains a tiny network with a backend and a number of devices, and prints what came of it as JSON.

A process of its own, because a process has one backend, and virtual devices only if they are set
before the first use. Usage: python -m tests.training.on_devices DEVICES FOLDER
"""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from captcha_model._utils.keras_backend import load_keras
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.errors import TrainingError
from captcha_model.images.preprocessing import prepare
from captcha_model.training.run_config.settings import TrainingSettings

VIRTUAL_DEVICES = 2
SMALL: dict[str, Any] = {"height": 16, "width": 64}
RECURRENT = CaptchaConfig(
    "abc", options={"filters": 4, "dense": 8, "lstm": 8, "dropout": 0.2}, **SMALL
)
# JAX compiles a recurrent network and its loss for half a minute.
QUICK = CaptchaConfig("abc", "multi-head", options={"filters": 4, "dense": 8, "places": 2}, **SMALL)
# After the first epoch the auxiliary loss is off.
SETTINGS = TrainingSettings(epochs=3, epoch_images=1, batch_size=8, seed=3, workers=2)


def config_for(backend: str) -> CaptchaConfig:
    return QUICK if backend == "jax" else RECURRENT


def drawn() -> LabelledImages:
    synthesizer = Synthesizer("abc", (1, 2), seed=1)
    captchas = [synthesizer.draw(i) for i in range(17)]
    return LabelledImages(
        np.stack([prepare(c.image, RECURRENT).pixels for c in captchas]),
        tuple(c.text for c in captchas),
        tuple(map(str, range(len(captchas)))),
    )


def main(devices: str, folder: Path) -> None:
    keras = load_keras()
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        virtual = [tf.config.LogicalDeviceConfiguration()] * VIRTUAL_DEVICES
        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0], virtual
        )
    from captcha_model.training.loop import fit
    from captcha_model.training.reporter import Reporter
    from captcha_model.training.resume.checkpoints import checkpoints

    images, lines, config = drawn(), [], config_for(keras.backend.backend())
    settings = dataclasses.replace(SETTINGS, devices=devices if devices == "all" else int(devices))

    def run(settings, **options):
        result = fit(config, images, images.select(range(8)), settings, **options)
        return [w.tolist() for w in result.model.network.get_weights()], result

    weights, result = run(settings, folder=folder, reporter=Reporter(line=lines.append))
    told = {
        "weights": weights,
        "losses": [record.loss for record in result.state.history],
        "lines": lines,
        "texts": [r.text for r in result.model.predict_pixels(images.pixels)],
    }
    if keras.backend.backend() != "tensorflow":
        result.model.save_pretrained(folder / "model")
    # The last epochs are lost, as if the process had been killed.
    for number, path in checkpoints(folder).items():
        if number == settings.epochs:
            path.unlink()
    told["resumed"], _ = run(settings, folder=folder, resume=True)
    if settings.devices != 1:
        try:
            run(dataclasses.replace(settings, devices=1), folder=folder, resume=True)
        except TrainingError as error:
            told["other number"] = str(error)
        try:
            run(dataclasses.replace(settings, devices=3))
        except TrainingError as error:
            told["too many"] = [error.code, str(error)]
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
