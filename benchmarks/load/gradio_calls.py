"""Whether the memory of a running `app.py` stays flat under calls of Gradio's API.

python benchmarks/load/gradio_calls.py

Images are sent by `gradio_client` as uploads and as data URLs, and by plain requests without a
session. A few requests hold almost as much as the server takes. Every response is checked.
"""

import argparse
import base64
import io
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from gradio_client import Client, handle_file
from PIL import Image

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from common import write_result  # noqa: E402
from images import write_images  # noqa: E402
from server import App  # noqa: E402

REQUESTS = 100
LARGE_REQUESTS = 24
# Noise cannot be compressed: a data URL of 41 MiB, where a request may have 43 MiB.
LARGE_SIDE = 3270

Call = Callable[[Path], dict[str, Any]]


def data_url(path: Path) -> dict[str, Any]:
    """Return an image as Gradio's API takes it without an upload."""
    url = "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
    return {"url": url, "meta": {"_type": "gradio.FileData"}}


def ways_to_call(app: App) -> dict[str, Call]:
    """Return the ways to have an image read, by what they are called in the table."""
    client = Client(app.url, verbose=False)

    def post(path: Path) -> dict[str, Any]:
        target = f"{app.url}/gradio_api/call/read"
        event = httpx.post(target, json={"data": [data_url(path)]}, timeout=60).json()["event_id"]
        stream = httpx.get(f"{target}/{event}", timeout=60).text
        (reading,) = json.loads(stream.removeprefix("event: complete\ndata: "))
        return dict(reading)

    return {
        "uploads by `gradio_client`": lambda path: client.predict(
            handle_file(str(path)), api_name="/read"
        ),
        "data URLs by `gradio_client`": lambda path: client.predict(
            data_url(path), api_name="/read"
        ),
        "data URLs without a session": post,
    }


def measure(app: App, call: Call, paths: list[Path], expected: dict[str, str]) -> dict[str, Any]:
    """Have images read twice, as a warm-up and for the measurement.

    Args:
        app: the server.
        call: has one image read.
        paths: the images.
        expected: the text of each image, by its name.
    """
    wrong = 0
    memory = [app.resources()["memory_mb"]]
    for _ in range(2):
        texts = [call(path)["text"] for path in paths]
        wrong += sum(t != expected[path.name] for t, path in zip(texts, paths, strict=True))
        memory.append(app.resources()["memory_mb"])
    start, before, after = (round(value) for value in memory)
    return {
        "requests": len(paths),
        "start_mb": start,
        "after_warm_up_mb": before,
        "after_mb": after,
        "wrong": wrong,
    }


def main() -> None:
    """Run all calls, print the memory and write `results/load_gradio.json`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"of each kind ({REQUESTS})")
    parser.add_argument(
        "--large", type=int, default=LARGE_REQUESTS, help=f"large requests ({LARGE_REQUESTS})"
    )
    parser.add_argument("--no-result", action="store_true", help="write no result file")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_images(folder)
        known = json.loads((folder / "expected.json").read_text())
        expected = {name: entry["text"] for name, entry in known.items() if "text" in entry}
        names = sorted(expected)
        small = [folder / names[i % len(names)] for i in range(options.requests)]
        large = folder / "large"
        large.write_bytes(_noise())
        with App(folder) as app:
            ways = ways_to_call(app)
            expected["large"] = ways["data URLs without a session"](large)["text"]
            for way, call in ways.items():
                rows.append({"way": way, "image": "small", **measure(app, call, small, expected)})
                print(rows[-1], flush=True)
            # The last way keeps the most in Gradio: every call is a session of its own.
            paths = [large] * options.large
            rows.append({"way": way, "image": "41 MiB", **measure(app, call, paths, expected)})
            print(rows[-1], flush=True)
    if not options.no_result:
        command = "python benchmarks/load/gradio_calls.py"
        print(f"wrote {write_result('load_gradio', command, {'rows': rows})}")


def _noise() -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (LARGE_SIDE, LARGE_SIDE, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


if __name__ == "__main__":
    main()
