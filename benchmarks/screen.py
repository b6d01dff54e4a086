"""Networks for the default, screened by size, speed and accuracy on one fold of captcha_images_v2.

Every candidate (`candidates.py`) learns from nine tenths of the images and 400 drawn ones, for 30
epochs of the default settings, and keeps its last weights. It is scored by the words that it reads
right of the tenth that it never saw, and by the mean over the 15 kinds of damaged copies of that
tenth. What it takes is measured through ONNX Runtime, one thread and all, in turns with the
default, so that `to_default` may be compared between runs. A fold has about 90 images: what differs
by one or two words does not differ.

    python benchmarks/screen.py
    python benchmarks/screen.py --only A5 --only T4
    python benchmarks/screen.py --untrained
    python benchmarks/screen.py --unhurried  # Beside other work: the speeds stay as they were.
    python benchmarks/screen.py --int8

What is found goes into the results of the candidates that were found before.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import argparse
import dataclasses
import json
import time
from functools import partial
from typing import Any

import numpy as np
from candidates import CANDIDATES, DEFAULT, installed
from common import RESULTS, environment, measure_in_turns, write_result
from folds import SYNTHETIC, first_fold, load_all
from graphs import feed, nodes_of, open_session, thread_counts
from int8 import compare

from captcha_model import networks
from captcha_model.backend import load_keras
from captcha_model.config import CaptchaConfig
from captcha_model.data.captcha_images_v2 import CHARACTERS, NAME
from captcha_model.data.degradation import degraded_copies
from captcha_model.data.drawn import draw_like
from captcha_model.data.samples import LabelledImages
from captcha_model.metrics import word_accuracy
from captcha_model.onnx_graph import to_onnx
from captcha_model.outputs import CTC, decode_texts
from captcha_model.preprocessing import to_batch
from captcha_model.runtimes.onnx import OnnxRuntime
from captcha_model.training.settings import TrainingSettings

GOOD = 0.98
BATCHES = (1, 32)
REPEATS = {1: 20, 32: 1}  # So many runs a turn.

Figures = dict[str, Any]


def main() -> None:
    """Screen, print and write `results/screen.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=NAME)
    parser.add_argument("--only", action="append", choices=CANDIDATES, metavar="NAME")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--untrained", action="store_true", help="measure the speed alone")
    parts.add_argument("--unhurried", action="store_true", help="measure what is read alone")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=30, help="of all in turns (default: 30)")
    parser.add_argument("--int8", action="store_true", help="only quantise the bundled model")
    options = parser.parse_args()
    path = RESULTS / "screen.json"
    figures: Figures = json.loads(path.read_text()) if path.exists() else {}
    figures = {"candidates": figures.get("candidates", {}), "int8": figures.get("int8")}
    if options.int8:
        figures["int8"] = compare(load_all(options.data)[0], options.rounds)
        keep(figures)
        return
    chosen = options.only or list(CANDIDATES)
    load_keras()
    if not options.unhurried:
        for name, found in speeds(list(dict.fromkeys([DEFAULT, *chosen])), options.rounds).items():
            figures["candidates"].setdefault(name, {}).update(found)
        keep(figures)
    for name in () if options.untrained else chosen:
        print(f"training {name}", flush=True)
        found = trained(name, options.data, options.epochs)
        figures["candidates"][name]["trained"] = found
        keep(figures)
    show(figures["candidates"])


def keep(figures: Figures) -> None:
    """Write what has been found so far."""
    print(f"wrote {write_result('screen', 'python benchmarks/screen.py', figures)}", flush=True)


def speeds(names: list[str], rounds: int) -> dict[str, Figures]:
    """Return the sizes and the times of networks with fresh weights, all in turns."""
    found: dict[str, Figures] = {}
    works = {}
    for name in names:
        with installed(CANDIDATES[name], CHARACTERS) as config:
            network = networks.build(config)
            graph = to_onnx(config, network)
            found[name] = {
                "spec": CANDIDATES[name].spec,
                "options": networks.resolve_options(config),
                "steps": networks.time_steps(config),
                "parameters": network.count_params(),
                "multiply_adds": sum(node.multiply_adds for node in nodes_of(graph)),
                "bytes": len(graph),
                "ms_per_image": {},
            }
        for threads in thread_counts():
            session = open_session(graph, threads)
            for batch in BATCHES:
                work = partial(run, session, feed(session, batch), REPEATS[batch])
                work()
                works[name, threads, batch] = work
    times = measure_in_turns({" ".join(map(str, key)): work for key, work in works.items()}, rounds)
    for name, threads, batch in works:
        each = REPEATS[batch] * batch
        taken = times[f"{name} {threads} {batch}"]
        usual = times[f"{DEFAULT} {threads} {batch}"]["median_ms"]
        found[name]["ms_per_image"][f"threads {threads}, batch {batch}"] = {
            **{k: round(v / each, 4) for k, v in taken.items()},
            "to_default": round(taken["median_ms"] / usual, 3),
        }
    return found


def run(session: Any, images: Figures, times: int) -> None:
    """Run a session some times."""
    for _ in range(times):
        session.run(None, images)


def trained(name: str, data: str, epochs: int) -> Figures:
    """Train a candidate on all folds but one, and score it on that one."""
    from captcha_model.training.fit import train

    images, config = load_all(data)
    settings = dataclasses.replace(
        TrainingSettings(epochs=epochs, keep="last"), **CANDIDATES[name].training
    )
    rest, unseen = first_fold(images)
    rest = rest.joined(draw_like(images.labels, SYNTHETIC, config, settings.seed))
    with installed(CANDIDATES[name], config.characters) as config:
        start = time.perf_counter()
        result = train(config, rest, unseen, settings)
        seconds = time.perf_counter() - start
        runtime = OnnxRuntime(to_onnx(config, result.model.network), config)
    history = result.state.history
    good = next((record for record in history if record.val_word_accuracy >= GOOD), None)
    damaged = {d.name: accuracy(runtime, config, copy) for d, copy in degraded_copies(unseen)}
    return {
        "date": environment()["date"],
        "epochs": epochs,
        "seconds": round(seconds, 1),
        "images": len(unseen),
        "right": round(len(unseen) * accuracy(runtime, config, unseen)),
        "right_after_epochs": [round(len(unseen) * r.val_word_accuracy) for r in history],
        "epoch_first_98": good.epoch if good else None,
        "seconds_first_98": good.seconds if good else None,
        "damaged_mean": round(float(np.mean(list(damaged.values()))), 4),
        "damaged": {kind: round(value, 4) for kind, value in damaged.items()},
    }


def accuracy(runtime: OnnxRuntime, config: CaptchaConfig, images: LabelledImages) -> float:
    """Return the share of images whose text is read right."""
    logits = runtime.logits(to_batch(images.pixels))
    return word_accuracy(list(images.labels), decode_texts(logits, config.characters, CTC))


def show(candidates: dict[str, Figures]) -> None:
    """Print what is known of all candidates."""
    print(
        "\ncandidate        steps parameters multiply-adds   right  damaged  98 % after"
        "      ms an image, to the default's"
    )
    for name, found in candidates.items():
        learnt = found.get("trained")
        score = ""
        if learnt:
            first = learnt["seconds_first_98"]
            when = "never" if first is None else f"{learnt['epoch_first_98']:3} / {first:3.0f} s"
            score = f"{learnt['right']:4}/{learnt['images']}{learnt['damaged_mean']:9.1%}{when:>12}"
        speed = "  ".join(
            f"{each['median_ms']:.3f} x{each['to_default']:.2f}"
            for each in found["ms_per_image"].values()
        )
        print(
            f"{name:16}{found['steps']:6}{found['parameters']:11,}"
            f"{found['multiply_adds'] / 1e6:12.1f} M{score:29}  {speed}"
        )
    print("the last columns: " + "; ".join(found["ms_per_image"]))


if __name__ == "__main__":
    main()
