"""Mounts the Gradio page in the application, for which it uses Gradio's internals."""

import os
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from gradio.routes import App
from starlette.routing import Mount

from captcha_model import MAX_IMAGE_BYTES

from .gradio_sessions import ValuelessSessions

STYLE = Path(__file__).parent / "style.css"
# In seconds: how often Gradio deletes old uploads, and their maximum age.
_CLEANUP_INTERVAL, _MAX_UPLOAD_AGE = 60, 900


def quiet_gradio() -> None:
    """Turn off what Gradio does unasked; call this before a page is built."""
    # Gradio would report its use to its developers.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    # Gradio would keep the last 10,000 calls and process all of them after each call.
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**12))


class Page:
    """A Gradio page that is mounted in an application.

    Args:
        blocks: the result of `build_demo`.
        queue_size: at most this many events may wait.
        styles: the style sheets.
    """

    def __init__(
        self, blocks: gr.Blocks, queue_size: int, styles: Sequence[Path] = (STYLE,)
    ) -> None:
        # The batcher limits what runs at the same time, so Gradio need not.
        blocks.queue(max_size=queue_size, default_concurrency_limit=None, api_open=False)
        blocks.delete_cache = (_CLEANUP_INTERVAL, _MAX_UPLOAD_AGE)
        self._blocks = blocks
        self._styles = [*styles]
        self._finished: dict[str, frozenset[str]] = {}

    def mount(self, app: FastAPI, host: str, port: int, root_path: str) -> None:
        """Mount the page at `/` of an application that has all its other routes.

        Args:
            app: the application.
            host: the address that the server listens on.
            port: the port that the server listens on.
            root_path: the path or URL under which a proxy serves the application, or an empty text.
        """
        gr.mount_gradio_app(
            app,
            self._blocks,
            path="/",
            root_path=root_path,
            server_name=host,
            server_port=port,
            footer_links=["api"],  # Hidden: the page's own footer opens it.
            run_history=False,
            show_error=False,
            max_file_size=MAX_IMAGE_BYTES,
            ssr_mode=False,
            enable_monitoring=False,
            mcp_server=False,  # The tools are our own; by default an environment variable decides.
            theme=_theme(),
            css_paths=self._styles,
        )
        # `blocks.app` is another one, which `blocks.queue` created and nothing serves.
        mounted = app.routes[-1]
        assert isinstance(mounted, Mount)
        assert isinstance(mounted.app, App)
        self._app = mounted.app
        self._app.state_holder = ValuelessSessions(self._blocks)
        # Without this Gradio does not check the file paths of requests, as
        # `demo.middleware.json_guard` does too.
        self._blocks.has_launched = True

    def is_at_work(self) -> bool:
        """Return whether events wait or run."""
        return bool(self._blocks._queue.event_ids_to_events)

    def has_undelivered(self) -> bool:
        """Return whether there are results that no client has received yet."""
        return any(self._blocks._queue.pending_event_ids_session.values())

    def has_event(self, event: str) -> bool:
        """Return whether an event waits, runs or has a result that was not delivered yet."""
        queue = self._blocks._queue
        return event in queue.event_ids_to_events or any(
            event in events for events in queue.pending_event_ids_session.values()
        )

    def has_session(self, session: str) -> bool:
        """Return whether a session has sent an event."""
        return session in self._blocks._queue.pending_messages_per_session

    def forget_finished(self) -> None:
        """Drop what Gradio 6.31 keeps of sessions in which nothing happened since the last call.

        These are records of sessions whose results were delivered, and results that nobody fetched.
        """
        queue = self._blocks._queue
        finished = {
            session: frozenset(events)
            for session in queue.pending_messages_per_session
            if not (events := queue.pending_event_ids_session.get(session, set()))
            & queue.event_ids_to_events.keys()
        }
        for session, events in finished.items():
            if self._finished.get(session) == events:
                del queue.pending_messages_per_session[session]
                queue.pending_event_ids_session.pop(session, None)
        self._finished = finished

    def release(self) -> None:
        """End the event streams of open pages, which would never end by themselves."""
        self._app.stop_event.set()


def _theme() -> gr.themes.Base:
    # System fonts: the page loads nothing from other sites.
    return gr.themes.Default(
        primary_hue="indigo",
        neutral_hue="slate",
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
    )
