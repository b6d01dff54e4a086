"""Measures how accurately ddddocr reads in each way of restricting it to the data set's characters.

It knows 8,210 classes, so that a comparison is fair only if it is told which ones occur.
"""

import json
import subprocess
from typing import Any

from benchmarks.peers.reading import score
from benchmarks.peers.systems import DDDDOCR, SYSTEMS, WORKERS
from benchmarks.peers.workplace import LOG, Workplace, process_options

SCRIPT = "ways_of_ddddocr.py"


def measure_ways(place: Workplace) -> dict[str, Any]:
    """Read all images in every way, and return the scores for the file of results."""
    images = place.images
    done = subprocess.run(
        [str(place.python(DDDDOCR)), str(WORKERS / SCRIPT)],
        input=json.dumps([str(path) for path in images]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        **process_options(),
    )
    found = json.loads(done.stdout)
    ways = []
    for way in found["ways"]:
        texts = dict(zip(images, way.pop("texts"), strict=True))
        scores = {
            split: score([path.stem for path in paths], [texts[path] for path in paths])
            for split, paths in (("validation", place.validation), ("all", images))
        }
        LOG.info("%s: %d of %d", way, scores["all"]["correct"], scores["all"]["images"])
        ways.append({**way, "accuracy": scores})
    return {"title": SYSTEMS[DDDDOCR].title, "versions": found["versions"], "ways": ways}
