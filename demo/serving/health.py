"""The routes for monitoring: `/healthz` and `/metrics`."""

import threading

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from ..middleware.allowlist import HEALTH, METRICS
from ..middleware.shutdown import InFlightRequests
from ..middleware.temp_files import TempFiles
from .metrics import CONTENT_TYPE, Metrics
from .models import ServedModels
from .readings import AnyModel


def add_health(
    app: FastAPI, model: AnyModel, in_flight: InFlightRequests, metrics: Metrics
) -> None:
    """Add the routes `/healthz` and `/metrics` to an application."""

    # `async def`, because `def` needs a thread and these must answer when all threads are busy.
    @app.get(HEALTH, tags=["server"])
    async def healthz() -> JSONResponse:
        """Report that the model is loaded, and its device; 503 once the server is stopping."""
        if in_flight.stopping:
            return JSONResponse({"status": "stopping"}, 503)
        return JSONResponse({"status": "ok", "device": model.device})

    @app.get(METRICS, tags=["server"], response_class=Response)
    async def metrics_text() -> Response:
        """Return the server's metrics in Prometheus's text format."""
        return Response(metrics.render(), headers={"Content-Type": CONTENT_TYPE})


def add_gauges(
    metrics: Metrics,
    in_flight: InFlightRequests,
    models: ServedModels,
    temp_files: TempFiles,
) -> None:
    """Add the gauges of the server's state."""
    for name, description, value in (
        ("captcha_requests_in_flight", "Requests in flight.", lambda: in_flight.count),
        ("captcha_queue_length", "Requests waiting in the queues.", lambda: models.queue_depth),
        ("captcha_threads", "Threads of the process.", threading.active_count),
        ("captcha_temporary_bytes", "Temporary bytes at the last sweep.", lambda: temp_files.bytes),
        ("captcha_temporary_files", "Temporary files at the last sweep.", lambda: temp_files.files),
    ):
        metrics.add_gauge(name, description, value)
