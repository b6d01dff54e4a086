"""Measures how strong open-source captcha generators are against readers that never saw them.

    python -m benchmarks.generators --model FOLDER

installs the generators that PyPI, npm and Debian have, each into a folder of its own in the cache,
draws 300 images of each at its defaults and at two harder settings, reads them with ddddocr, with
RapidOCR and with a model of ours, and writes `generators.json`. What cannot be installed is named
with the reason. `--labels 20,100,500` also learns from so many further images of each and reads
again, which takes minutes for every training; `--learn default` does so at one setting alone. A run
replaces only the results of the generators that it measured, with all of their settings; what was
read after learning stays with its date, if it does not learn.
"""

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, environment, write_result
from benchmarks.general.ours import GENERAL, OwnReader
from benchmarks.general.peers import TITLES, open_peers
from benchmarks.general.scores import IGNORING_CASE, best
from benchmarks.generators.catalogue import GENERATORS, UNAVAILABLE
from benchmarks.generators.environments import UnavailableError, prepare
from benchmarks.generators.generator import SETTINGS, Generator
from benchmarks.generators.learning import ByDefault, Learner
from benchmarks.generators.measuring import (
    TEST_SEED,
    TRAINING_SEED,
    drawn,
    measure,
    measure_learning,
)
from benchmarks.peers.workplace import DEFAULT, LOG, Workplace
from captcha_model.data.datasets.captcha_images_v2 import cache_folder
from captcha_model.errors import CaptchaError

COMMAND = "python -m benchmarks.generators"
RESULT = "generators"
COUNT = 300
NAMES = tuple(generator.name for generator in GENERATORS)


def main() -> int:
    """Install, draw, read and write."""
    parser = argparse.ArgumentParser(
        prog=COMMAND, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--model", default=GENERAL, metavar="FOLDER|NAME", help="of ours (default: %(default)s)"
    )
    parser.add_argument("--only", metavar="A,B", help=f"of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--count", type=int, default=COUNT, help="images (default: %(default)s)")
    parser.add_argument("--labels", metavar="K,K", help="also learn from so many images of each")
    parser.add_argument(
        "--learn", choices=SETTINGS, help="the setting whose images are learned (default: all)"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=cache_folder() / "generators",
        help="receives generators and images; outside the repository (default: %(default)s)",
    )
    parser.add_argument("--work", type=Path, default=DEFAULT, help="(default: %(default)s)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="(default: %(default)s)")
    options = parser.parse_args()
    only = options.only.split(",") if options.only else list(NAMES)
    if unknown := sorted(set(only) - set(NAMES)):
        parser.error(f"the generators are {', '.join(NAMES)}. Received: {', '.join(unknown)}")
    if options.learn and not options.labels:
        parser.error("--learn needs --labels")
    counts = [int(count) for count in options.labels.split(",")] if options.labels else []
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    LOG.setLevel(logging.INFO)
    for name, reason in UNAVAILABLE.items():
        LOG.info("%s is left out: it is %s", name, reason)
    try:
        ours = OwnReader(options.model)
    except CaptchaError as error:
        parser.error(str(error))
    installed = _installed(options.folder, only)
    with open_peers(Workplace(options.work)) as peers:
        for generator, own in installed:
            entry = _measured(generator, own, options, ours, peers, counts, ByDefault())
            print(f"wrote {_write(options.results, generator, entry, ours.name)}")
    return 0


def _installed(folder: Path, only: list[str]) -> list[tuple[Generator, Path]]:
    """Install generators, and return where; those that cannot be are named and left out."""
    found = []
    for generator in (one for one in GENERATORS if one.name in only):
        LOG.info("installing %s %s", generator.name, generator.version)
        try:
            found.append((generator, prepare(generator, folder / "installed")))
        except UnavailableError as error:
            LOG.info("%s is left out: %s", generator.name, error)
    return found


def _measured(
    generator: Generator,
    own: Path,
    options: argparse.Namespace,
    ours: OwnReader,
    peers: Any,
    counts: list[int],
    learner: Learner,
) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for setting in generator.settings:
        images = options.folder / "images"
        test = drawn(generator, setting, own, images, options.count, TEST_SEED)
        found = measure(test, ours, peers)
        settings[setting.name] = {"harder": setting.harder, "readers": found}
        _log(test.name, found)
        if counts and options.learn in (None, setting.name):
            training = drawn(generator, setting, own, images, max(counts), TRAINING_SEED)
            settings[setting.name]["learning"] = {
                "date": environment()["date"],
                **measure_learning(learner, training, test, counts, options.folder / "models"),
            }
    return {
        "version": generator.version,
        "registry": generator.registry,
        "texts": generator.texts,
        "seeded": generator.seeded,
        "images": options.count,
        "environment": environment(),
        "settings": settings,
    }


def _write(results: Path, generator: Generator, entry: dict[str, Any], model: str) -> Path:
    """Replace the results of one generator in the file."""
    path = results / f"{RESULT}.json"
    old = json.loads(path.read_text())["generators"] if path.exists() else {}
    if generator.name in old:
        _keep_learning(old[generator.name], entry)
    entries = {**old, generator.name: {"model": model, **entry}}
    ordered = {name: entries[name] for name in NAMES if name in entries}
    found = {"titles": TITLES, "left_out": UNAVAILABLE, "generators": ordered}
    return write_result(RESULT, COMMAND, found, results)


def _keep_learning(old: dict[str, Any], entry: dict[str, Any]) -> None:
    """Add what was read after learning in an earlier run, where this one did not learn."""
    for name, setting in entry["settings"].items():
        learned = old["settings"].get(name, {}).get("learning")
        if learned and "learning" not in setting:
            setting["learning"] = {"date": old["environment"]["date"], **learned}


def _log(name: str, readers: dict[str, Any]) -> None:
    cells = []
    for reader, ways in readers.items():
        scores = best(ways)
        low, high = scores[f"{IGNORING_CASE}_95"]
        share = scores[IGNORING_CASE] / scores["images"]
        cells.append(f"{reader} {share:.1%} ({low:.1%} to {high:.1%})")
    LOG.info("%s: %s", name, ", ".join(cells))


if __name__ == "__main__":
    sys.exit(main())
