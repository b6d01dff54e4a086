"""The bundled model in 8 bits: is it faster, and does it read the same texts?"""

import logging
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from common import measure_in_turns
from graphs import GRAPH, feed, open_session, thread_counts
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

from captcha_model.data.samples import LabelledImages
from captcha_model.data.splits import indices_of
from captcha_model.model import CaptchaModel
from captcha_model.onnx_graph import INPUT, OUTPUT
from captcha_model.outputs import CTC, decode_texts
from captcha_model.preprocessing import to_batch

CALIBRATION = 100
BATCHES = (1, 8, 32, 64)
LEAST_IMAGES = 64


class Images(quantization.CalibrationDataReader):
    """Gives images to the calibration, one after another.

    Args:
        images: shape (N, H, W, C), from 0 to 1.
    """

    def __init__(self, images: npt.NDArray[np.float32]) -> None:
        self._left: Iterator[npt.NDArray[np.float32]] = iter(images)

    def get_next(self) -> dict[str, npt.NDArray[np.float32]] | None:
        """Return what one image is for the graph; None behind the last one."""
        image = next(self._left, None)
        return None if image is None else {INPUT: image[None]}


def quantised(graph: bytes, images: npt.NDArray[np.float32]) -> bytes:
    """Return a graph whose convolutions and products take 8-bit weights and activations.

    The ranges of the activations are the smallest and the largest that some images give. LSTMs
    stay as they are: ONNX Runtime has them in 8 bits for dynamic ranges alone.

    Args:
        graph: in float32.
        images: for calibration, shape (N, H, W, C), from 0 to 1.
    """
    logging.getLogger().setLevel(logging.ERROR)  # It advises what is done here.
    with tempfile.TemporaryDirectory() as folder:
        before, prepared, after = (Path(folder) / f"{name}.onnx" for name in "abc")
        before.write_bytes(graph)
        quant_pre_process(before, prepared, skip_symbolic_shape=True)
        quantization.quantize_static(
            prepared,
            after,
            Images(images),
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
        )
        return after.read_bytes()


def compare(images: LabelledImages, rounds: int) -> dict[str, Any]:
    """Quantise the bundled model; compare its speed and its texts with the float's, and print.

    Args:
        images: all, of which the train part calibrates and the validation part is read.
        rounds: of both in turns.
    """
    floats = GRAPH.read_bytes()
    known = images.select(indices_of(images.labels, "train")[:CALIBRATION])
    unseen = images.select(indices_of(images.labels, "validation"))
    graphs = {"float32": floats, "int8": quantised(floats, to_batch(known.pixels))}
    works = {}
    texts: dict[str, list[str]] = {}
    characters = CaptchaModel.from_pretrained(runtime="onnx").config.characters
    for name, graph in graphs.items():
        for threads in thread_counts():
            session = open_session(graph, threads)
            for batch in BATCHES:
                again = range(max(1, LEAST_IMAGES // batch))
                works[f"{name} {threads} {batch}"] = partial(
                    _run, session, feed(session, batch), again
                )
        logits = session.run([OUTPUT], {INPUT: to_batch(unseen.pixels)})[0]
        texts[name] = decode_texts(logits, characters, CTC)
    for work in works.values():
        work()
    times = measure_in_turns(works, rounds)
    speeds = []
    for threads in thread_counts():
        for batch in BATCHES:
            each = max(1, LEAST_IMAGES // batch) * batch
            taken = {n: times[f"{n} {threads} {batch}"]["median_ms"] / each for n in graphs}
            ratio = taken["int8"] / taken["float32"]
            row = {n: round(ms, 4) for n, ms in taken.items()} | {
                "int8_to_float32": round(ratio, 3)
            }
            speeds.append({"threads": threads, "batch": batch, **row})
            print(
                f"threads {threads}, batch {batch:3}: float32 {taken['float32']:.4f} ms an image, "
                f"int8 {taken['int8']:.4f} (x{ratio:.2f})"
            )
    found = {
        "calibration_images": len(known),
        "bytes": {name: len(graph) for name, graph in graphs.items()},
        "images": len(unseen),
        "same_texts": sum(a == b for a, b in zip(*texts.values(), strict=True)),
        "right": {
            name: sum(a == b for a, b in zip(read, unseen.labels, strict=True))
            for name, read in texts.items()
        },
        "ms_per_image": speeds,
    }
    print(f"the same text for {found['same_texts']} of {len(unseen)}; right: {found['right']}")
    return found


def _run(session: Any, images: dict[str, Any], again: range) -> None:
    for _ in again:
        session.run(None, images)
