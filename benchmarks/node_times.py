"""Where the time of an ONNX graph goes, by ONNX Runtime's own profile."""

import json
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from graphs import Node, feed, open_session

# What ONNX Runtime calls what it has fused or turned into something else.
KINDS = {"FusedConv": "Conv", "FusedMatMul": "MatMul", "Gemm": "MatMul", "FusedGemm": "MatMul"}
BETWEEN = "between nodes"
RUNS = 50  # And as many before them, to warm up.


def profile(graph: bytes, nodes: list[Node], batch: int, threads: int) -> dict[str, Any]:
    """Return the mean times of a graph's nodes, in milliseconds for a whole batch.

    Nodes that count operations keep their order whatever is fused, so each is told apart by the
    shape of what it gives for one image; the others are put together by their kind.

    Args:
        graph: the bytes of an `.onnx` file.
        nodes: of the graph for a batch of one.
        batch: how many images.
        threads: how many.
    """
    events = _events(graph, batch, threads)
    ran = [e for e in events if e["cat"] == "Node" and e["name"].endswith("_kernel_time")]
    each = len(ran) // (2 * RUNS)
    left: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        if node.multiply_adds:
            left[KINDS.get(node.kind, node.kind)].append(node)
    rows: dict[str, dict[str, Any]] = {}
    for place in range(each):
        same = ran[place::each]
        assert len({e["name"] for e in same}) == 1, "a run has other nodes than another"
        kind = KINDS.get(op := same[0]["args"]["op_name"], op)
        node = left[kind].pop(0) if left[kind] else None
        name = f"{kind} {'x'.join(map(str, node.shape))}" if node else kind
        row = rows.setdefault(name, {"kind": kind, "ms": 0.0, "operations": 0})
        row["ms"] += sum(e["dur"] for e in same[RUNS:]) / RUNS / 1000
        row["operations"] += node.operations * batch if node else 0
    assert not any(left.values()), f"not in the profile: {dict(left)}"
    whole = [e["dur"] for e in events if e["name"] == "SequentialExecutor::Execute"]
    total = sum(whole[RUNS:]) / RUNS / 1000
    rest = total - sum(row["ms"] for row in rows.values())
    rows[BETWEEN] = {"kind": BETWEEN, "ms": rest, "operations": 0}
    for row in rows.values():
        row["ms"] = round(row["ms"], 5)
    return {"ms": round(total, 5), "nodes": rows}


def by_kind(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the sums of the rows of every kind, the longest first."""
    sums: dict[str, dict[str, Any]] = {}
    for row in rows.values():
        found = sums.setdefault(row["kind"], {"kind": row["kind"], "ms": 0.0, "operations": 0})
        found["ms"] += row["ms"]
        found["operations"] += row["operations"]
    return dict(sorted(sums.items(), key=lambda item: -item[1]["ms"]))


def show_profile(found: dict[str, Any], batch: int, peak: float) -> None:
    """Print a profile, kind by kind, and each node that counts operations.

    Args:
        found: what `profile` returned.
        batch: what it was made with.
        peak: of the machine, in GFLOP/s.
    """
    rows, total = found["nodes"], found["ms"]
    operations = sum(row["operations"] for row in rows.values())
    print(f"\nprofile of a batch of {batch}: {total:.3f} ms")
    print("node                             ms  of time  of operations    GFLOP/s  of peak")
    for kind, sums in by_kind(rows).items():
        parts = {name: row for name, row in rows.items() if row["kind"] == kind and name != kind}
        for name, row in {kind: sums, **(parts if len(parts) > 1 else {})}.items():
            speed = row["operations"] / row["ms"] / 1e6 if row["ms"] else 0.0
            print(
                f"{'' if name == kind else '  '}{name:{27 if name == kind else 25}}"
                f"{row['ms']:9.4f}{row['ms'] / total:9.1%}{row['operations'] / operations:15.1%}"
                + (f"{speed:11.1f}{speed / peak:9.1%}" if row["operations"] else "")
            )


def _events(graph: bytes, batch: int, threads: int) -> list[dict[str, Any]]:
    """Run a graph twice `RUNS` times, and return what ONNX Runtime wrote about it."""
    with tempfile.TemporaryDirectory() as folder:
        session = open_session(graph, threads, str(Path(folder) / "profile"))
        images = feed(session, batch)
        for _ in range(2 * RUNS):
            session.run(None, images)
        events: list[dict[str, Any]] = json.loads(Path(session.end_profiling()).read_text())
    return events
