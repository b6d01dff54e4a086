"""`captcha-model serve`: serve the page, the REST API and Gradio's API."""

import argparse
import importlib.util
import os

from captcha_model.cli.common import new_parser
from captcha_model.errors import DependencyError

# Of the extra `demo`: the page and the servers below it.
PACKAGES = ("gradio", "fastapi", "starlette", "uvicorn", "limits", "prometheus_client")


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "serve",
        "Serve the browser page and the REST API, which read captchas and other short codes.",
        "captcha-model serve --model runs/mine/model --port 8080",
    )
    parser.add_argument(
        "--host",
        type=_host,
        default=_variable("GRADIO_SERVER_NAME", "127.0.0.1"),
        help="address to listen on (default: GRADIO_SERVER_NAME, else 127.0.0.1)",
    )
    parser.add_argument(
        "--port",
        type=port,
        default=_variable("GRADIO_SERVER_PORT", "7860"),
        help="port to listen on (default: GRADIO_SERVER_PORT, else 7860)",
    )
    parser.add_argument(
        "--model",
        dest="models",
        action="append",
        metavar="NAME|FOLDER|REPO_ID",
        help="a bundled model, the folder of a saved one, or a Hub repository user/name or "
        "user/name@revision; repeat it to offer several, of which the first reads unless a request "
        "names another one (default: CAPTCHA_MODEL, else the bundled model that suits each image)",
    )
    parser.add_argument(
        "--mcp",
        action="store_true",
        help="serve tools for MCP clients at /mcp (default: GRADIO_MCP_SERVER=true)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Load the models, then serve the page until Ctrl-C or SIGTERM."""
    check_packages()
    # As the model card's package: `captcha_model.demo` where installed, else the top-level folder.
    try:
        from captcha_model.demo.serving.start import start  # type: ignore[import-not-found]
    except ModuleNotFoundError as error:
        if error.name != "captcha_model.demo":
            raise
        from demo.serving.start import start
    models = options.models or [os.environ.get("CAPTCHA_MODEL", "")]
    start(models, options.host, options.port, mcp=options.mcp)
    return 0


def check_packages() -> None:
    """Raise a `DependencyError` if a package of a page is missing, and prepare the others."""
    for package in PACKAGES:
        if importlib.util.find_spec(package) is None:
            raise DependencyError.missing(package, "demo", "The page")
    # Before Gradio is imported: it sends usage statistics by default.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    # Gradio parses it at its import, where a bad one ends in a traceback even beside `--port`.
    os.environ.pop("GRADIO_SERVER_PORT", None)


def _variable(name: str, default: str) -> str:
    """Return an environment variable; an empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def _host(text: str) -> str:
    """Return an address; an empty one would be every address of the machine."""
    if not text.strip():
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an address such as 127.0.0.1, or 0.0.0.0 for all of the machine"
        )
    return text


def port(text: str) -> int:
    """Parse a port; the error message for argparse names the bounds."""
    if not (text.isdecimal() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)
