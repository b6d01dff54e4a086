"""Profiles `model.predict` by stage, from files to readings, with ONNX Runtime.

    python benchmarks/profile_reading.py

The functions of the stages are replaced by ones that also read the clock; the time of a nested
stage counts for that stage alone. Reading the clock costs about a microsecond per stage.
"""

import argparse
import inspect
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any
from unittest import mock

from common import write_result
from image_files import unpack
from PIL import Image, ImageFile

from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.decoding import constraint_probability, heads, posterior
from captcha_model.decoding.heads import Ctc
from captcha_model.images import preprocessing
from captcha_model.inference import pipeline, text_search
from captcha_model.inference.decoder import Decoder
from captcha_model.inference.reader import Reader
from captcha_model.model import CaptchaModel
from captcha_model.runtimes.onnx import OnnxRuntime

IMAGES = 256
RUNS = {1: 2000, IMAGES: 50}  # By the number of images in a list.

# What is timed, by where it is looked up. Decoding an image may skip some of Pillow's functions;
# all else in `decode_opaque`, above all reading the file, is "file and checks".
STAGES: dict[str, list[tuple[Any, str]]] = {
    "Pillow: open": [(Image, "open")],
    "Pillow: pixels": [(ImageFile.ImageFile, "load"), (Image, "frombytes")],
    "Pillow: modes": [(Image.Image, "convert"), (Image, "alpha_composite")],
    "file and checks": [(preprocessing, "decode_opaque")],
    "size, array": [(pipeline, "prepare")],
    "to floats": [(pipeline, "to_batch")],
    "options of the call": [(Decoder, "__init__")],
    "network": [(OnnxRuntime, "logits")],
    "novelty": [(NoveltyDetector, "distance")],
    "log-softmax": [(constraint_probability, "log_softmax")],
    "best path": [(heads, "best_paths")],
    "neighbours": [(Ctc, "neighbours")],
    "search": [(heads, "likelier_texts")],
    "shares, alternatives": [
        (posterior, "relative_probabilities"),
        (posterior, "in_positions"),
        (posterior, "other_texts"),
    ],
    "spans": [(posterior, "spans")],
    "records": [(text_search, "predictions")],
    "rejections": [(Decoder, "decode")],
    "waiting": [(Future, "result")],
    "loops and lists": [(Reader, "predict")],
}


class Stopwatch:
    """Adds up the nanoseconds of each stage, without the stages that it calls.

    Stages in several threads add up to more than the wall time.
    """

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._threads = threading.local()

    @contextmanager
    def watching(self, stages: dict[str, list[tuple[Any, str]]]) -> Iterator[None]:
        """Measure the stages inside the block."""
        with ExitStack() as stack:
            for stage, places in stages.items():
                for owner, name in places:
                    timed = self._timed(stage, owner, name)
                    stack.enter_context(mock.patch.object(owner, name, timed))
            yield

    def _timed(self, stage: str, owner: Any, name: str) -> Any:
        function: Callable[..., Any] = getattr(owner, name)

        @wraps(function)
        def timed(*values: Any, **options: Any) -> Any:
            inner = self._threads.__dict__.setdefault("inner", [])
            inner.append(0)
            start = time.perf_counter_ns()
            try:
                return function(*values, **options)
            finally:
                took = time.perf_counter_ns() - start
                self.spent[stage] += took - inner.pop()
                if inner:
                    inner[-1] += took

        bound = isinstance(inspect.getattr_static(owner, name), (classmethod, staticmethod))
        return staticmethod(timed) if bound else timed


def profile(model: CaptchaModel, paths: Sequence[Path], count: int, runs: int) -> dict[str, Any]:
    """Return the median time of each stage, in microseconds per image."""
    stopwatch = Stopwatch()
    lists = [list(paths[i : i + count]) for i in range(0, len(paths) - count + 1, count)]
    untouched, spent = [], []
    for run in range(-len(lists), runs):
        images = lists[run % len(lists)]
        start = time.perf_counter_ns()
        model.predict(images)
        whole = time.perf_counter_ns() - start
        stopwatch.spent.clear()
        with stopwatch.watching(STAGES):
            model.predict(images)
        if run >= 0:  # The runs before warm up: each image is read once.
            untouched.append(whole / count / 1000)
            spent.append({stage: stopwatch.spent[stage] / count / 1000 for stage in STAGES})
    medians = {stage: statistics.median(times[stage] for times in spent) for stage in STAGES}
    total = sum(medians.values())
    return {
        "images": count,
        "without_profiling_us": round(statistics.median(untouched), 1),
        "stages_us": {stage: round(us, 1) for stage, us in medians.items()},
        "shares": {stage: round(us / total, 4) for stage, us in medians.items()},
    }


def main() -> None:
    """Profile, print and write `results/profile_reading.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rough", action="store_true", help="few runs, nothing written")
    options = parser.parse_args()
    model = CaptchaModel.from_pretrained(runtime="onnx")
    with tempfile.TemporaryDirectory() as folder:
        paths = unpack(Path(folder), IMAGES)
        runs = {count: runs // 10 if options.rough else runs for count, runs in RUNS.items()}
        found = [profile(model, paths, count, runs[count]) for count in RUNS]
    for row in found:
        print(
            f"lists of {row['images']}: {row['without_profiling_us']:.0f} microseconds per image; "
            f"the sum of the stages is {sum(row['stages_us'].values()):.0f}"
        )
        for stage, us in row["stages_us"].items():
            print(f"  {stage:20} {us:8.1f}  {row['shares'][stage]:6.1%}")
    if not options.rough:
        results = {"device": model.device, "lists": found}
        command = "python benchmarks/profile_reading.py"
        print(f"wrote {write_result('profile_reading', command, results)}")


if __name__ == "__main__":
    main()
