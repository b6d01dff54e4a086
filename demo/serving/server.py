"""The web application: routes, middleware and the uvicorn server."""

import asyncio
import gc
import os
import warnings
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette

from captcha_model import ConstraintWarning, DependencyError, __version__

from ..api.rest import add_api
from ..middleware.idle_timeout import IdleTimeoutProtocol
from ..middleware.shutdown import GracefulServer, InFlightRequests
from ..middleware.stack import add_middleware
from ..middleware.temp_files import SWEEP_INTERVAL_SECONDS, TempFiles
from ..ui.gradio_mount import Page, quiet_gradio
from ..ui.page import build_demo
from ..ui.routes import add_page_routes
from .health import add_gauges, add_health
from .logs import configure_logs
from .metrics import Metrics
from .models import ServedModels
from .readings import AnyModel
from .settings import Settings

MAX_CONNECTIONS = 800
# For streams of open pages, after the last request is answered.
_CLOSE_TIMEOUT_SECONDS = 2


@dataclass(frozen=True)
class Site:
    """The assembled web application.

    Attributes:
        app: the FastAPI application with all routes and middleware.
        page: the Gradio page in it.
        in_flight: the requests in flight.
        settings: the settings from the environment.
        has_tools: whether tools for MCP clients are served.
    """

    app: FastAPI
    page: Page
    in_flight: InFlightRequests
    settings: Settings
    has_tools: bool = False


def create_site(
    given: AnyModel | Mapping[str, AnyModel],
    temp_files: TempFiles,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    mcp: bool = False,
) -> Site:
    """Create the web application for loaded models.

    Routes: the page and Gradio's API at `/`, REST at `/api`, their description at `/openapi.json`
    and `/docs`, `/healthz` and `/metrics`. With `mcp`, MCP clients find the reading functions as
    tools at `/mcp`. `demo.middleware.allowlist` lists all routes; others are rejected.

    Args:
        given: the model, or several by their names, loaded; the bundled ones are offered, too.
        temp_files: the folder for all temporary files.
        host: the address that the server listens on.
        port: the port that the server listens on.
        mcp: whether to serve tools for MCP clients, even without `GRADIO_MCP_SERVER`.

    Raises:
        SettingError: an environment variable has an invalid value.
        DependencyError: tools are to be served and the package `mcp` is not installed.
    """
    settings = Settings.from_environment(os.environ, host)
    quiet_gradio()
    metrics = Metrics()
    models = ServedModels(given, metrics, settings.queue_size, settings.batch_size)
    tools = _create_tools(models, host) if mcp or settings.mcp else None
    page = Page(build_demo(models), settings.queue_size)
    in_flight = InFlightRequests(page.is_at_work, page.has_undelivered)
    app = FastAPI(
        title="captcha_model",
        description="Reads short noisy codes, with a confidence for every character.",
        version=__version__,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        lifespan=_lifespan(temp_files, page, tools),
    )
    add_api(app, models)
    add_page_routes(app, models)
    add_health(app, models.model, in_flight, metrics)
    add_gauges(metrics, in_flight, models, temp_files)
    if tools:
        app.routes.extend(tools.routes)
    page.mount(app, host, port, settings.root_path)
    add_middleware(app, settings, page, in_flight, metrics, temp_files)
    return Site(app, page, in_flight, settings, tools is not None)


def _create_tools(models: ServedModels, host: str) -> Starlette:
    try:
        from ..api.mcp import create_tools
    except ModuleNotFoundError as error:
        raise DependencyError.missing("mcp", "mcp", "Serving tools for MCP clients") from error
    return create_tools(models, host)


def _lifespan(
    temp_files: TempFiles, page: Page, tools: Starlette | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return the lifespan that runs the periodic cleanup and the MCP session manager."""

    async def clean_up() -> None:
        while True:
            await asyncio.sleep(SWEEP_INTERVAL_SECONDS)
            await asyncio.to_thread(temp_files.sweep)
            page.forget_finished()
            # Gradio leaves failed calls in reference cycles, with their images.
            gc.collect()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        temp_files.keep_existing()
        task = asyncio.create_task(clean_up())
        async with AsyncExitStack() as stack:
            stack.callback(task.cancel)
            if tools:
                await stack.enter_async_context(tools.router.lifespan_context(tools))
            yield

    return lifespan


def serve(site: Site, host: str, port: int) -> None:
    """Serve until Ctrl-C or SIGTERM, then shut down as `demo.middleware.shutdown` describes."""
    configure_logs(log_requests=site.settings.log_requests)
    # Each answer holds its own, and Python would keep every text that a request makes it warn of.
    warnings.simplefilter("ignore", ConstraintWarning)
    config = uvicorn.Config(
        site.app,
        host=host,
        port=port,
        http=IdleTimeoutProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn's default trusts X-Forwarded-For from 127.0.0.1; we trust named proxies only.
        proxy_headers=bool(site.settings.trusted_proxies),
        forwarded_allow_ips=list(site.settings.trusted_proxies),
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=_CLOSE_TIMEOUT_SECONDS,
    )
    # What exists now stays for good, so the collections above need not look at it.
    gc.freeze()
    GracefulServer(config, site.in_flight, site.page.release).run()
