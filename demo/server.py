"""The page on a web server: FastAPI, uvicorn, the REST routes, a health route."""

from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette

from captcha_model import __version__
from captcha_model.errors import DependencyError
from captcha_model.images import MAX_BYTES
from captcha_model.model import CaptchaModel
from demo.api import READ_MANY, add_api
from demo.limits import BODY_BYTES, MANY_BYTES, BodyLimit
from demo.page import build_demo

STYLE = Path(__file__).parent / "style.css"
SECONDS_TO_FINISH = 10
# Of uploads, Gradio counts every file's bytes as they come.
LIMITS = {READ_MANY: MANY_BYTES, "/gradio_api/upload": None}


def create_app(
    model: CaptchaModel, host: str = "127.0.0.1", port: int = 7860, *, mcp: bool = False
) -> FastAPI:
    """Return the web application for a loaded model.

    Routes: the page and Gradio's API at `/`, the REST routes at `/api`, their description at
    `/openapi.json` and `/docs`, and `/healthz`, which answers once the model is loaded. With `mcp`
    the reading functions are tools for MCP clients at `/mcp`.

    Raises:
        DependencyError: `mcp` is wanted, and that package is not installed.
    """
    tools = _create_tools(model, host) if mcp else None
    app = FastAPI(
        title="captcha_model",
        description="Reads short noisy codes, with a confidence for every character.",
        version=__version__,
        redoc_url=None,
        lifespan=tools.router.lifespan_context if tools else None,
    )
    app.add_middleware(BodyLimit, default=BODY_BYTES, limits=LIMITS)
    add_api(app, model)
    if tools:
        app.routes.extend(tools.routes)

    @app.get("/healthz", tags=["server"])
    def healthz() -> dict[str, str]:
        """Say that the model is loaded, and what it runs on."""
        return {"status": "ok", "device": model.device}

    # System fonts: the page asks nobody outside for anything.
    theme = gr.themes.Default(
        primary_hue="indigo",
        neutral_hue="slate",
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
    )
    page = build_demo(model).queue(max_size=64, api_open=False)
    return gr.mount_gradio_app(
        app,
        page,
        path="/",
        server_name=host,
        server_port=port,
        footer_links=["api"],
        show_error=False,
        max_file_size=MAX_BYTES,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,  # The tools are ours; left out, Gradio would ask the environment.
        theme=theme,
        css_paths=STYLE,
    )


def _create_tools(model: CaptchaModel, host: str) -> Starlette:
    try:
        from demo.tools import create_tools
    except ModuleNotFoundError as error:
        raise DependencyError.missing("mcp", "mcp", "Serving tools for MCP clients") from error
    return create_tools(model, host)


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve the application until Ctrl-C or SIGTERM; requests under way may finish first."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )
