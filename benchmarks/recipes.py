"""Trains every recipe on the same images with the same split, and compares what they give.

Each goes by its own schedule, for at most 20 minutes, one after another through the command line.
The runs are kept in `--runs`; one that is there already is not trained again. Then all models read
the same images in turns.

    python benchmarks/recipes.py --runs runs/recipes
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from common import environment, load_result, measure, read_history, write_result

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS, NAME
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.model import CaptchaModel
from captcha_model.training.run_config.run import recipes

MINUTES = 20
BATCH = 64
ROUNDS = 15
FACTS = "benchmark.json"  # What only the trained run's moment knows: its time and its machine.


# What is trained beside the recipes as they are: the tutorial's own output for its five heads.
VARIANTS = {
    "multi-head, sigmoid over 36 characters": [
        "--recipe",
        "multi-head",
        "--network-option",
        "sigmoid=1",
        "--characters",
        "0123456789abcdefghijklmnopqrstuvwxyz",
    ]
}


def train(arguments: list[str], data: str, folder: Path) -> None:
    """Train through the command line, and keep how long the command took."""
    command = ["-m", "captcha_model", "train", *arguments, "--data", data]
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *command, "--minutes", str(MINUTES), "--out", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    facts = {
        "seconds_whole_command": round(time.perf_counter() - start, 1),
        "environment": environment(),
    }
    (folder / FACTS).write_text(json.dumps(facts))


def figures_of(folder: Path, model: CaptchaModel) -> dict[str, Any]:
    """Return what a run's files say."""
    history = read_history(folder / "history.csv")
    report = json.loads((folder / "validation.json").read_text())
    saved = [path for path in (folder / "model").iterdir() if path.is_file()]
    right = report["word_accuracy"]
    first = next(r for r in history if float(r["val_word_accuracy"]) >= right)
    return {
        "parameters": model.network.count_params(),
        "bytes": sum(path.stat().st_size for path in saved),
        "epochs": len(history),
        "seconds": float(history[-1]["seconds"]),
        "epoch_first_that_good": int(first["epoch"]),
        "seconds_first_that_good": float(first["seconds"]),
        "report": report,
        **json.loads((folder / FACTS).read_text()),
    }


def main() -> None:
    """Train what is missing, measure reading, print and write `results/recipes.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=NAME)
    parser.add_argument("--runs", type=Path, required=True, help="where the runs are kept")
    every = {recipe: ["--recipe", recipe] for recipe in recipes()} | VARIANTS
    parser.add_argument(
        "--only", action="append", choices=every, help="one recipe; the others keep their figures"
    )
    options = parser.parse_args()
    runs = {name: every[name] for name in options.only or every}
    folders = {name: options.runs / name.replace(" ", "-").replace(",", "") for name in runs}
    for name, arguments in runs.items():
        if not (folders[name] / FACTS).exists():
            print(f"training {name}", flush=True)
            train(arguments, options.data, folders[name])

    models = {name: CaptchaModel.from_pretrained(f / "model") for name, f in folders.items()}
    synthesizer = Synthesizer(CHARACTERS)
    images = [synthesizer.draw(i).image for i in range(BATCH)]
    times: dict[str, list[float]] = {name: [] for name in models}
    for turn in range(ROUNDS + 1):
        for name, model in models.items():
            found = measure(lambda model=model: model.predict(images), 3)
            if turn:  # The first turn compiles.
                times[name].append(found["median_ms"] / BATCH)
    compared = {
        name: {
            **figures_of(folders[name], model),
            "ms_per_image": round(statistics.median(times[name]), 3),
        }
        for name, model in models.items()
    }
    for name, facts in compared.items():
        report = facts["report"]
        print(
            f"{name:40} {facts['parameters']:9,} parameters  {facts['bytes'] / 1e6:5.1f} MB  "
            f"{facts['seconds']:6.0f} s  {facts['epochs']:4} epochs  CER {report['cer']:.2%}  "
            f"words {report['word_accuracy']:.2%}  {facts['ms_per_image']:.2f} ms an image"
        )
    if options.only:
        compared = load_result("recipes")["recipes"] | compared
    figures = {
        "minutes": MINUTES,
        "batch": BATCH,
        "recipes": {name: compared[name] for name in every if name in compared},
    }
    command = "python benchmarks/recipes.py --runs runs/recipes"
    print(f"wrote {write_result('recipes', command, figures)}")


if __name__ == "__main__":
    main()
