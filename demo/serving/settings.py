"""The server's settings, read from environment variables."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from limits import RateLimitItem, parse

from captcha_model import CaptchaError

LOOPBACK = ("127.0.0.1", "::1", "localhost")
RATE_LIMIT = "300/minute"
QUEUE_SIZE = 64
BATCH_SIZE = 8
# The page itself, and the Hub, which shows Spaces in a frame.
FRAME_ANCESTORS = "'self' https://huggingface.co https://*.huggingface.co"

# First parts of the server's own addresses, which a prefix in front of them must not repeat.
_OWN_PATHS = (
    *("api", "assets", "config", "docs", "favicon.ico", "gradio_api", "healthz", "manifest.json"),
    *("mcp", "metrics", "openapi.json", "page", "robots.txt", "static", "svelte", "theme.css"),
)
_OFF = ("off", "none", "0")
_ROOT_PATH = re.compile(r"(?:https?://[\w.:\[\]-]+)?(?:/([\w.~-]+)(?:/[\w.~-]+)*)?", flags=re.ASCII)
_ANCESTORS = re.compile(r"'none'|('self'|https?://[\w.*:-]+)(\s+('self'|https?://[\w.*:-]+))*")


class SettingError(CaptchaError):
    """An environment variable has an invalid value."""

    codes: ClassVar[Mapping[str, str]] = {
        "SETTING_INVALID": "An environment variable has a value that is not valid."
    }


@dataclass(frozen=True)
class Settings:
    """The server's settings.

    Attributes:
        auth: user and password; None serves without authentication (`CAPTCHA_AUTH`,
            `user:password`).
        rate_limit: maximum rate of POST requests of one client (`CAPTCHA_RATE_LIMIT`, such as
            `300/minute`, or `off`); None is no limit.
        trusted_proxies: addresses and networks whose `X-Forwarded-For` header is trusted
            (`CAPTCHA_TRUSTED_PROXIES`, separated by commas).
        frame_ancestors: origins that may show the page in a frame (`CAPTCHA_FRAME_ANCESTORS`).
        queue_size: maximum number of waiting requests in each queue (`CAPTCHA_QUEUE_SIZE`).
        batch_size: maximum number of waiting images that are read together
            (`CAPTCHA_BATCH_SIZE`).
        log_requests: whether every request is logged (`CAPTCHA_LOG`, `on` or `off`).
        root_path: the path or URL under which a proxy serves this server (`GRADIO_ROOT_PATH`,
            which Gradio has, too), without a slash at the end; empty if it is the root.
        mcp: whether tools for MCP clients are served (`GRADIO_MCP_SERVER`, `true` or `false`).
    """

    auth: tuple[str, str] | None = None
    rate_limit: RateLimitItem | None = None
    trusted_proxies: tuple[str, ...] = ()
    frame_ancestors: str = FRAME_ANCESTORS
    queue_size: int = QUEUE_SIZE
    batch_size: int = BATCH_SIZE
    log_requests: bool = True
    root_path: str = ""
    mcp: bool = False

    @classmethod
    def from_environment(cls, variables: Mapping[str, str], host: str) -> "Settings":
        """Read the settings from environment variables; an empty one counts as not set.

        Args:
            variables: such as `os.environ`.
            host: the address that the server listens on. On a loopback address the default is no
                rate limit: all clients are local, or one proxy sends the requests of all. Where
                that proxy is trusted, its visitors are told apart and limited as elsewhere.

        Raises:
            SettingError: a variable has an invalid value. In particular, an invalid `CAPTCHA_AUTH`
                must not start a server without authentication.
        """
        values = {name: text.strip() for name, text in variables.items() if text.strip()}
        proxies = _parse_proxies(values.get("CAPTCHA_TRUSTED_PROXIES", ""))
        default_rate = "off" if host in LOOPBACK and not proxies else RATE_LIMIT
        return cls(
            auth=_parse_auth(values.get("CAPTCHA_AUTH")),
            rate_limit=_parse_rate(values.get("CAPTCHA_RATE_LIMIT", default_rate)),
            trusted_proxies=proxies,
            frame_ancestors=_parse_ancestors(
                values.get("CAPTCHA_FRAME_ANCESTORS", FRAME_ANCESTORS)
            ),
            queue_size=_parse_count("CAPTCHA_QUEUE_SIZE", values, QUEUE_SIZE),
            batch_size=_parse_count("CAPTCHA_BATCH_SIZE", values, BATCH_SIZE),
            log_requests=_parse_switch("CAPTCHA_LOG", values.get("CAPTCHA_LOG", "on")),
            root_path=_parse_root_path(values.get("GRADIO_ROOT_PATH", "")),
            # The words of Gradio, whose variable it is.
            mcp=_parse_switch(
                "GRADIO_MCP_SERVER", values.get("GRADIO_MCP_SERVER", "false"), "true", "false"
            ),
        )


def _parse_auth(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    user, colon, password = text.partition(":")
    if not (user and colon and password):
        # Without the value: the message may end up in a log.
        raise SettingError("CAPTCHA_AUTH must be a user and a password, separated by a colon.")
    return user, password


def _parse_rate(text: str) -> RateLimitItem | None:
    if text.lower() in _OFF:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise SettingError(
            f"CAPTCHA_RATE_LIMIT must be a number per period, such as {RATE_LIMIT}, or 'off'. "
            f"Received: {text!r}"
        ) from error


def _parse_proxies(text: str) -> tuple[str, ...]:
    names = tuple(name for part in text.split(",") if (name := part.strip()))
    for name in names:
        try:
            ipaddress.ip_network(name)
        except ValueError as error:
            # '*' above all: any client could then choose the address under which it is counted.
            raise SettingError(
                "CAPTCHA_TRUSTED_PROXIES must be addresses or networks separated by commas, such "
                f"as 10.0.0.0/8. Received: {name!r}"
            ) from error
    return names


def _parse_ancestors(text: str) -> str:
    if not _ANCESTORS.fullmatch(text):
        raise SettingError(
            "CAPTCHA_FRAME_ANCESTORS must be 'none', or 'self' and origins such as "
            f"https://example.org separated by spaces, quotes included. Received: {text!r}"
        )
    return text


def _parse_count(name: str, values: Mapping[str, str], default: int) -> int:
    text = values.get(name, str(default))
    if not (text.isdecimal() and 1 <= int(text) <= 100_000):
        raise SettingError(f"{name} must be a number from 1 to 100000. Received: {text!r}")
    return int(text)


def _parse_switch(name: str, text: str, on: str = "on", off: str = "off") -> bool:
    if text.lower() not in (on, off):
        raise SettingError(f"{name} must be {on!r} or {off!r}. Received: {text!r}")
    return text.lower() == on


def _parse_root_path(text: str) -> str:
    match = _ROOT_PATH.fullmatch(text.rstrip("/"))
    if match is None or {".", ".."}.intersection(text.split("/")):
        raise SettingError(
            "GRADIO_ROOT_PATH must be a path such as /captcha, or a URL such as "
            f"https://example.org/captcha. Received: {text!r}"
        )
    if match[1] in _OWN_PATHS:
        raise SettingError(
            f"GRADIO_ROOT_PATH must not begin with /{match[1]}, which is an address of the server "
            f"itself. Received: {text!r}"
        )
    return match[0]
