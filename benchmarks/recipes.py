"""Trains every recipe on the same images with the same split, and compares the results.

    python benchmarks/recipes.py --runs runs/recipes

Each recipe is trained through the command line by its own schedule, for at most 20 minutes, one
after another. A run that is in the folder already is not trained again. Then all models read the
same images in turns.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from common import environment, load_result, measure_in_turns, read_history, write_result
from image_files import synthetic_captchas

from captcha_model.data.datasets.captcha_images_v2 import NAME
from captcha_model.model import CaptchaModel
from captcha_model.training.run_config.run import recipes

MINUTES = 20
BATCH = 64
ROUNDS = 15
FACTS = "benchmark.json"  # What only the training knows: its time and its machine.

# Trained in addition to the recipes: the output that the original tutorial has for its five heads.
VARIANTS = {
    "multi-head, sigmoid over 36 characters": [
        *("--recipe", "multi-head", "--network-option", "sigmoid=1"),
        *("--characters", "0123456789abcdefghijklmnopqrstuvwxyz"),
    ]
}


def train(arguments: list[str], data: str, folder: Path) -> None:
    """Train through the command line, and record how long the command took."""
    command = ["-m", "captcha_model", "train", *arguments, "--data", data]
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *command, "--minutes", str(MINUTES), "--out", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seconds = round(time.perf_counter() - start, 1)
    facts = {"seconds_whole_command": seconds, "environment": environment()}
    (folder / FACTS).write_text(json.dumps(facts))


def metrics_of(folder: Path, model: CaptchaModel) -> dict[str, Any]:
    """Return the metrics in the files of a run."""
    history = read_history(folder / "history.csv")
    report = json.loads((folder / "validation.json").read_text())
    best = report["word_accuracy"]
    first = next(row for row in history if float(row["val_word_accuracy"]) >= best)
    return {
        "parameters": model.network.count_params(),
        "bytes": sum(p.stat().st_size for p in (folder / "model").iterdir() if p.is_file()),
        "epochs": len(history),
        "seconds": float(history[-1]["seconds"]),
        "best_epoch": int(first["epoch"]),
        "seconds_to_best": float(first["seconds"]),
        "report": report,
        **json.loads((folder / FACTS).read_text()),
    }


def main() -> None:
    """Train what is missing, measure reading, print and write `results/recipes.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=NAME, help="(default: %(default)s)")
    parser.add_argument("--runs", type=Path, required=True, help="the folder of the runs")
    every = {recipe: ["--recipe", recipe] for recipe in recipes()} | VARIANTS
    parser.add_argument(
        "--only", action="append", choices=every, help="one recipe; the others keep their results"
    )
    options = parser.parse_args()
    runs = {name: every[name] for name in options.only or every}
    folders = {name: options.runs / name.replace(" ", "-").replace(",", "") for name in runs}
    for name, arguments in runs.items():
        if not (folders[name] / FACTS).exists():
            print(f"training {name}", flush=True)
            train(arguments, options.data, folders[name])

    models = {name: CaptchaModel.from_pretrained(f / "model") for name, f in folders.items()}
    images = synthetic_captchas(BATCH)
    readings = {name: lambda model=model: model.predict(images) for name, model in models.items()}
    measure_in_turns(readings, 2)  # Compiles.
    times = measure_in_turns(readings, 3 * ROUNDS)
    compared = {
        name: {
            **metrics_of(folders[name], model),
            "ms_per_image": round(times[name]["median_ms"] / BATCH, 3),
        }
        for name, model in models.items()
    }
    for name, facts in compared.items():
        report = facts["report"]
        print(
            f"{name:40} {facts['parameters']:9,} parameters  {facts['bytes'] / 1e6:5.1f} MB  "
            f"{facts['seconds']:6.0f} s  {facts['epochs']:4} epochs  CER {report['cer']:.2%}  "
            f"words {report['word_accuracy']:.2%}  {facts['ms_per_image']:.2f} ms per image"
        )
    if options.only:
        compared = load_result("recipes")["recipes"] | compared
    results = {
        "minutes": MINUTES,
        "batch": BATCH,
        "recipes": {name: compared[name] for name in every if name in compared},
    }
    command = "python benchmarks/recipes.py --runs runs/recipes"
    print(f"wrote {write_result('recipes', command, results)}")


if __name__ == "__main__":
    main()
