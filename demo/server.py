"""The page on a web server: FastAPI, uvicorn, a health route."""

from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI

from captcha_model.model import CaptchaModel
from demo.page import build_demo

STYLE = Path(__file__).parent / "style.css"
SECONDS_TO_FINISH = 10
UPLOAD_LIMIT = "32mb"


def create_app(model: CaptchaModel, host: str = "127.0.0.1", port: int = 7860) -> FastAPI:
    """Return the web application for a loaded model.

    Routes: the page and its API at `/`, and `/healthz`, which answers once the model is loaded.
    """
    app = FastAPI(title="captcha_model", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
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
        max_file_size=UPLOAD_LIMIT,
        ssr_mode=False,
        enable_monitoring=False,
        theme=theme,
        css_paths=STYLE,
    )


def serve(model: CaptchaModel, host: str, port: int) -> None:
    """Serve the page until Ctrl-C or SIGTERM; requests under way may finish first."""
    uvicorn.run(
        create_app(model, host, port),
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )
