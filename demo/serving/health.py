"""Whether the server is well, for programs that look after it: `/healthz` and `/metrics`."""

import threading

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from captcha_model.model import CaptchaModel
from demo.middleware.allowlist import HEALTH, METRICS
from demo.middleware.shutdown import Traffic
from demo.middleware.temp_files import Scratch
from demo.serving.batcher import DynamicBatcher
from demo.serving.metrics import CONTENT_TYPE, Metrics


def add_health(app: FastAPI, model: CaptchaModel, traffic: Traffic, metrics: Metrics) -> None:
    """Add the routes."""

    # Not `def`: that would need a thread, and these must answer when all threads are busy.
    @app.get(HEALTH, tags=["server"])
    async def healthz() -> JSONResponse:
        """Say that the model is loaded, and what it runs on; 503 once the server is stopping."""
        if traffic.stopping:
            return JSONResponse({"status": "stopping"}, 503)
        return JSONResponse({"status": "ok", "device": model.device})

    @app.get(METRICS, tags=["server"], response_class=Response)
    async def figures() -> Response:
        """Return the server's figures in Prometheus's text format."""
        return Response(metrics.render(), headers={"Content-Type": CONTENT_TYPE})


def watch(metrics: Metrics, traffic: Traffic, batcher: DynamicBatcher, scratch: Scratch) -> None:
    """Add what is looked up when somebody asks for the figures."""
    for name, meaning, value in (
        ("captcha_requests_open", "Requests that are open.", lambda: traffic.open),
        ("captcha_queue_length", "Requests that wait for their turn.", lambda: batcher.waiting),
        ("captcha_threads", "Threads of the process.", threading.active_count),
        ("captcha_temporary_bytes", "Temporary files, at the last look.", lambda: scratch.bytes),
        ("captcha_temporary_files", "Temporary files, at the last look.", lambda: scratch.files),
    ):
        metrics.watch(name, meaning, value)
