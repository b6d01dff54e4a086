"""What `captcha-model serve` and `app.py` do: load the models, and serve the page."""

import errno
import socket
from collections.abc import Sequence

from captcha_model import CaptchaError, CaptchaModel, ModelChooser

from .models import AUTO, name_of_source
from .readings import AnyModel


def start(sources: Sequence[str], host: str, port: int, *, mcp: bool = False) -> None:
    """Serve models until Ctrl-C or SIGTERM; say where on stdout.

    Args:
        sources: the models, see `load`.
        host: the address to listen on.
        port: the port to listen on.
        mcp: whether to serve tools for MCP clients, too, even without `GRADIO_MCP_SERVER`.

    Raises:
        CaptchaError: the server cannot listen there, a model cannot be loaded, a setting in the
            environment is not valid, or a package is missing.
    """
    # Before the models are loaded, which takes time.
    check_address(host, port)
    print("Loading the model ...", flush=True)
    try:
        given = load(sources)
    except CaptchaError as error:
        raise CaptchaError(f"The model cannot be loaded: {error}") from error
    # Gradio is imported here, so that what is above fails at once.
    from ..middleware.temp_files import temp_folder

    with temp_folder() as temp_files:
        from .server import create_site, serve

        try:
            site = create_site(given, temp_files, host, port, mcp=mcp)
        except CaptchaError as error:
            raise CaptchaError(f"The page cannot be served: {error}") from error
        shown_host = "localhost" if host in ("0.0.0.0", "127.0.0.1", "::") else host
        device = next(iter(given.values())).device
        print(f"Ready on {device}. Open http://{shown_host}:{port}", flush=True)
        if site.has_tools:
            print(f"For MCP clients: http://{shown_host}:{port}/mcp", flush=True)
        serve(site, host, port)


def load(sources: Sequence[str]) -> dict[str, AnyModel]:
    """Load the models that are offered beside the bundled ones, and warm them up.

    Args:
        sources: what `--model` names; an empty text is the choice among the bundled models.

    Returns:
        The models by the names under which they are offered, in their order.

    Raises:
        CaptchaError: a model cannot be loaded, two of them have the same name, or one has that of
            the choice.
    """
    models: dict[str, AnyModel] = {}
    for source in dict.fromkeys(sources):
        chooses = not source or source == AUTO
        name = AUTO if chooses else name_of_source(source)
        if name == AUTO and not chooses:
            raise CaptchaError(
                f"{source!r} would have the name {AUTO!r}, by which requests ask for the bundled "
                "model that suits an image. Rename it."
            )
        if name in models:
            raise CaptchaError(
                f"Two models have the name {name!r}, by which requests name them. Rename a folder."
            )
        models[name] = ModelChooser() if chooses else CaptchaModel.from_pretrained(source)
        models[name].warm_up()
    return models


def check_address(host: str, port: int) -> None:
    """Raise a `CaptchaError` if the server cannot listen on an address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CaptchaError(
                    f"Port {port} of {host} is in use. Choose another with --port."
                ) from error
            raise CaptchaError(
                f"The server cannot listen on {host}:{port}: {error.strerror or error}."
            ) from error
