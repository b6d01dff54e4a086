"""Logs as JSON lines.

No line holds any part of an image, a text that was read, a file name or an address. A client is
identified by a keyed hash; the key lasts as long as the process.
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
    """Formats a log record as one line of JSON; `extra={"fields": {...}}` adds fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            # The class and the stack, not the message, which may quote the request.
            line["error"] = record.exc_info[0].__name__
            line["stack"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False)


def configure_logs(*, log_requests: bool) -> None:
    """Send all logs of the process, from level warning, to stderr as JSON lines.

    Args:
        log_requests: whether every request gets a line, too.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    REQUESTS.setLevel(logging.INFO if log_requests else logging.WARNING)


def client_hash(key: str) -> str:
    """Return eight hexadecimal digits that identify a client until the process ends."""
    return hashlib.blake2s(key.encode(), key=_KEY, digest_size=4).hexdigest()
