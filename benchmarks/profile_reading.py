"""Where the time of one `model.predict` goes, from files to readings, with ONNX Runtime.

The functions that do the stages are replaced by ones that also look at the clock; what a stage
calls in its turn counts for that one alone. Their looking costs about a microsecond a stage.

    python benchmarks/profile_reading.py
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

from captcha_model import confidence, judging, outputs, pipeline, preprocessing
from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.decoding.heads import Ctc
from captcha_model.inference.decoder import Decoder
from captcha_model.inference.reader import Reader
from captcha_model.model import CaptchaModel
from captcha_model.runtimes.onnx import OnnxRuntime

LISTS = (1, 256)  # How many images are read at once.
RUNS = {1: 2000, 256: 50}
IMAGES = 256

# What is timed, by where it is looked up. The first three are Pillow's own and may be left out by
# what decodes an image; whatever else `decode_opaque` does, above all reading the file, is fourth.
STAGES: dict[str, list[tuple[Any, str]]] = {
    "Pillow: open": [(Image, "open")],
    "Pillow: pixels": [(ImageFile.ImageFile, "load"), (Image, "frombytes")],
    "Pillow: modes": [(Image.Image, "convert"), (Image, "alpha_composite")],
    "file and checks": [(preprocessing, "decode_opaque")],
    "size, array": [(pipeline, "prepare")],
    "to floats": [(pipeline, "to_batch")],
    "options of the call": [(Decoder, "of")],
    "network": [(OnnxRuntime, "logits")],
    "familiarity": [(NoveltyDetector, "distance")],
    "log-softmax": [(confidence, "log_softmax")],
    "best path": [(outputs, "best_paths")],
    "neighbours": [(Ctc, "neighbours")],
    "search": [(outputs, "likelier_texts")],
    "shares, alternatives": [
        (confidence, "shares"),
        (confidence, "in_places"),
        (confidence, "other_texts"),
    ],
    "spans": [(confidence, "spans")],
    "records": [(judging, "read")],
    "rejections": [(Decoder, "judge")],
    "waiting": [(Future, "result")],
    "loops and lists": [(Reader, "predict")],
}


class Stopwatch:
    """Adds up, in nanoseconds, what each stage takes without the stages that it calls.

    Stages of several threads add up to more than the time that passes.
    """

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._threads = threading.local()

    @contextmanager
    def watching(self, stages: dict[str, list[tuple[Any, str]]]) -> Iterator[None]:
        """Time the stages while the block runs."""
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
    """Return the medians of what the stages take for an image, in microseconds."""
    stopwatch = Stopwatch()
    parts = [list(paths[i : i + count]) for i in range(0, len(paths) - count + 1, count)]
    untouched, spent = [], []
    for run in range(-len(parts), runs):
        part = parts[run % len(parts)]
        start = time.perf_counter_ns()
        model.predict(part)
        whole = time.perf_counter_ns() - start
        stopwatch.spent.clear()
        with stopwatch.watching(STAGES):
            model.predict(part)
        if run >= 0:  # Before, everything is read once.
            untouched.append(whole / count / 1000)
            spent.append({stage: stopwatch.spent[stage] / count / 1000 for stage in STAGES})
    medians = {stage: statistics.median(times[stage] for times in spent) for stage in STAGES}
    total = sum(medians.values())
    return {
        "images": count,
        "untouched_us": round(statistics.median(untouched), 1),
        "stages_us": {stage: round(us, 1) for stage, us in medians.items()},
        "shares": {stage: round(us / total, 4) for stage, us in medians.items()},
    }


def main() -> None:
    """Profile, print and write `results/profile_reading.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="a folder or repository (default: the bundled one)")
    parser.add_argument("--rough", action="store_true", help="few runs, and no file")
    options = parser.parse_args()
    model = CaptchaModel.from_pretrained(options.model, runtime="onnx")
    with tempfile.TemporaryDirectory() as folder:
        paths = unpack(Path(folder), IMAGES)
        runs = {count: runs // 10 if options.rough else runs for count, runs in RUNS.items()}
        found = [profile(model, paths, count, runs[count]) for count in LISTS]
    for figures in found:
        print(
            f"{figures['images']} at once: {figures['untouched_us']:.0f} microseconds an image; "
            f"the stages come to {sum(figures['stages_us'].values()):.0f}"
        )
        for stage, us in figures["stages_us"].items():
            print(f"  {stage:20} {us:8.1f}  {figures['shares'][stage]:6.1%}")
    if not options.rough:
        document = {"device": model.device, "lists": found}
        command = "python benchmarks/profile_reading.py"
        print(f"wrote {write_result('profile_reading', command, document)}")


if __name__ == "__main__":
    main()
