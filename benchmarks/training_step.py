"""What a training step costs: its size, the loss, XLA, 16 bits, oneDNN, and the augmentation.

python benchmarks/training_step.py

Each variant runs in a process of its own, because some are decided when TensorFlow is loaded; they
take turns. What counts is the time of all processors, per image: it hardly depends on what else the
machine does.
"""

import argparse
import json
import os
import resource
import statistics
from typing import Any
from unittest import mock

from common import in_new_process, write_result

STEPS, WARM_UP = 40, 4
LABEL = 5
USUAL = "32 images"
VARIANTS: dict[str, dict[str, str]] = {
    USUAL: {},
    "16 images": {"STEP_IMAGES": "16"},
    "64 images": {"STEP_IMAGES": "64"},
    "32 images, the loss by Keras": {"STEP_LOSS": "keras"},
    # TensorFlow's own kernel for the loss is none that XLA knows.
    "32 images, jit_compile, the loss by Keras": {"STEP_LOSS": "keras", "STEP_JIT": "1"},
    "32 images, mixed_bfloat16": {"STEP_POLICY": "mixed_bfloat16"},
    "32 images, without oneDNN": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "augmentation of 32 images alone": {"STEP_AUGMENT": "1"},
}


def main() -> None:
    """Measure in turns, print and write `results/training_step.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=3, help="of all variants (default: 3)")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(milliseconds()))
        return
    times: dict[str, list[float]] = {name: [] for name in VARIANTS}
    for _ in range(options.turns):
        for name, variables in VARIANTS.items():
            times[name].append(in_new_process(__file__, ["--here"], variables))
    usual = statistics.median(times[USUAL])
    figures: dict[str, Any] = {}
    for name, found in times.items():
        middle = statistics.median(found)
        figures[name] = {
            "cpu_ms_per_image": round(middle, 3),
            "all": [round(ms, 3) for ms in sorted(found)],
            "to_usual": round(middle / usual, 3),
        }
        print(f"{name:42} {middle:6.2f} ms of CPU an image, x{middle / usual:.2f}")
    document = {"turns": options.turns, "steps": STEPS, "variants": figures}
    path = write_result("training_step", "python benchmarks/training_step.py", document)
    print(f"wrote {path}")


def milliseconds() -> float:
    """Return what one image of a step costs here, in milliseconds of all processors."""
    import numpy as np

    from captcha_model.backend import load_keras
    from captcha_model.config import CaptchaConfig
    from captcha_model.data.captcha_images_v2 import CHARACTERS
    from captcha_model.training.settings import TrainingSettings

    keras = load_keras()
    from captcha_model.data.augmentation import Augmentation
    from captcha_model.training import compilation, losses

    size = int(os.environ.get("STEP_IMAGES", "32"))
    policy = os.environ.get("STEP_POLICY", "float32")
    config, settings = CaptchaConfig(CHARACTERS), TrainingSettings(mixed_precision=True)
    if "STEP_LOSS" in os.environ:
        losses.ctc = keras.losses.ctc
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (size, *config.input_shape), np.uint8)
    images = pixels.astype(np.float32) / 255
    labels = random.integers(1, len(CHARACTERS) + 1, (size, LABEL)).astype(np.int32)
    if "STEP_AUGMENT" in os.environ:
        augment = Augmentation(config, settings.augmentation)

        def step(number: int) -> None:
            augment(pixels, (0, number))
    else:
        # By itself it would take 32 bits on a processor.
        with mock.patch.object(compilation, "precision", return_value=policy):
            network = compilation.compiled_network(config, settings, WARM_UP + STEPS)
        network.jit_compile = "STEP_JIT" in os.environ

        def step(number: int) -> None:  # noqa: ARG001
            network.train_on_batch(images, labels)

    for number in range(WARM_UP):
        step(number)
    before = resource.getrusage(resource.RUSAGE_SELF)
    for number in range(STEPS):
        step(number)
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1000 * spent / STEPS / size


if __name__ == "__main__":
    main()
