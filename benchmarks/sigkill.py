"""Whether a training that is killed ends with the weights of one that is not.

python benchmarks/sigkill.py

A tiny set is drawn and trained on by `captcha-model train`, once without a disturbance. Then other
runs are each killed by SIGKILL, half of them at a random moment between their first file and their
end, half of them in the midst of writing a checkpoint, and resumed to the end. With --together it
is one run that is killed again and again.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from common import read_history, write_result

from captcha_model.data.synthetic.dataset import write_folder
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.training.resume.checkpoints import checkpoints

IMAGES, EPOCHS = 40, 40
MODEL = ["--image-size", "32x64", "--network-option", "filters=4", "--network-option", "lstm=16"]
SCRAPS = ".checkpoint-*.part"
RANDOM, SAVING = "at random", "while saving"


def main() -> None:
    """Train, kill, compare, print and write `results/sigkill.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20, help="how many (default: 20)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--together", action="store_true", help="kill one run all the times")
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        for _ in write_folder(Synthesizer("abc", (1, 3), seed=1), IMAGES, data):
            pass
        straight = Path(scratch) / "straight"
        began = time.perf_counter()
        finish(data, straight)
        whole = time.perf_counter() - began
        expected = hash_of(straight)
        windows = windows_of(straight)
        print(f"undisturbed: {whole:.0f} s; windows of the kills, in seconds: {windows}")
        kills: list[dict[str, Any]] = []
        hashes: list[str] = []
        folder = Path(scratch) / "killed"
        for number in range(options.kills):
            how = SAVING if number % 2 else RANDOM
            epochs = None
            while epochs is None:
                epochs = kill(data, folder, how, moments.uniform(*windows[how]))
                if epochs is None:  # It was over sooner than the undisturbed one.
                    shutil.rmtree(folder)
            kills.append({"how": how, "epochs_before": epochs})
            last = number == options.kills - 1
            if options.together and not last:
                print(f"kill {number + 1:2} {how:12} after epoch {epochs}")
                continue
            finish(data, folder)
            hashes.append(hash_of(folder))
            same = "the same weights" if hashes[-1] == expected else "OTHER WEIGHTS"
            print(f"kill {number + 1:2} {how:12} after epoch {epochs:2}: {same}", flush=True)
            shutil.rmtree(folder)
    same = sum(found == expected for found in hashes)
    print(
        f"{len(kills)} kills, {same} of {len(hashes)} final hashes are that of the undisturbed run"
    )
    figures = {"epochs": EPOCHS, "kills": kills, "runs": len(hashes), "same": same}
    print(f"wrote {write_result('sigkill', 'python benchmarks/sigkill.py', figures)}")
    sys.exit(same < len(hashes))


def start(data: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Start the training, or go on with what is in the folder."""
    told = ["--data", str(data), "--epochs", str(EPOCHS), "--epoch-images", "1", *MODEL]
    known = ["--resume"] if (folder / "run.yaml").exists() else told
    return subprocess.Popen(
        [sys.executable, "-m", "captcha_model", "train", "--out", str(folder), *known],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(data: Path, folder: Path) -> None:
    """Train to the end."""
    with start(data, folder) as running:
        _, errors = running.communicate()
    assert running.returncode == 0, errors.decode()


def kill(data: Path, folder: Path, how: str, delay: float) -> int | None:
    """Start the training and kill it some seconds after its first file.

    Returns:
        How many epochs it had finished by then; None if it came to its end before.
    """
    with start(data, folder) as running:
        began = None
        while running.poll() is None:
            if began is None and (folder / "run.yaml").exists():
                began = time.monotonic()
            late = began is not None and time.monotonic() - began > delay
            if late and (how == RANDOM or any(folder.glob(SCRAPS))):
                break
            time.sleep(0.0002)
        running.send_signal(signal.SIGKILL)
        _, errors = running.communicate()
    assert running.returncode in (0, -signal.SIGKILL), errors.decode()
    return max(checkpoints(folder), default=0) if running.returncode < 0 else None


def windows_of(folder: Path) -> dict[str, tuple[float, float]]:
    """Return when a run writes anything and when checkpoints, in seconds after its first file."""
    first = (folder / "train.csv").stat().st_mtime
    last = max(path.stat().st_mtime for path in folder.rglob("*"))
    end = next(iter(checkpoints(folder).values())).stat().st_mtime
    seconds = float(read_history(folder / "history.csv")[-1]["seconds"])
    return {
        RANDOM: (0.0, round(last - first, 2)),
        SAVING: (round(end - seconds - first, 2), round(end - first, 2)),
    }


def hash_of(folder: Path) -> str:
    """Return the hash of all numbers of a run: the saved model's, and the last checkpoint's."""
    digest = hashlib.sha256()

    def add(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            digest.update(name.encode() + item[()].tobytes())

    with h5py.File(folder / "model" / "model.weights.h5") as file:
        file.visititems(add)
    newest = next(iter(checkpoints(folder).values()))
    with np.load(newest) as arrays:
        for name in sorted(set(arrays.files) - {"facts"}):  # These tell the time it took.
            digest.update(name.encode() + arrays[name].tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
