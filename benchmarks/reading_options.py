"""What other ways to run the bundled network would save or cost, all in turns.

    python benchmarks/reading_options.py

Each way goes from `uint8` pixels to logits. It is run some times in a turn, and the first run does
not count: it would tell what the way before has left in the caches.

| way | what differs |
|---|---|
| `usual` | nothing |
| `threads within` | every run takes all cores, instead of one for each part of a batch |
| `spinning within` | likewise, and threads wait without giving up their core |
| `one core` | one run for a whole batch; the ways below differ from this one in one thing |
| `memory plan` | it plans its memory for each batch size |
| `no arena` | it asks the system for all memory |
| `basic optimisation` | no fusions, no layout of the processor's own |
| `no optimisation` | none at all |
| `batch known` | it fixes the batch beforehand: what a graph without nodes for shapes could save |
| `uint8 graph` | the graph takes `uint8` and divides by 255 itself |
| `Keras` | the package's own other runtime, compiled once |
| `Keras, predict` | `keras.Model.predict` |
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from common import write_result
from graphs import GRAPH, session_options

from captcha_model.backend import usable_cores
from captcha_model.model import CaptchaModel
from captcha_model.onnx_graph import BATCH, INPUT, OUTPUT
from captcha_model.preprocessing import to_batch

ROUNDS = 20
REPEATS = {1: 20, 32: 3}  # So many runs of a batch in a turn.
PIXELS = "pixels"

Way = Callable[[npt.NDArray[np.uint8]], object]


def main() -> None:
    """Measure, print and write `results/reading_options.json`."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    figures: dict[str, Any] = {}
    image = CaptchaModel.from_pretrained().config.input_shape
    for batch, repeats in REPEATS.items():
        found = ways(batch)
        pixels = np.random.default_rng(0).integers(0, 256, (batch, *image), np.uint8)
        check(found, pixels)
        times = measured(found, pixels, repeats)
        for name, seconds in times.items():
            to_usual = round(seconds / times["usual"], 3)
            ms = round(1000 * seconds, 4)
            figures.setdefault(name, {})[str(batch)] = {"ms": ms, "to_usual": to_usual}
            print(f"{batch:3} {name:20} {ms:8.3f} ms a batch, x{to_usual:.2f}")
    document = {"rounds": ROUNDS, "ways": figures}
    path = write_result("reading_options", "python benchmarks/reading_options.py", document)
    print(f"wrote {path}")


def measured(
    found: dict[str, Way], pixels: npt.NDArray[np.uint8], repeats: int
) -> dict[str, float]:
    """Return the median seconds of every way."""
    times: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(ROUNDS):
        for name, way in found.items():
            way(pixels)
            for _ in range(repeats):
                start = time.perf_counter()
                way(pixels)
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


def ways(batch: int) -> dict[str, Way]:
    """Return every way to read batches of a size, each ready to run."""
    graph = GRAPH.read_bytes()
    levels = onnxruntime.GraphOptimizationLevel
    cores = usable_cores()
    sessions: dict[str, Callable[[Any], object]] = {
        "threads within": lambda options: setattr(options, "intra_op_num_threads", cores),
        "spinning within": lambda options: (
            setattr(options, "intra_op_num_threads", cores),
            options.add_session_config_entry("session.intra_op.allow_spinning", "1"),
        ),
        "one core": lambda options: options,
        "memory plan": lambda options: setattr(options, "enable_mem_pattern", True),
        "no arena": lambda options: setattr(options, "enable_cpu_mem_arena", False),
        "basic optimisation": lambda options: setattr(
            options, "graph_optimization_level", levels.ORT_ENABLE_BASIC
        ),
        "no optimisation": lambda options: setattr(
            options, "graph_optimization_level", levels.ORT_DISABLE_ALL
        ),
        "batch known": lambda options: options.add_free_dimension_override_by_name(BATCH, batch),
    }
    usual = CaptchaModel.from_pretrained(runtime="onnx")
    found: dict[str, Way] = {"usual": usual.logits}
    for name, change in sessions.items():
        session = opened(graph, change)
        found[name] = lambda pixels, s=session: s.run([OUTPUT], {INPUT: to_batch(pixels)})[0]
    whole = opened(taking_uint8(graph), sessions["one core"])
    found["uint8 graph"] = lambda pixels: whole.run([OUTPUT], {PIXELS: pixels})[0]
    keras = CaptchaModel.from_pretrained(runtime="keras")
    found["Keras"] = keras.logits
    found["Keras, predict"] = lambda pixels: keras.network.predict(to_batch(pixels), verbose=0)
    return found


def opened(graph: bytes, change: Callable[[Any], object]) -> Any:
    """Open a graph as the package does, but for one change of the session's options."""
    options = session_options(1)
    change(options)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def taking_uint8(graph: bytes) -> bytes:
    """Return a graph whose images are `uint8`, and which brings them to the range from 0 to 1."""
    model = onnx.load_model_from_string(graph)
    (image,) = model.graph.input
    image.name = PIXELS
    image.type.tensor_type.elem_type = onnx.TensorProto.UINT8
    most = onnx.numpy_helper.from_array(np.float32(255), "most")
    model.graph.initializer.append(most)
    for node in (
        onnx.helper.make_node("Div", ["floats", most.name], [INPUT]),
        onnx.helper.make_node("Cast", [PIXELS], ["floats"], to=onnx.TensorProto.FLOAT),
    ):
        model.graph.node.insert(0, node)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def check(found: dict[str, Way], pixels: npt.NDArray[np.uint8]) -> None:
    """Refuse ways that do not give the same; this also warms them up."""
    expected = found["usual"](pixels)
    for name, way in found.items():
        np.testing.assert_allclose(way(pixels), expected, atol=1e-4, err_msg=name)


if __name__ == "__main__":
    main()
