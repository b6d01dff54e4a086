"""What Prometheus is told of the server at `/metrics`."""

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

# In seconds; 0.25 is what the load test wants of 99 in 100 readings.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """Counts requests, rejections and images.

    Every label comes from a list in our own code: what clients send can neither show up here nor
    make the list of figures longer.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        # Memory, processor time and open files, where the platform tells.
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "captcha_requests",
            "Requests that were answered.",
            ("route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "captcha_request_seconds",
            "From the head of a request to the end of its answer.",
            ("route",),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._refusals = Counter(
            "captcha_refusals",
            "Requests that were refused, by the code of the error.",
            ("code",),
            registry=self._registry,
        )
        self._images = Counter(
            "captcha_images",
            "Images, whichever way they came: read, or the code of the error.",
            ("result",),
            registry=self._registry,
        )

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Add a figure that is asked for whenever somebody looks."""
        Gauge(name, meaning, registry=self._registry).set_function(value)

    def count_request(self, route: str, status: int, seconds: float | None) -> None:
        """Count an answer; `seconds` is None where it lasts as long as somebody looks."""
        self._requests.labels(route, str(status)).inc()
        if seconds is not None:
            self._seconds.labels(route).observe(seconds)

    def count_refusal(self, code: str) -> None:
        """Count a request that was refused as a whole."""
        self._refusals.labels(code).inc()

    def count_image(self, result: str) -> None:
        """Count an image: "read", or the code of its error."""
        self._images.labels(result).inc()

    def render(self) -> bytes:
        """Return all figures in Prometheus's text format."""
        return generate_latest(self._registry)
