#!/usr/bin/env bash
# Each call of Gradio's API without a session leaves a session behind that keeps the call's input.
#
# Version: Gradio 6.31.0, Python 3.11, Linux. Seen on 2026-11-28.
#
# `POST /gradio_api/call/NAME` needs no `session_hash`, and without one Gradio makes a session of its
# own for the call. A session keeps the last value of every component, for links to a saved state of
# the page, and up to 10,000 sessions are kept. A text goes in as it is, so an image that a program
# sends as a data URL stays in memory after the call has been answered: an OCR service that is called
# in this way grows by the size of each image.
#
# A way round it: send images as files (`gradio_client` uploads them), or give every call of a client
# the same `session_hash`.
#
# Output seen, for 20 calls with a text of 1,000,000 characters each:
#   without a session: 20 sessions keep 20,000,000 characters
#   with one session: 1 sessions keep 1,000,000 characters
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet gradio==6.31.0
cat > "$folder/calls.py" <<'PYTHON'
import gradio as gr
import httpx

LENGTH, CALLS = 1_000_000, 20


def kept(session: dict[str, str]) -> tuple[int, int]:
    with gr.Blocks() as page:
        text, length = gr.Textbox(), gr.Number()
        gr.Button().click(len, text, length, api_name="length")
    app, url, _ = page.launch(prevent_thread_lock=True, quiet=True)
    call = f"{url}gradio_api/call/length"
    for _ in range(CALLS):
        event = httpx.post(call, json={"data": ["a" * LENGTH], **session}).json()["event_id"]
        assert f"[{LENGTH}" in httpx.get(f"{call}/{event}").text
    sessions = app.state_holder.session_data.values()
    values = [
        str(config.get("props", {}).get("value") or "")
        for session in sessions
        for config in session.config_values.values()
    ]
    page.close(verbose=False)
    return len(sessions), sum(map(len, values)) // LENGTH * LENGTH


without, single = kept({}), kept({"session_hash": "one"})
print(f"without a session: {without[0]} sessions keep {without[1]:,} characters")
print(f"with one session: {single[0]} sessions keep {single[1]:,} characters")
assert without == (CALLS, CALLS * LENGTH)
assert single == (1, LENGTH)
PYTHON
GRADIO_ANALYTICS_ENABLED=False "$folder/env/bin/python" "$folder/calls.py"
