"""The web application that labels a folder. It answers to this machine only."""

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from captcha_model import LabelSession

from ..middleware.allowlist import Allowlist
from ..middleware.body_limit import BodyLimit
from ..middleware.same_origin import SameOrigin
from ..middleware.security_headers import SecurityHeaders
from ..middleware.shutdown import InFlightRequests
from ..serving.server import Site
from ..serving.settings import Settings
from ..ui.gradio_mount import STYLE as DEMO_STYLE
from ..ui.gradio_mount import Page, quiet_gradio
from .page import STYLE, build_label_page
from .routes import ROUTES, add_label_routes

HOST = "127.0.0.1"
MAX_BODY_BYTES = 16_384
# A page of another site may have its name point here; requests then have that name.
_HOSTS = [HOST, "localhost"]


def create_label_site(session: LabelSession, port: int) -> Site:
    """Create the application.

    Args:
        session: the folder.
        port: the port that the server listens on.
    """
    quiet_gradio()
    page = Page(build_label_page(session), 1, (DEMO_STYLE, STYLE))
    app = FastAPI(title="Label images", docs_url=None, redoc_url=None, openapi_url=None)
    add_label_routes(app, session)
    page.mount(app, HOST, port, "")
    # Starlette runs the middleware that is added last first.
    app.add_middleware(BodyLimit, default=MAX_BODY_BYTES)
    app.add_middleware(SameOrigin)
    app.add_middleware(Allowlist, routes=ROUTES)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS, www_redirect=False)
    app.add_middleware(SecurityHeaders, frame_ancestors="'none'")
    return Site(app, page, InFlightRequests(), Settings(log_requests=False))
