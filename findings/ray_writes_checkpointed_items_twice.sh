#!/usr/bin/env bash
# With a checkpoint, a Ray data set from `from_items` is written again in full, without a word.
#
# Versions: Ray 2.60.0 with pyarrow 26.0.1, Python 3.11. Seen on 2026-11-29.
#
# `DataContext.checkpoint_config` lets a second run write only the rows whose ids a first run has not
# written. The filter is put behind the operators that read a source. A data set from `from_items` has
# none, so the filter is nowhere, and the check that every path of the plan has it passes because there
# is no path to check. The ids are recorded all the same, and nothing warns: whoever lists the paths of
# images in memory and resumes gets every reading twice. `ray.data.range`, which reads, is filtered.
#
# A way round it: write the list to a file and read it, or give Ray a data source of your own.
#
# Output seen (rows of the output after two equal runs of 10 rows):
#   range: 10
#   from_items: 20
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "ray[data]==2.60.0" pyarrow==26.0.1
cat > "$folder/twice.py" <<'PYTHON'
import logging
import sys

import pyarrow.parquet as parquet
import ray
from ray.data.checkpoint import CheckpointConfig

ROWS = 10
folder = sys.argv[1]
ray.init(
    num_cpus=2, include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False,
    object_store_memory=100 * 2**20,
)
context = ray.data.DataContext.get_current()
context.enable_progress_bars = False


def rows_after_two_runs(name: str, make) -> int:
    context.checkpoint_config = CheckpointConfig(
        "id", f"{folder}/{name}-checkpoint", delete_checkpoint_on_success=False
    )
    for _ in range(2):
        make().write_parquet(f"{folder}/{name}")
    return parquet.read_table(f"{folder}/{name}").num_rows


found = {
    "range": rows_after_two_runs("range", lambda: ray.data.range(ROWS)),
    "from_items": rows_after_two_runs(
        "from_items", lambda: ray.data.from_items([{"id": i} for i in range(ROWS)])
    ),
}
for name, rows in found.items():
    print(f"{name}: {rows}")
ray.shutdown()
assert found == {"range": ROWS, "from_items": 2 * ROWS}, found
print("as found: rows from items are written twice")
PYTHON
RAY_USAGE_STATS_ENABLED=0 "$folder/env/bin/python" "$folder/twice.py" "$folder/out" 2>/dev/null
