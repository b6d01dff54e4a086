"""One Ray cluster for all tests: two nodes of one core each on this machine."""

import contextlib
import io
import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import cli  # noqa: F401 - A fixture.
from tests.conftest import EXAMPLES

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
# By default Ray's workers give way to every other process, such as the other half of the tests.
os.environ.setdefault("RAY_worker_niceness", "0")

STORE = 80 * 2**20  # Bytes of the object store of a node.
GROUPS, ROWS = 6, 1000  # Row groups of the data set, and images of each.


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """The cluster, and a connection to it."""
    import ray
    from ray.cluster_utils import Cluster

    on_sigterm = signal.getsignal(signal.SIGTERM)
    node = {"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False}
    started = _started(Cluster, node)
    started.second = started.add_node(num_cpus=1, object_store_memory=STORE)
    ray.init(started.address, log_to_driver=False, logging_level="ERROR")
    # Later tests in this process send it, and Ray's handler would stay Python's for good.
    signal.signal(signal.SIGTERM, on_sigterm)
    yield started
    ray.shutdown()
    started.shutdown()
    signal.signal(signal.SIGTERM, on_sigterm)


def _started(kind: Any, node: dict[str, Any]) -> Any:
    """Start the head node; a busy machine may need longer for it than Ray waits."""
    for _ in range(2):
        with contextlib.suppress(Exception):
            return kind(initialize_head=True, head_node_args=node)
    return kind(initialize_head=True, head_node_args=node)


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parquet files with a column `image` as `datasets` has it, and one image that is damaged."""
    folder = tmp_path_factory.mktemp("shards")
    files = itertools.cycle(path.read_bytes() for path in sorted(EXAMPLES.glob("*.png")))
    images = list(itertools.islice(files, GROUPS * ROWS))
    images[77] = b"bad"
    half = len(images) // 2
    for name, some in (("a.parquet", images[:half]), ("b.parquet", images[half:])):
        rows = [{"bytes": data, "path": None} for data in some]
        table = pa.table({"image": rows, "label": [str(i) for i in range(half)]})
        held = io.BytesIO()
        pq.write_table(table, held, row_group_size=ROWS)
        (folder / name).write_bytes(held.getvalue())
    return folder
