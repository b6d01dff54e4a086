"""The browser demo: run `python app.py`, then open the address that it prints."""

import argparse
import errno
import importlib.util
import os
import socket
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.serving.readings import AnyModel

# Of the extra `demo`: the page and the servers below it.
PACKAGES = ("gradio", "fastapi", "starlette", "uvicorn", "limits", "prometheus_client")


def main() -> int:
    """Load the model, then serve the page; return the exit code."""
    parser = argparse.ArgumentParser(
        description="Serve the browser demo, which reads captchas and other short codes."
    )
    parser.add_argument(
        "--host",
        default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),
        help="address to listen on (default: GRADIO_SERVER_NAME, else %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("GRADIO_SERVER_PORT", "7860"),
        help="port to listen on (default: GRADIO_SERVER_PORT, else %(default)s)",
    )
    parser.add_argument(
        "--model",
        dest="models",
        action="append",
        metavar="NAME|FOLDER|REPO_ID[@REVISION]",
        help="bundled model, saved model folder or Hub repository; repeat it to offer several, of "
        "which the first reads unless a request names another one (default: CAPTCHA_MODEL, else "
        "the bundled model that suits each image)",
    )
    parser.add_argument(
        "--mcp",
        action="store_true",
        default=os.environ.get("GRADIO_MCP_SERVER", "").lower() == "true",
        help="serve tools for MCP clients at /mcp (default: GRADIO_MCP_SERVER=true)",
    )
    options = parser.parse_args()

    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        print(
            f"The page needs the package {missing[0]!r}, which is not installed. Install it with "
            "python -m pip install 'captcha-model[demo]'",
            file=sys.stderr,
        )
        return 1
    # Before Gradio is imported: it sends usage statistics by default.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    # Imports that load NumPy and Gradio are inside, so that --help and the first message are fast.
    from captcha_model import CaptchaError

    # Fail before the model is loaded.
    problem = _listening_problem(options.host, options.port)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    print("Loading the model ...", flush=True)
    try:
        given = load(options.models or [os.environ.get("CAPTCHA_MODEL", "")])
    except CaptchaError as error:
        print(f"The model cannot be loaded: {error}", file=sys.stderr)
        return 1
    from demo.middleware.temp_files import temp_folder

    with temp_folder() as temp_files:
        try:
            from demo.serving.server import create_site, serve

            site = create_site(given, temp_files, options.host, options.port, mcp=options.mcp)
        except CaptchaError as error:
            print(f"The page cannot be served: {error}", file=sys.stderr)
            return 1

        shown_host = "localhost" if options.host in ("0.0.0.0", "127.0.0.1", "::") else options.host
        device = next(iter(given.values())).device
        print(f"Ready on {device}. Open http://{shown_host}:{options.port}", flush=True)
        if options.mcp:
            print(f"For MCP clients: http://{shown_host}:{options.port}/mcp", flush=True)
        serve(site, options.host, options.port)
    return 0


def load(sources: "list[str]") -> "dict[str, AnyModel]":
    """Load the models that are offered beside the bundled ones, and warm them up.

    Args:
        sources: what `--model` names; an empty text is the choice among the bundled models.

    Returns:
        The models by the names under which they are offered, in their order.

    Raises:
        CaptchaError: a model cannot be loaded, or two of them have the same name.
    """
    from captcha_model import CaptchaError, CaptchaModel, ModelChooser
    from demo.serving.models import AUTO, name_of_source

    models: dict[str, AnyModel] = {}
    for source in dict.fromkeys(sources):
        name = name_of_source(source) if source and source != AUTO else AUTO
        if name in models:
            raise CaptchaError(
                f"Two models have the name {name!r}, by which requests name them. Rename a folder."
            )
        models[name] = ModelChooser() if name == AUTO else CaptchaModel.from_pretrained(source)
        models[name].warm_up()
    return models


def _port(text: str) -> int:
    """Parse a port; the error message for argparse names the bounds."""
    if not (text.isdecimal() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def _listening_problem(host: str, port: int) -> str:
    """Return why the server cannot listen on an address; an empty text if it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"Port {port} of {host} is in use. Choose another with --port."
            return f"The server cannot listen on {host}:{port}: {error.strerror or error}."
    return ""


if __name__ == "__main__":
    sys.exit(main())
