"""What stands between the outside and the routes, in its order."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from demo.api.errors import UPLOAD
from demo.middleware.access_log import Observed
from demo.middleware.allowlist import READ_MANY, Surface
from demo.middleware.basic_auth import Login
from demo.middleware.body_limit import MANY_BYTES, BodyLimit
from demo.middleware.json_guard import JsonGuard
from demo.middleware.rate_limit import Allowance, RateLimit
from demo.middleware.security_headers import SecurityHeaders
from demo.middleware.shutdown import Gate, Traffic
from demo.middleware.temp_files import Scratch, ScratchLimit
from demo.serving.metrics import Metrics
from demo.serving.settings import Settings

# Uploads for the page are many images at once, too.
LIMITS = {READ_MANY: MANY_BYTES, UPLOAD: MANY_BYTES}


def protect(
    app: FastAPI, settings: Settings, traffic: Traffic, metrics: Metrics, scratch: Scratch
) -> None:
    """Put the application behind everything that looks at a request before a route does.

    Outside stands what must see every request and answer; what costs least refuses first, and a
    body is read only for who may send it.
    """
    allowance = None if settings.rate is None else Allowance(settings.rate)
    # What is added later stands further outside.
    app.add_middleware(JsonGuard)
    app.add_middleware(BodyLimit, limits=LIMITS)
    app.add_middleware(ScratchLimit, scratch=scratch)
    if settings.login is not None:
        app.add_middleware(Login, login=settings.login, allowance=allowance)
        # Gradio would let pages from anywhere use its API in the name of who is logged in; it
        # leaves that to us when it finds this.
        app.add_middleware(CORSMiddleware)
    app.add_middleware(RateLimit, allowance=allowance)
    app.add_middleware(Surface)
    app.add_middleware(Gate, traffic=traffic)
    app.add_middleware(Observed, metrics=metrics)
    app.add_middleware(SecurityHeaders, framed_by=settings.framed_by)
