"""Images of the web, for those who ask for them: `predict` itself opens no address."""

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from captcha_model.errors import ImageError
from captcha_model.images.size_limits import MAX_IMAGE_BYTES

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

SCHEMES = ("http", "https")
_PIECE = 2**16  # Bytes that are read at once.
_SHOWN_CHARACTERS = 200  # Of an address in a message.


def is_address(text: str) -> bool:
    """Return whether a text begins like an address of the web."""
    return text.lower().startswith(tuple(f"{scheme}://" for scheme in SCHEMES))


def from_url(address: str, *, timeout: float = 10.0) -> bytes:
    """Download an image file, for `predict` or `decode_image`.

    Whoever may choose the address can make this machine open any that it can reach, those of its
    own network too: do not pass on addresses that others send.

    Args:
        address: begins with "http://" or "https://".
        timeout: the most seconds for all of it, above 0.

    Returns:
        The bytes of the file; `predict` checks what they are.

    Raises:
        ImageError: it is no such address, nothing answers in time, the answer is an error, or the
            file is over 32 MiB.

    Example:
        >>> model.predict(captcha_model.from_url("https://example.org/captcha.png"))
    """
    shown = address[:_SHOWN_CHARACTERS]
    if not is_address(address) or not urlsplit(address).hostname:
        raise _unreadable(shown, "it is no address that begins with http:// or https://")
    # Here, because reading files needs none of it.
    from http.client import HTTPException
    from urllib.error import HTTPError

    end = time.monotonic() + timeout
    data = b""
    try:
        with _opener().open(address, timeout=timeout) as answer:
            while piece := answer.read1(_PIECE):
                data += piece
                if len(data) > MAX_IMAGE_BYTES:
                    raise ImageError(
                        f"{shown} is over {MAX_IMAGE_BYTES >> 20} MiB.", code="IMAGE_TOO_LARGE"
                    )
                if time.monotonic() > end:
                    raise TimeoutError
    except TimeoutError as error:
        raise _unreadable(shown, f"it took over {timeout:g} seconds") from error
    except HTTPError as error:
        error.close()  # It is the answer too.
        raise _unreadable(shown, f"the answer is {error.code} {error.reason}") from error
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise _unreadable(shown, str(reason) or type(error).__name__) from error
    return data


def _opener() -> "OpenerDirector":
    """Return what opens these addresses and nothing else.

    A redirection must not lead to a file of this machine or to another protocol.
    """
    from urllib import request

    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
        request.HTTPRedirectHandler,
    ):
        opener.add_handler(handler())
    return opener


def _unreadable(address: str, reason: str) -> ImageError:
    return ImageError(f"{address} cannot be read: {reason}.", code="IMAGE_NOT_FOUND")
