"""How far reading is from what the machine can do: arithmetic, memory, and where the time goes.

python benchmarks/limits.py

The peaks are measured in the same run, in turns with the network, through the same library: a
product of large matrices with constant weights for the arithmetic, and the addition of a number to
256 MB for the memory, which reads and writes each of them once. The network's bytes are its
weights and every tensor that it computes, once each; the time that these need is a lower bound, as
most of them never leave the caches. On one thread the network is one run; on all of them it is what
the package does, which shares a batch out among the cores. The profile is ONNX Runtime's own, of
one thread.
"""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from common import measure_in_turns, write_result
from graphs import GRAPH, Node, feed, nodes_of, open_session, thread_counts
from node_times import profile, show_profile

from captcha_model.export.onnx import OPSET
from captcha_model.runtimes.onnx import OnnxRuntime
from captcha_model.storage.manifest import read_manifest

SIZES = (512, 1024, 2048)
BATCHES = (1, 8, 16, 32, 64, 128)
MEGABYTES = 256
LEAST_IMAGES = 64  # Small batches are repeated up to so many, or a turn's first run would weigh.

Figures = dict[str, Any]


def main() -> None:
    """Measure, print and write `results/limits.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, help="of all in turns (default: 20)")
    parser.add_argument("--megabytes", type=int, default=MEGABYTES, help="of the memory's test")
    options = parser.parse_args()
    graph = GRAPH.read_bytes()
    nodes = nodes_of(graph)
    cost = cost_of(nodes)
    print(
        f"an image: {cost['gflop']:.4f} GFLOP, weights {cost['weight_megabytes']:.2f} MB, "
        f"activations {cost['activation_megabytes']:.2f} MB"
    )
    every = thread_counts()
    times = measure_in_turns(works(graph, every, options.megabytes), options.rounds)
    figures: Figures = {"image": cost, "rounds": options.rounds, "threads": {}}
    for threads in every:
        figures["threads"][str(threads)] = of_threads(times, cost, threads, options.megabytes)
        show(threads, figures["threads"][str(threads)])
    found = figures["threads"]["1"]
    best = found["best_batch"]
    figures["profiles"] = {}
    for batch in (1, best):
        rows = profile(graph, nodes, batch, 1)
        figures["profiles"][str(batch)] = rows
        show_profile(rows, batch, found["peak_gflops"])
    print(f"wrote {write_result('limits', 'python benchmarks/limits.py', figures)}")


def cost_of(nodes: list[Node]) -> dict[str, float]:
    """Return what one image costs, from the nodes of a graph for a batch of one."""
    return {
        "multiply_adds": sum(node.multiply_adds for node in nodes),
        "gflop": sum(node.operations for node in nodes) / 1e9,
        "weight_megabytes": sum(node.weights for node in nodes) / 1e6,
        "activation_megabytes": sum(node.activations for node in nodes) / 1e6,
    }


def works(graph: bytes, every: list[int], megabytes: int) -> dict[str, Callable[[], object]]:
    """Return all that is measured, by a name that says what, its size and the threads."""
    found: dict[str, Callable[[], object]] = {}
    for threads in every:
        for size in SIZES:
            found[f"product {size} {threads}"] = running(product(size), size, threads, 1)
        found[f"memory 0 {threads}"] = running(addition(), megabytes * 10**6 // 4, threads, 1)
        for batch in BATCHES:
            repeats = max(1, LEAST_IMAGES // batch)
            found[f"network {batch} {threads}"] = (
                running(graph, batch, 1, repeats)
                if threads == 1
                else sharing_out(graph, batch, repeats)
            )
    return found


def sharing_out(graph: bytes, batch: int, repeats: int) -> Callable[[], object]:
    """Return a call that runs the bundled graph some times on all cores, as the package does."""
    runtime = OnnxRuntime(graph, read_manifest(GRAPH.parent).config)
    (images,) = feed(open_session(graph, 1), batch).values()
    runtime.logits(images)
    return lambda: [runtime.logits(images) for _ in range(repeats)]


def running(graph: bytes, batch: int, threads: int, repeats: int) -> Callable[[], object]:
    """Return a call that runs a graph some times, after a first run."""
    session = open_session(graph, threads)
    images = feed(session, batch)
    session.run(None, images)
    return lambda: [session.run(None, images) for _ in range(repeats)]


def product(size: int) -> bytes:
    """Return a graph that multiplies matrices (N, size) by constant ones (size, size)."""
    weights = np.random.default_rng(0).random((size, size), np.float32)
    return _graph("MatMul", onnx.numpy_helper.from_array(weights, "w"), ["rows", size])


def addition() -> bytes:
    """Return a graph that adds 1 to a vector."""
    return _graph("Add", onnx.numpy_helper.from_array(np.ones(1, np.float32), "w"), ["rows"])


def _graph(kind: str, constant: Any, shape: list[Any]) -> bytes:
    make = onnx.helper
    ends = [make.make_tensor_value_info(n, onnx.TensorProto.FLOAT, shape) for n in ("x", "y")]
    node = make.make_node(kind, ["x", "w"], ["y"])
    graph = make.make_graph([node], kind, ends[:1], ends[1:], [constant])
    opset = [make.make_opsetid("", OPSET)]
    data: bytes = make.make_model_gen_version(graph, opset_imports=opset).SerializeToString()
    return data


def of_threads(times: Figures, cost: dict[str, float], threads: int, megabytes: int) -> Figures:
    """Return peaks, bounds and what the network achieves with a number of threads."""
    products = {s: 2 * s**3 / times[f"product {s} {threads}"]["median_ms"] / 1e6 for s in SIZES}
    peak = max(products.values())
    bandwidth = 2 * megabytes / times[f"memory 0 {threads}"]["median_ms"]  # MB/ms is GB/s.
    rows = []
    for batch in BATCHES:
        repeats = max(1, LEAST_IMAGES // batch)
        each = {k: v / batch / repeats for k, v in times[f"network {batch} {threads}"].items()}
        moved = cost["weight_megabytes"] / batch + cost["activation_megabytes"]
        achieved = 1000 * cost["gflop"] / each["median_ms"]
        rows.append(
            {
                "batch": batch,
                **{k: round(v, 4) for k, v in each.items()},
                "gflops": round(achieved, 1),
                "share_of_peak": round(achieved / peak, 4),
                "bound_of_arithmetic_ms": round(1000 * cost["gflop"] / peak, 4),
                "bound_of_memory_ms": round(moved / bandwidth, 4),
            }
        )
    best = min(rows[1:], key=lambda row: row["median_ms"])
    return {
        "peak_gflops": round(peak, 1),
        "products_gflops": {str(size): round(found, 1) for size, found in products.items()},
        "bandwidth_gb_per_second": round(bandwidth, 2),
        "best_batch": best["batch"],
        "batches": rows,
    }


def show(threads: int, found: Figures) -> None:
    """Print what was achieved with a number of threads."""
    print(
        f"\n{threads} thread{'s' * (threads > 1)}: peak {found['peak_gflops']:.1f} GFLOP/s, "
        f"memory {found['bandwidth_gb_per_second']:.1f} GB/s, best batch {found['best_batch']}"
    )
    print("batch  ms/image  quartiles         GFLOP/s  of peak  bounds in ms: arithmetic  memory")
    for row in found["batches"]:
        print(
            f"{row['batch']:5}{row['median_ms']:10.4f}{row['quartile_1_ms']:9.4f}"
            f"{row['quartile_3_ms']:8.4f}{row['gflops']:10.1f}{row['share_of_peak']:9.1%}"
            f"{row['bound_of_arithmetic_ms']:26.4f}{row['bound_of_memory_ms']:8.4f}"
        )


if __name__ == "__main__":
    main()
