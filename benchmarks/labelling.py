"""Counts the keys that a person presses to label images on the page of `captcha-model label`.

    python -m benchmarks.labelling --sets FOLDER --only curlz_mixed4

starts the command on some images of a set and labels all of them in Chromium. Where the proposal is
right it presses Enter. Where another text that the page offers is right it takes that one by the
arrow key, unless typing is as short. Else it types the label. The comparison is to type every
label. `FOLDER` is that of `python -m benchmarks.general`. A person needs a few seconds an image, in
which a model learns; the script takes none, so it waits for each training that runs. With `--every`
above the number of images no model learns, and all proposals are those of `general`.
"""

import argparse
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import RESULTS, load_result, write_result
from benchmarks.general.sets import LabelledSet, open_sets
from benchmarks.peers.workplace import DEFAULT

COMMAND = "python -m benchmarks.labelling"
RESULT = "labelling"
START_SECONDS = 120
LEARNING = "is learning"  # In the line of the page on a training.


def main() -> int:
    """Label, and write `results/labelling.json`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--only", required=True, metavar="A,B", help="names of sets")
    parser.add_argument("--images", type=int, default=50, metavar="N", help="(default: 50)")
    parser.add_argument("--every", type=int, default=10, metavar="N", help="(default: 10)")
    parser.add_argument("--seed", type=int, default=0, help="chooses the images (default: 0)")
    parser.add_argument("--work", type=Path, default=DEFAULT, help="(default: %(default)s)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="(default: %(default)s)")
    options = parser.parse_args()
    try:
        sets = open_sets(options.sets, options.work / "sets", options.only.split(","))
    except ValueError as error:
        parser.error(str(error))
    path = options.results / f"{RESULT}.json"
    found = load_result(RESULT, options.results)["sets"] if path.exists() else {}
    for labelled in sets:
        folder = options.work / "labelling" / labelled.name
        labels = write_images(labelled, options.images, options.seed, folder)
        case = case_of("".join(labels.values()))
        arguments = [str(folder), "--every", str(options.every), "--case", case]
        with running_page(arguments) as address, open_browser() as browser:
            scores = measured(label_all(browser, address, labels), labels)
        every = options.every if options.every < options.images else None
        found.setdefault(labelled.name, {})["no training" if every is None else str(every)] = scores
        print(f"{labelled.name}, every {every}: {scores}", flush=True)
        write_result(RESULT, COMMAND, {"sets": found}, options.results)
    return 0


def case_of(text: str) -> str:
    """Return the case of a set's letters, which whoever labels it sees; "keep" if it has both."""
    if text == text.lower():
        return "lower"
    return "upper" if text == text.upper() else "keep"


def write_images(labelled: LabelledSet, count: int, seed: int, folder: Path) -> dict[str, str]:
    """Write some images of a set under names that tell nothing; return their labels by name."""
    for old in (folder, folder.with_name(f"{folder.name}-model")):
        shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(parents=True)
    chosen = np.random.default_rng(seed).permutation(len(labelled.labels))[:count].tolist()
    labels = {}
    for number, at in enumerate(chosen):
        name = f"{number:04}{labelled.paths[at].suffix}"
        shutil.copy(labelled.paths[at], folder / name)
        labels[name] = labelled.labels[at]
    return labels


@contextmanager
def running_page(arguments: list[str]) -> Iterator[str]:
    """Run `captcha-model label`, and yield the address of its page."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "captcha_model", "label", *arguments, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            if "Open http" not in line:
                raise RuntimeError(f"the page does not start: {line or 'no output'}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@contextmanager
def open_browser() -> Iterator[Any]:
    """Open Chromium without a window."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def label_all(browser: Any, address: str, labels: dict[str, str]) -> list[dict[str, Any]]:
    """Label every image on the page, and return what was proposed and pressed for each."""
    page = browser.new_page()
    page.goto(address)
    steps = []
    last = ""
    while len(steps) < len(labels):
        page.wait_for_function(
            "last => { const name = document.querySelector('[data-name]')?.textContent; "
            "return name && name !== last }",
            arg=last,
            timeout=1000 * START_SECONDS,
        )
        started = time.perf_counter()
        page.wait_for_function(
            "busy => !document.querySelector('[data-training]').textContent.includes(busy)",
            arg=LEARNING,
            timeout=0,
        )
        waited = time.perf_counter() - started
        # The proposals of the new model come with the next look at the state.
        page.wait_for_timeout(4000 if waited > 1 else 0)
        last = page.inner_text("[data-name]")
        proposed = page.input_value("#lb-text")
        others = page.locator("[data-others] button").all_inner_texts()
        label, offered = labels[last], [proposed, *others]
        place = offered.index(label) if label in offered else len(label)
        keys = ["ArrowDown"] * place if place < len(label) else [*label]
        for key in (*keys, "Enter"):
            page.keyboard.press(key)
        alone = 1 if proposed == label else len(label) + 1
        steps.append({"pressed": len(keys) + 1, "without_arrows": alone, "waited": waited})
    page.wait_for_function(
        "count => document.querySelector('[data-counts]').textContent.startsWith(`${count} label`)",
        arg=len(labels),
    )
    return steps


def measured(steps: list[dict[str, Any]], labels: dict[str, str]) -> dict[str, Any]:
    """Return the sums over all images.

    `without_arrows` counts as if the label were typed wherever the first proposal is wrong.
    """
    typed = sum(len(label) + 1 for label in labels.values())
    pressed = sum(step["pressed"] for step in steps)
    return {
        "images": len(steps),
        "proposed_right": sum(step["pressed"] == 1 for step in steps),
        "pressed": pressed,
        "without_arrows": sum(step["without_arrows"] for step in steps),
        "typing_all": typed,
        "share": round(pressed / typed, 3),
        "right_by_tens": [
            sum(step["pressed"] == 1 for step in steps[at : at + 10])
            for at in range(0, len(steps), 10)
        ],
        "seconds_of_trainings": round(sum(step["waited"] for step in steps)),
    }


if __name__ == "__main__":
    sys.exit(main())
