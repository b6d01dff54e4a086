"""Wall time of `captcha-model train` with its default settings until the validation part is read.

The clock starts with the command, so importing, loading and compiling count.

    python benchmarks/time_to_accuracy.py
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import read_history, write_result

from captcha_model.data.captcha_images_v2 import NAME

TARGETS = (0.90, 0.95, 0.979, 0.98)


def main() -> None:
    """Train, watch the history, print and write `results/time_to_accuracy.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=NAME)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        history = Path(folder) / "run" / "history.csv"
        command = [sys.executable, "-m", "captcha_model", "train", "--data", options.data]
        start = time.perf_counter()
        reached: list[tuple[float, float]] = []
        with subprocess.Popen(
            [*command, "--out", str(history.parent)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as training:
            while training.poll() is None:
                time.sleep(0.05)
                rows = read_history(history)
                if len(rows) > len(reached):
                    now = time.perf_counter() - start
                    reached += [(now, float(r["val_word_accuracy"])) for r in rows[len(reached) :]]
        total = time.perf_counter() - start
        if training.returncode:
            sys.exit(f"the training failed with exit code {training.returncode}")
    times = {t: next((s for s, accuracy in reached if accuracy >= t), None) for t in TARGETS}
    for target, seconds in times.items():
        said = "never" if seconds is None else f"{seconds:6.1f} s"
        print(f"validation word accuracy of {target:.1%} first after {said}")
    best = max(accuracy for _, accuracy in reached)
    print(f"best {best:.2%}; the whole command took {total:.1f} s")
    figures = {
        "seconds_to": {str(t): None if s is None else round(s, 1) for t, s in times.items()},
        "best_val_word_accuracy": best,
        "seconds_whole_command": round(total, 1),
        "curve": [[round(s, 1), accuracy] for s, accuracy in reached],
    }
    name = "python benchmarks/time_to_accuracy.py"
    print(f"wrote {write_result('time_to_accuracy', name, figures)}")


if __name__ == "__main__":
    main()
