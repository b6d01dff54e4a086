"""The page on a web server: FastAPI, uvicorn, the routes, and what guards them."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette

from captcha_model import __version__
from captcha_model.errors import DependencyError
from captcha_model.model import CaptchaModel
from demo.api.rest import add_api
from demo.middleware.idle_timeout import WatchedProtocol
from demo.middleware.shutdown import Server, Traffic
from demo.middleware.stack import protect
from demo.middleware.temp_files import SECONDS_BETWEEN_SWEEPS, Scratch
from demo.serving.batcher import DynamicBatcher
from demo.serving.health import add_health, watch
from demo.serving.logs import configure_logs
from demo.serving.metrics import Metrics
from demo.serving.settings import Settings
from demo.ui.gradio_mount import Page, quiet_gradio
from demo.ui.page import build_demo

MOST_CONNECTIONS = 800
# After the last answer, for pages that are still looked at.
_SECONDS_TO_CLOSE = 2


@dataclass(frozen=True)
class Site:
    """What is served.

    Attributes:
        app: the web application.
        page: the Gradio page in it.
        traffic: what is under way.
        settings: how it treats those who ask.
    """

    app: FastAPI
    page: Page
    traffic: Traffic
    settings: Settings


def create_site(
    model: CaptchaModel,
    scratch: Scratch,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    mcp: bool = False,
) -> Site:
    """Return the web application for a loaded model.

    Routes: the page and Gradio's API at `/`, the REST routes at `/api`, their description at
    `/openapi.json` and `/docs`, `/healthz` and `/metrics`. With `mcp` the reading functions are
    tools for MCP clients at `/mcp`. `demo.middleware.allowlist` lists them, and there are no others.

    Args:
        model: what reads; nothing is loaded later.
        scratch: where all temporary files go.
        host: the address that the server listens on.
        port: and its port.
        mcp: whether there are tools for MCP clients.

    Raises:
        SettingError: a variable of the environment makes no sense.
        DependencyError: `mcp` is wanted, and that package is not installed.
    """
    settings = Settings.from_environment(os.environ, host)
    quiet_gradio()
    metrics = Metrics()
    batcher = DynamicBatcher(model, metrics, settings.waiting, settings.together)
    tools = _create_tools(batcher, host) if mcp else None
    page = Page(build_demo(model, batcher), settings.waiting)
    traffic = Traffic(page.is_at_work, page.has_undelivered)
    app = FastAPI(
        title="captcha_model",
        description="Reads short noisy codes, with a confidence for every character.",
        version=__version__,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        lifespan=_lifespan(scratch, page, tools),
    )
    add_api(app, batcher)
    add_health(app, model, traffic, metrics)
    watch(metrics, traffic, batcher, scratch)
    if tools:
        app.routes.extend(tools.routes)
    page.mount(app, host, port)
    protect(app, settings, traffic, metrics, scratch)
    return Site(app, page, traffic, settings)


def _create_tools(batcher: DynamicBatcher, host: str) -> Starlette:
    try:
        from demo.api.mcp import create_tools
    except ModuleNotFoundError as error:
        raise DependencyError.missing("mcp", "mcp", "Serving tools for MCP clients") from error
    return create_tools(batcher, host)


def _lifespan(
    scratch: Scratch, page: Page, tools: Starlette | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return what goes on beside the requests: clearing up, and the tools' own tasks."""

    async def clear_up() -> None:
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_SWEEPS)
            await asyncio.to_thread(scratch.sweep)
            page.forget_delivered()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        scratch.keep()
        task = asyncio.create_task(clear_up())
        async with AsyncExitStack() as stack:
            stack.callback(task.cancel)
            if tools:
                await stack.enter_async_context(tools.router.lifespan_context(tools))
            yield

    return lifespan


def serve(site: Site, host: str, port: int) -> None:
    """Serve until Ctrl-C or SIGTERM; requests under way are finished first, see `demo.middleware.shutdown`."""
    configure_logs(requests=site.settings.log)
    config = uvicorn.Config(
        site.app,
        host=host,
        port=port,
        http=WatchedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # Only where it is said whom to believe; uvicorn alone believes who calls from 127.0.0.1.
        proxy_headers=bool(site.settings.proxies),
        forwarded_allow_ips=list(site.settings.proxies),
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=_SECONDS_TO_CLOSE,
    )
    Server(config, site.traffic, site.page.release).run()
