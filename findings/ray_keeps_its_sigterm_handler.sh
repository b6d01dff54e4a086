#!/usr/bin/env bash
# After `ray.shutdown()` Python still names Ray's handler of SIGTERM, but the process has none.
#
# Version: Ray 2.60.0, Python 3.11. Seen on 2026-11-29, on Linux.
#
# `ray.init()` replaces the handler of SIGTERM by one that calls `sys.exit`. `ray.shutdown()` takes it
# away from the operating system (the signal's default is back) and not from Python, so
# `signal.getsignal` goes on naming it. Code that asks `getsignal` whether it may handle SIGTERM, as a
# training does that saves its state then, finds a handler that is never called: SIGTERM ends the
# process at once, and what was to be saved is lost. Before the shutdown it ends by `SystemExit`, at any
# point of the code.
#
# A way round it: keep `signal.getsignal(signal.SIGTERM)` from before `ray.init()` and set it again after
# `ray.shutdown()`.
#
# Output seen:
#   before: SIG_DFL, caught by the process: False
#   after init: sigterm_handler, caught by the process: True
#   after shutdown: sigterm_handler, caught by the process: False
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet ray==2.60.0
cat > "$folder/handler.py" <<'PYTHON'
import logging
import signal
from pathlib import Path

import ray


def state() -> tuple[str, bool]:
    """Return the name of Python's handler, and whether the operating system calls one."""
    handler = signal.getsignal(signal.SIGTERM)
    lines = Path("/proc/self/status").read_text().splitlines()
    caught = int(next(line for line in lines if line.startswith("SigCgt")).split()[1], 16)
    name = getattr(handler, "name", None) or handler.__name__
    return name, bool(caught >> (signal.SIGTERM - 1) & 1)


found = {"before": state()}
ray.init(
    num_cpus=1, include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False,
    object_store_memory=100 * 2**20,
)
found["after init"] = state()
ray.shutdown()
found["after shutdown"] = state()
for when, (name, caught) in found.items():
    print(f"{when}: {name}, caught by the process: {caught}")
assert list(found.values()) == [
    ("SIG_DFL", False), ("sigterm_handler", True), ("sigterm_handler", False)
], found
print("as found: the handler that Python names is not called")
PYTHON
RAY_USAGE_STATS_ENABLED=0 "$folder/env/bin/python" "$folder/handler.py" 2>/dev/null
