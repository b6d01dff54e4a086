"""Measures how many images per second a GPU reads, and checks its texts against the CPU.

    KERAS_BACKEND=jax python benchmarks/gpu.py

It runs on every backend of Keras (tensorflow, jax, torch), with the same file of weights. A batch
goes from host memory to logits in host memory; decoding runs on the CPU in any case and is not
measured. The texts are compared with those of ONNX Runtime on the CPU. Without a GPU nothing is
written.
"""

import argparse
import statistics
import time
from itertools import cycle, islice
from typing import Any

import numpy as np
import numpy.typing as npt
from common import write_result
from image_files import synthetic_captchas

from captcha_model import networks
from captcha_model._utils.keras_backend import device_name, load_keras
from captcha_model.decoding.heads import decode_texts
from captcha_model.images.preprocessing import to_batch
from captcha_model.model import CaptchaModel
from captcha_model.runtimes.keras import KerasRuntime

BATCHES = "1,2,4,8,16,32,64,128,256,512,1024,2048,4096"
IMAGES = 256  # Different images; larger batches repeat them.
MIN_RUNS = 5


def main() -> None:
    """Measure, print and write `results/gpu.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", default=BATCHES, metavar="1,2,4,...")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each batch (default: 2)")
    options = parser.parse_args()
    batches = [int(size) for size in options.batches.split(",")]
    model = CaptchaModel.from_pretrained(runtime="keras")
    pixels = np.stack([np.asarray(image)[..., None] for image in synthetic_captchas(IMAGES)])
    on_cpu = CaptchaModel.from_pretrained(runtime="onnx")
    expected = texts_in(model, on_cpu.logits(pixels))
    device, backend = device_name(), load_keras().backend.backend()
    print(f"{device}, Keras on {backend}")
    rows = []
    for batch in batches:
        row, logits = measure_batch(
            KerasRuntime(model.network, model.config), pixels, batch, options.seconds
        )
        rows.append(row)
        assert texts_in(model, logits) == expected[:batch], f"other texts in batches of {batch}"
        print(f"batches of {batch:5}: {row['images_per_second']:>11,.0f} images/s")
    images = min(IMAGES, max(batches))
    print(f"the same texts as on the CPU, of {images} images")
    if device == "CPU":
        print("no GPU was found, so nothing is written")
        return
    results = {"device": device, "backend": backend, "same_texts": images, "batches": rows}
    command = f"KERAS_BACKEND={backend} python benchmarks/gpu.py"
    print(f"wrote {write_result('gpu', command, results)}")


def texts_in(model: CaptchaModel, logits: npt.NDArray[np.float32]) -> list[str]:
    """Decode the logits of the different images in a batch."""
    output = networks.describe(model.config).output
    return decode_texts(logits[:IMAGES], model.config.characters, output)


def measure_batch(
    runtime: KerasRuntime, pixels: npt.NDArray[np.uint8], batch: int, seconds: float
) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
    """Return the measurements of one batch size, and the logits of the last run."""
    images = to_batch(np.stack(list(islice(cycle(pixels), batch))))
    logits = runtime.logits(images)  # Compiles.
    times: list[float] = []
    while sum(times) < seconds or len(times) < MIN_RUNS:
        start = time.perf_counter()
        logits = runtime.logits(images)
        times.append(time.perf_counter() - start)
    median = statistics.median(times)
    row = {
        "batch": batch,
        "images_per_second": round(batch / median, 1),
        "median_ms": round(1000 * median, 3),
        "runs": len(times),
    }
    return row, logits


if __name__ == "__main__":
    main()
