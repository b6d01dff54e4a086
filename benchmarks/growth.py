"""How the cost grows: with the number of images, their width, the vocabulary and the text's length.

python benchmarks/growth.py

The numbers of images go through `predict_stream` of the bundled model, from PNG files on the disk:
500 different ones, over whose paths the stream goes again and again. The memory is what is
resident in this process (VmRSS), which by then has not loaded Keras. The rest is in
`growth_sizes.py`.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import argparse
import resource
import statistics
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from common import write_result
from growth_sizes import of_sizes

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Prediction

COUNTS = (1, 10, 100, 1_000, 10_000, 100_000)
DIFFERENT = 500
FIRST = 1_000  # The memory after so many images is what that after all of them is compared with.


def main() -> None:
    """Measure, print and write `results/growth.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=COUNTS[-1], help="at most (100,000)")
    parser.add_argument("--runs", type=int, default=20, help="of each large setting (default: 20)")
    options = parser.parse_args()
    figures = {"images": of_counts([c for c in COUNTS if c <= options.images])}
    figures["settings"] = of_sizes(options.runs)
    command = f"python benchmarks/growth.py --images {options.images}"
    print(f"wrote {write_result('growth', command, figures)}")


def of_counts(counts: list[int]) -> dict[str, Any]:
    """Read more and more images from files; return the rates and the memory."""
    model = CaptchaModel.from_pretrained(runtime="onnx")
    synthesizer = Synthesizer(CHARACTERS)
    rows: list[dict[str, Any]] = []
    samples: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{i}.png" for i in range(DIFFERENT)]
        for i, path in enumerate(paths):
            synthesizer.draw(i).image.save(path)
        stream(model, paths, 64)
        print("   images   images/s  MB at the end")
        for count in counts:
            # A few images take too short a time to be measured once.
            runs = [stream(model, paths, count) for _ in range(max(1, 300 // count))]
            samples = runs[-1]
            row = {
                "images": count,
                "per_second": round(count / statistics.median(run[-1]["seconds"] for run in runs)),
                "megabytes": samples[-1]["megabytes"],
            }
            rows.append(row)
            print(f"{count:9,}{row['per_second']:11,}{row['megabytes']:15.1f}", flush=True)
    print("along the last ones")
    for sample in samples:
        print(f"{sample['images']:9,}{sample['per_second']:11,}{sample['megabytes']:15.1f}")
    figures: dict[str, Any] = {"different_files": DIFFERENT, "counts": rows, "along": samples}
    first = next((row["megabytes"] for row in rows if row["images"] == FIRST), None)
    if first:
        figures["memory_to_that_at_1000"] = round(rows[-1]["megabytes"] / first, 4)
        print(f"memory at the end to that at {FIRST:,}: {figures['memory_to_that_at_1000']:.3f}")
    return figures


def stream(model: CaptchaModel, paths: list[Path], count: int) -> list[dict[str, Any]]:
    """Read images; return the time, the memory and the rate since the mark before, at each mark.

    The marks are 1,000, 2,000, 5,000, 10,000 and so on, and the end.
    """
    marks = {digit * 10**power for digit in (1, 2, 5) for power in range(3, 6)} | {count}
    samples: list[dict[str, Any]] = []
    start = before = time.perf_counter()
    done = 0
    for number, reading in enumerate(model.predict_stream(islice(cycle(paths), count)), 1):
        assert isinstance(reading, Prediction), reading
        if number in marks:
            now = time.perf_counter()
            samples.append(
                {
                    "images": number,
                    "seconds": round(now - start, 6),
                    "per_second": round((number - done) / (now - before)),
                    "megabytes": round(resident_bytes() / 1e6, 1),
                }
            )
            before, done = now, number
    return samples


def resident_bytes() -> int:
    """Return how much memory of this process is resident; where Linux is not, its peak."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmRSS"))
    return 1024 * int(kilobytes)


if __name__ == "__main__":
    main()
