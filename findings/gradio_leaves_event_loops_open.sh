#!/usr/bin/env bash
# Each Gradio page that is built outside a running event loop leaves six loops open, and replaces the
# current loop of the thread each time.
#
# Version: Gradio 6.31.0, Python 3.11, Linux. Seen on 2026-11-28.
#
# `gr.Blocks()` makes the locks and events of its queue and routes when it is built. Without a running
# loop, as in a plain script, it makes a new loop for each of them and sets it as the current one,
# also where the caller has set a loop, and closes none: three file descriptors stay open for each
# loop until the garbage collector finds it, with a ResourceWarning. A service that builds pages again
# and again, or a test suite with a page in many tests, collects them; on Python 3.11 such a warning in
# the middle of `ast.parse` even makes that call fail, because showing the warning parses code as well.
#
# A way round it: build the page within a running loop.
#
# Output seen, for ten pages each:
#   without a running loop: 60 open loops, 180 descriptors
#   the caller's current loop was replaced: True
#   within a running loop: 0 open loops, 0 descriptors
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet gradio==6.31.0
cat > "$folder/loops.py" <<'PYTHON'
import asyncio
import gc
import os

import gradio as gr

pages = []


def open_loops() -> int:
    objects = gc.get_objects()
    return sum(isinstance(o, asyncio.AbstractEventLoop) and not o.is_closed() for o in objects)


def build(title: str) -> tuple[int, int]:
    loops, files = open_loops(), len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        with gr.Blocks() as page:
            gr.Textbox()
        pages.append(page)
    found = open_loops() - loops, len(os.listdir("/proc/self/fd")) - files
    print(f"{title}: {found[0]} open loops, {found[1]} descriptors for ten pages")
    return found


with gr.Blocks():  # The first page imports the rest of Gradio.
    pass
gc.collect()
gc.disable()  # What is left open is counted before the collector comes by.
mine = asyncio.new_event_loop()
asyncio.set_event_loop(mine)
loops, files = build("without a running loop")
assert loops >= 10 and files == 3 * loops
replaced = asyncio.get_event_loop_policy().get_event_loop() is not mine
print("the caller's current loop was replaced:", replaced)
assert replaced


async def within() -> tuple[int, int]:
    return build("within a running loop")


assert mine.run_until_complete(within()) == (0, 0)
print("as found: pages that are built without a running event loop leave loops open")
PYTHON
GRADIO_ANALYTICS_ENABLED=False "$folder/env/bin/python" "$folder/loops.py" 2>/dev/null
