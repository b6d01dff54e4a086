"""The browser demo: run `python app.py`, then open the address that it prints."""

import argparse
import errno
import importlib.util
import os
import socket
import sys

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
        metavar="NAME|FOLDER|REPO_ID[@REVISION]",
        default=os.environ.get("CAPTCHA_MODEL") or None,
        help="bundled model, saved model folder or Hub repository, which then reads all images "
        "(default: CAPTCHA_MODEL, else the bundled model that suits each image)",
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
        from captcha_model import CaptchaModel, ModelChooser

        model = CaptchaModel.from_pretrained(options.model) if options.model else ModelChooser()
        model.warm_up()
    except CaptchaError as error:
        print(f"The model cannot be loaded: {error}", file=sys.stderr)
        return 1
    from demo.middleware.temp_files import temp_folder

    with temp_folder() as temp_files:
        try:
            from demo.serving.server import create_site, serve

            site = create_site(model, temp_files, options.host, options.port, mcp=options.mcp)
        except CaptchaError as error:
            print(f"The page cannot be served: {error}", file=sys.stderr)
            return 1

        shown_host = "localhost" if options.host in ("0.0.0.0", "127.0.0.1", "::") else options.host
        print(f"Ready on {model.device}. Open http://{shown_host}:{options.port}", flush=True)
        if options.mcp:
            print(f"For MCP clients: http://{shown_host}:{options.port}/mcp", flush=True)
        serve(site, options.host, options.port)
    return 0


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
