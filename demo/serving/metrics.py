"""The metrics that Prometheus collects from `/metrics`."""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

# In seconds; the load test requires a 99th percentile under 0.25.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """Counters of requests, rejected requests and images.

    Every label value comes from a list in this project's code, so that clients can neither put text
    into the metrics nor add time series.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        # Memory, processor time and open files, where the platform reports them.
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "captcha_requests",
            "Answered requests.",
            ("route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "captcha_request_seconds",
            "Time from the request's headers to the end of the response.",
            ("route",),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._rejected = Counter(
            "captcha_requests_rejected",
            "Rejected requests by error code.",
            ("code",),
            registry=self._registry,
        )
        self._images = Counter(
            "captcha_images",
            "Images of all routes: 'read', or the error code.",
            ("result",),
            registry=self._registry,
        )

    def add_gauge(self, name: str, description: str, value: Callable[[], float]) -> None:
        """Add a gauge whose value is computed at every collection."""
        Gauge(name, description, registry=self._registry).set_function(value)

    def count_request(self, route: str, status: int, seconds: float | None) -> None:
        """Count a response; `seconds` is None for streams, whose duration means nothing."""
        self._requests.labels(route, str(status)).inc()
        if seconds is not None:
            self._seconds.labels(route).observe(seconds)

    def count_rejected(self, code: str) -> None:
        """Count a rejected request by its error code."""
        self._rejected.labels(code).inc()

    def count_image(self, result: str) -> None:
        """Count an image: "read", or its error code."""
        self._images.labels(result).inc()

    def render(self) -> bytes:
        """Return all metrics in Prometheus's text format."""
        return generate_latest(self._registry)
