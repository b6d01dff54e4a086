"""Adds a graph in 8 bits, `model.int8.onnx`, to the folder of a bundled model.

Its steps are fitted to synthetic images of the looks that the model was trained on, drawn with the
built-in fonts. Run it whenever the weights have changed, and the registry after it.

    python -m scripts.make_8_bit captcha_model/bundled/general && python -m scripts.make_registry
"""

import argparse
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from captcha_model._utils.atomic_files import write_atomically
from captcha_model.config import CaptchaConfig
from captcha_model.data.synthetic.looks.renderer import LookRenderer
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.errors import CaptchaError
from captcha_model.export.onnx_8bit import to_8_bit
from captcha_model.images.preprocessing import prepare, to_batch
from captcha_model.storage.check_onnx import check_graph
from captcha_model.storage.manifest import (
    CONFIG_FILE,
    ONNX_8_BIT_FILE,
    ONNX_FILE,
    Fingerprint,
    read_checked,
    read_manifest,
)

IMAGES = 300
_SEED = 8


def main() -> int:
    """Quantise a model; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of a saved model")
    parser.add_argument(
        "--images", type=int, default=IMAGES, help="how many to draw (default: %(default)s)"
    )
    options = parser.parse_args()
    try:
        path = add_8_bit(options.folder, options.images)
    except CaptchaError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"wrote {path} ({path.stat().st_size / 1e6:.2f} MB)")
    return 0


def add_8_bit(folder: Path, images: int = IMAGES) -> Path:
    """Write the graph in 8 bits of a saved model, and list it in its settings.

    Args:
        folder: the model's folder.
        images: how many to draw.

    Returns:
        The path of the graph.

    Raises:
        ModelFolderError: it is not a saved model with an ONNX graph.
        ExportError: the network has no convolutions that could have 8 bits.
    """
    manifest = read_manifest(folder)
    graph = read_checked(folder, ONNX_FILE, manifest)
    # Images of one width are read faster together, and with a recurrent layer in 8 bits cannot be.
    config = manifest.config
    quantised = to_8_bit(graph, draw(config, images), recurrent=config.any_width)
    check_graph(quantised)  # What could not be loaded again must not be saved.
    path = folder / ONNX_8_BIT_FILE
    files = {**manifest.files, ONNX_8_BIT_FILE: Fingerprint.of(quantised)}
    write_atomically(path, quantised)
    changed = dataclasses.replace(manifest, files=files)
    write_atomically(folder / CONFIG_FILE, changed.to_json().encode())
    return path


def draw(config: CaptchaConfig, count: int) -> Iterator[npt.NDArray[np.float32]]:
    """Yield batches of one image each: of all looks for a network of any width, else of one."""
    renderer: LookRenderer | Synthesizer = LookRenderer(_SEED)
    if not config.any_width:
        renderer = Synthesizer(config.characters, (5, 5), _SEED)
    for index in range(count):
        yield to_batch(prepare(renderer.draw(index).image, config).pixels[None])


if __name__ == "__main__":
    sys.exit(main())
