"""The Gradio page inside our own application, and the little that must be known of its insides."""

import os
from pathlib import Path

import gradio as gr
from fastapi import FastAPI

from captcha_model import MAX_IMAGE_BYTES

STYLE = Path(__file__).parent / "style.css"
# How often Gradio looks for uploads that are older than so many seconds, and deletes them.
_LOOK, _AGE = 60, 900


def quiet_gradio() -> None:
    """Keep Gradio from what it does by itself; before a page is built."""
    # It would report its use to its makers.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    # It would keep the last 10,000 calls and go through all of them after each, monitored or not.
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**12))


class Page:
    """A Gradio page, to be part of an application.

    Args:
        blocks: what `build_demo` gives.
        waiting: how many events may wait for a thread.
    """

    def __init__(self, blocks: gr.Blocks, waiting: int) -> None:
        # Our own batcher lets one at a time read; here all may go up to it.
        blocks.queue(max_size=waiting, default_concurrency_limit=None, api_open=False)
        blocks.delete_cache = (_LOOK, _AGE)
        self._blocks = blocks

    def mount(self, app: FastAPI, host: str, port: int) -> None:
        """Put the page at `/` of an application, whose other routes are there already.

        Args:
            app: the application.
            host: the address that the server listens on.
            port: and its port.
        """
        gr.mount_gradio_app(
            app,
            self._blocks,
            path="/",
            server_name=host,
            server_port=port,
            footer_links=["api"],
            run_history=False,
            show_error=False,
            max_file_size=MAX_IMAGE_BYTES,
            ssr_mode=False,
            enable_monitoring=False,
            mcp_server=False,  # The tools are ours; left out, Gradio would ask the environment.
            theme=_theme(),
            css_paths=STYLE,
        )
        # Without this Gradio does not check which files a request names. `demo.middleware.json_guard` does too.
        self._blocks.has_launched = True

    def is_at_work(self) -> bool:
        """Whether events wait or run."""
        return bool(self._blocks._queue.event_ids_to_events)

    def has_undelivered(self) -> bool:
        """Whether there are results that nobody has come for."""
        return any(self._blocks._queue.pending_event_ids_session.values())

    def forget_delivered(self) -> None:
        """Drop what Gradio 6.31 keeps of every session whose results were delivered."""
        sessions = self._blocks._queue.pending_event_ids_session
        for name in [name for name, events in sessions.items() if not events]:
            del sessions[name]

    def release(self) -> None:
        """End the streams of pages that somebody looks at, which would never end by themselves."""
        self._blocks.app.stop_event.set()


def _theme() -> gr.themes.Base:
    # System fonts: the page asks nobody outside for anything.
    return gr.themes.Default(
        primary_hue="indigo",
        neutral_hue="slate",
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
    )
