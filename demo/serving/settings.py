"""What the one who runs the server decides, by variables of the environment."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

from limits import RateLimitItem, parse

from captcha_model.errors import CaptchaError

LOOPBACK = ("127.0.0.1", "::1", "localhost")
RATE = "300/minute"
WAITING = 64
TOGETHER = 8
# Who may show the page in a frame: itself, and the Hub, which shows Spaces so.
FRAMED_BY = "'self' https://huggingface.co https://*.huggingface.co"

_OFF = ("off", "none", "0")
_ANCESTORS = re.compile(r"'none'|('self'|https?://[\w.*:-]+)(\s+('self'|https?://[\w.*:-]+))*")


class SettingError(CaptchaError):
    """A variable of the environment is not what it has to be."""

    codes = {"SETTING_INVALID": "An environment variable has a value that is not valid."}


@dataclass(frozen=True)
class Settings:
    """How the server treats those who ask.

    Attributes:
        login: the one user and password; None lets everybody in (`CAPTCHA_AUTH`, `user:password`).
        rate: how many requests that make work a client may send (`CAPTCHA_RATE_LIMIT`, such as
            `300/minute`, or `off`); None is no limit.
        proxies: addresses and networks whose `X-Forwarded-For` is believed
            (`CAPTCHA_TRUSTED_PROXIES`, with commas between them).
        framed_by: which pages may show this one in a frame (`CAPTCHA_FRAME_ANCESTORS`).
        waiting: how many requests may wait to be read (`CAPTCHA_QUEUE_SIZE`).
        together: how many of them are read together at most (`CAPTCHA_BATCH_SIZE`).
        log: whether a line is written for every request (`CAPTCHA_LOG`, `on` or `off`).
    """

    login: tuple[str, str] | None = None
    rate: RateLimitItem | None = None
    proxies: tuple[str, ...] = ()
    framed_by: str = FRAMED_BY
    waiting: int = WAITING
    together: int = TOGETHER
    log: bool = True

    @classmethod
    def from_environment(cls, variables: Mapping[str, str], host: str) -> "Settings":
        """Read the variables; an empty one counts as left out.

        Args:
            variables: `os.environ`.
            host: the address that the server listens on. On a loopback address there is no limit
                of the rate unless one is set: nobody else can ask, or one proxy asks for all.

        Raises:
            SettingError: a variable makes no sense. A login that is written wrong must not leave
                the door open.
        """
        given = {name: text.strip() for name, text in variables.items() if text.strip()}
        return cls(
            login=_login(given.get("CAPTCHA_AUTH")),
            rate=_rate(given.get("CAPTCHA_RATE_LIMIT", "off" if host in LOOPBACK else RATE)),
            proxies=_proxies(given.get("CAPTCHA_TRUSTED_PROXIES", "")),
            framed_by=_ancestors(given.get("CAPTCHA_FRAME_ANCESTORS", FRAMED_BY)),
            waiting=_count("CAPTCHA_QUEUE_SIZE", given, WAITING),
            together=_count("CAPTCHA_BATCH_SIZE", given, TOGETHER),
            log=_switch("CAPTCHA_LOG", given.get("CAPTCHA_LOG", "on")),
        )


def _login(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    user, colon, password = text.partition(":")
    if not (user and colon and password):
        # The text itself stays out of the message, which may end in a log.
        raise SettingError("CAPTCHA_AUTH is a user and a password with a colon between them.")
    return user, password


def _rate(text: str) -> RateLimitItem | None:
    if text.lower() in _OFF:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise SettingError(
            f"CAPTCHA_RATE_LIMIT is a number for a time, such as {RATE}, or 'off'. "
            f"Received: {text!r}"
        ) from error


def _proxies(text: str) -> tuple[str, ...]:
    names = tuple(name for part in text.split(",") if (name := part.strip()))
    for name in names:
        try:
            ipaddress.ip_network(name)
        except ValueError as error:
            # Above all '*': with it every client could choose the address that it is counted under.
            raise SettingError(
                "CAPTCHA_TRUSTED_PROXIES are addresses or networks with commas between them, such "
                f"as 10.0.0.0/8. Received: {name!r}"
            ) from error
    return names


def _ancestors(text: str) -> str:
    if not _ANCESTORS.fullmatch(text):
        raise SettingError(
            "CAPTCHA_FRAME_ANCESTORS is 'none', or 'self' and addresses such as "
            f"https://example.org with spaces between them, quotes included. Received: {text!r}"
        )
    return text


def _count(name: str, given: Mapping[str, str], default: int) -> int:
    text = given.get(name, str(default))
    if not (text.isdecimal() and 1 <= int(text) <= 100_000):
        raise SettingError(f"{name} is a number from 1 to 100000. Received: {text!r}")
    return int(text)


def _switch(name: str, text: str) -> bool:
    if text.lower() not in ("on", "off"):
        raise SettingError(f"{name} is 'on' or 'off'. Received: {text!r}")
    return text.lower() == "on"
