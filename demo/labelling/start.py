"""What `captcha-model label` does: open the folder, and serve its page."""

from contextlib import AbstractContextManager

from captcha_model import LabelSession

from ..serving.start import check_address
from .site import HOST


def start(session: AbstractContextManager[LabelSession], port: int) -> None:
    """Serve the page of a folder until Ctrl-C or SIGTERM; say where on stdout.

    Args:
        session: opens the folder.
        port: the port to listen on.

    Raises:
        CaptchaError: the server cannot listen there, or the folder cannot be opened.
        OSError: the folder cannot be written to.
    """
    check_address(HOST, port)
    with session as opened:
        from ..serving.server import serve
        from .site import create_label_site

        site = create_label_site(opened, port)
        print(f"Ready. Open http://{HOST}:{port}", flush=True)
        serve(site, HOST, port)
        print(opened.summary())
