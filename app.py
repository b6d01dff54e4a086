"""The browser demo: `python app.py`, then open the address that it prints."""

import argparse
import os
import socket
import sys


def main() -> int:
    """Load the model, then listen."""
    parser = argparse.ArgumentParser(description="Serve the page that reads captchas.")
    parser.add_argument(
        "--host",
        default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),
        help="the address to listen on (default: GRADIO_SERVER_NAME, else %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("GRADIO_SERVER_PORT", "7860"),
        help="the port to listen on (default: GRADIO_SERVER_PORT, else %(default)s)",
    )
    parser.add_argument(
        "--model",
        metavar="FOLDER|REPO_ID[@REVISION]",
        default=os.environ.get("CAPTCHA_MODEL") or None,
        help="a saved model or a Hub repository (default: CAPTCHA_MODEL, else the bundled model)",
    )
    parser.add_argument(
        "--mcp",
        action="store_true",
        default=os.environ.get("GRADIO_MCP_SERVER", "").lower() == "true",
        help="let MCP clients use the reading functions as tools, at /mcp; "
        "GRADIO_MCP_SERVER=true does the same",
    )
    options = parser.parse_args()

    # Before Gradio is imported: it would report its use to its makers.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from captcha_model.errors import CaptchaError

    # A clear word now is better than a model loaded in vain.
    if not _is_free(options.host, options.port):
        print(
            f"Port {options.port} of {options.host} is in use. Choose another with --port.",
            file=sys.stderr,
        )
        return 1
    print("Loading the model ...", flush=True)
    try:
        from captcha_model.model import CaptchaModel

        model = CaptchaModel.from_pretrained(options.model)
        model.warm_up()
    except CaptchaError as error:
        print(f"The model cannot be loaded: {error}", file=sys.stderr)
        return 1
    from demo.middleware.temp_files import scratch_folder

    with scratch_folder() as scratch:
        try:
            from demo.serving.server import create_site, serve

            site = create_site(model, scratch, options.host, options.port, mcp=options.mcp)
        except CaptchaError as error:
            print(f"The page cannot be served: {error}", file=sys.stderr)
            return 1

        shown = "localhost" if options.host in ("0.0.0.0", "127.0.0.1", "::") else options.host
        print(f"Ready on {model.device}. Open http://{shown}:{options.port}", flush=True)
        if options.mcp:
            print(f"For MCP clients: http://{shown}:{options.port}/mcp", flush=True)
        serve(site, options.host, options.port)
    return 0


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
