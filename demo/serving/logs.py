"""Logs as lines of JSON: what was asked for and what came of it, never what it was about.

No line holds a part of an image, a text that was read, the name of a file or an address. Clients
are told apart by a hash with a key that lasts as long as the process.
"""

import hashlib
import json
import logging
import os
import traceback
from datetime import UTC, datetime
from typing import Any

REQUESTS = logging.getLogger("demo.requests")
_KEY = os.urandom(16)


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON; `extra={"fields": {...}}` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            # The kind and the places. The message itself may quote what was sent.
            line["error"] = record.exc_info[0].__name__
            line["at"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False)


def configure_logs(*, requests: bool) -> None:
    """Send every log of the process to stderr as JSON, from warnings on.

    Args:
        requests: whether there is also a line for every request.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    REQUESTS.setLevel(logging.INFO if requests else logging.WARNING)


def client_hash(key: str) -> str:
    """Return eight characters that stand for a client until the server ends."""
    return hashlib.blake2s(key.encode(), key=_KEY, digest_size=4).hexdigest()
