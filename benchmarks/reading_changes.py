"""What reading costs, from files to readings, and what it would cost done otherwise.

python benchmarks/reading_changes.py

Each variant reads images of captcha_images_v2 by ONNX Runtime, in a process of its own: one after
another, 64 in a list, and 512 in a list. They take turns. In each variant one change is undone, and
in the last one all of them.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from common import in_new_process, write_result
from image_files import unpack

from captcha_model import images, reader
from captcha_model.formats import Bare, bare
from captcha_model.model import CaptchaModel
from captcha_model.runtimes.onnx import OnnxRuntime

USUAL = "as it is"
VARIABLE = "READING_VARIANT"
IMAGES = 512
# How many are read, and in lists of how many.
AMOUNTS = {"one": (128, 1), "list of 64": (IMAGES, 64), "list of 512": (IMAGES, IMAGES)}
ROUNDS = 8  # In a process; the first two are not counted.


def looked_at_by_pillow() -> AbstractContextManager[Any]:
    """Open every PNG with Pillow, however plain it is."""

    def not_plain(data: bytes) -> Bare:
        return bare(data)._replace(rows=None)

    return mock.patch.object(images, "bare", not_plain)


def all_cores() -> AbstractContextManager[Any]:
    """Share each batch out among all cores, though one of them decodes and judges."""
    logits = OnnxRuntime.logits
    return mock.patch.object(OnnxRuntime, "logits", lambda self, batch, **_: logits(self, batch))


def one_batch() -> AbstractContextManager[Any]:
    """Make batches as large as they may be, though then none is read beside another."""
    return mock.patch.object(reader, "_LEAST_IN_A_BATCH", reader.DEFAULT_BATCH_SIZE)


CHANGES = {
    "every PNG looked at by Pillow": looked_at_by_pillow,
    "the network on all cores": all_cores,
    "a list in as large batches as may be": one_batch,
}
VARIANTS: dict[str, tuple[Callable[[], AbstractContextManager[Any]], ...]] = {
    USUAL: (),
    **{name: (change,) for name, change in CHANGES.items()},
    "all of these": tuple(CHANGES.values()),
}


def main() -> None:
    """Measure in turns, print and write `results/reading_changes.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", nargs="?", type=Path, help="of the images, where they lie already"
    )
    parser.add_argument("--turns", type=int, default=7, help="of all variants (default: 7)")
    options = parser.parse_args()
    if name := os.environ.get(VARIABLE):
        print(json.dumps(microseconds(sorted(options.folder.iterdir()), name)))
        return
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    with tempfile.TemporaryDirectory() as folder:
        unpack(Path(folder), IMAGES)
        for _ in range(options.turns):
            for name, found in runs.items():
                found.append(in_new_process(__file__, [folder], {VARIABLE: name}))
    figures = {name: _summary(found, runs[USUAL]) for name, found in runs.items()}
    for name, row in figures.items():
        shown = (f"{what} {row[what]['us']:5.0f} us x{row[what]['to_usual']:.2f}" for what in row)
        print(f"{name:40}", ", ".join(shown))
    document = {"turns": options.turns, "variants": figures}
    path = write_result("reading_changes", "python benchmarks/reading_changes.py", document)
    print(f"wrote {path}")


def microseconds(paths: list[Path], name: str) -> dict[str, float]:
    """Return the median time of an image here, for each of the amounts."""
    model = CaptchaModel.from_pretrained(runtime="onnx")
    times: dict[str, list[float]] = {what: [] for what in AMOUNTS}
    with ExitStack() as changes:
        for change in VARIANTS[name]:
            changes.enter_context(change())
        for _ in range(ROUNDS):
            for what, (count, size) in AMOUNTS.items():
                lists = [paths[i : i + size] for i in range(0, count, size)]
                start = time.perf_counter()
                for several in lists:
                    model.predict(several)
                times[what].append(1e6 * (time.perf_counter() - start) / count)
    return {what: statistics.median(found[2:]) for what, found in times.items()}


def _summary(
    found: list[dict[str, float]], usual: list[dict[str, float]]
) -> dict[str, dict[str, float]]:
    """Return the medians, and the median ratio to the usual way in the same turn."""
    return {
        what: {
            "us": round(statistics.median(run[what] for run in found), 1),
            "to_usual": round(
                statistics.median(
                    run[what] / other[what] for run, other in zip(found, usual, strict=True)
                ),
                3,
            ),
        }
        for what in AMOUNTS
    }


if __name__ == "__main__":
    main()
