"""The middleware stack and its order."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from ..api.errors import UPLOAD
from ..serving.metrics import Metrics
from ..serving.settings import Settings
from ..ui.gradio_errors import GradioErrors
from ..ui.gradio_mount import Page
from .access_log import AccessLog
from .allowlist import PAGE_ROWS, READ_MANY, Allowlist
from .basic_auth import BasicAuth
from .body_limit import MAX_MANY_BYTES, BodyLimit
from .head_requests import HeadRequests
from .json_guard import JsonGuard
from .rate_limit import ClientRates, RateLimit
from .root_path import RootPath
from .same_origin import SameOrigin
from .security_headers import SecurityHeaders
from .shutdown import GracefulShutdown, InFlightRequests
from .temp_files import TempFiles, TempFilesLimit

# An upload to Gradio's API may hold many images, too.
_BODY_LIMITS = {READ_MANY: MAX_MANY_BYTES, PAGE_ROWS: MAX_MANY_BYTES, UPLOAD: MAX_MANY_BYTES}


def add_middleware(
    app: FastAPI,
    settings: Settings,
    page: Page,
    in_flight: InFlightRequests,
    metrics: Metrics,
    temp_files: TempFiles,
) -> None:
    """Add all middleware to an application.

    Outermost is what must see every request and response. Cheap checks come before expensive ones,
    and a body is read only after authentication.
    """
    rates = None if settings.rate_limit is None else ClientRates(settings.rate_limit)
    # Starlette runs the middleware that is added last first.
    app.add_middleware(GradioErrors, page=page)
    app.add_middleware(JsonGuard)
    app.add_middleware(BodyLimit, limits=_BODY_LIMITS)
    app.add_middleware(TempFilesLimit, temp_files=temp_files)
    if settings.auth is not None:
        app.add_middleware(BasicAuth, auth=settings.auth, rates=rates)
        # Without allowed origins. Gradio adds no CORS headers of its own when it finds this.
        app.add_middleware(CORSMiddleware)
        app.add_middleware(SameOrigin, public_url=settings.root_path)
    app.add_middleware(RateLimit, rates=rates)
    app.add_middleware(HeadRequests)
    app.add_middleware(Allowlist)
    app.add_middleware(GracefulShutdown, in_flight=in_flight)
    app.add_middleware(AccessLog, metrics=metrics)
    app.add_middleware(SecurityHeaders, frame_ancestors=settings.frame_ancestors)
    app.add_middleware(RootPath, root_path=settings.root_path)
