"""A small reverse proxy that serves another server below a path, as nginx or Traefik would."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

# Of one connection, not of the message.
_HOP = (b"connection", b"transfer-encoding", b"keep-alive")


class ReverseProxy:
    """ASGI application that passes every request below a prefix on.

    Args:
        target: the address of the other server.
        prefix: the path below which it is served.
        strips: whether the prefix is removed, and the Host header is replaced by X-Forwarded-Host.
    """

    def __init__(self, target: str, prefix: str, *, strips: bool) -> None:
        self.target, self.prefix, self.strips = target, prefix, strips
        self.client: httpx.AsyncClient | None = None

    async def __call__(self, scope, receive, send) -> None:
        """Pass a request on; others get 404."""
        if scope["type"] != "http":
            return
        path = scope["raw_path"].decode()
        if not path.startswith(self.prefix):
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b"not below the prefix"})
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = [(name, value) for name, value in scope["headers"] if name not in _HOP]
        if self.strips:
            host = dict(headers)[b"host"]
            path = path.removeprefix(self.prefix)
            headers = [(name, value) for name, value in headers if name != b"host"]
            headers.append((b"x-forwarded-host", host))
        if scope["query_string"]:
            path += "?" + scope["query_string"].decode()
        if self.client is None:
            self.client = httpx.AsyncClient(timeout=60)
        request = (scope["method"], self.target + path)
        async with self.client.stream(*request, headers=headers, content=body) as response:
            kept = [pair for pair in response.headers.raw if pair[0].lower() not in _HOP]
            await send(
                {"type": "http.response.start", "status": response.status_code, "headers": kept}
            )
            async for part in response.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body"})


@contextmanager
def reverse_proxy(target: str, prefix: str, *, strips: bool) -> Iterator[str]:
    """Run a proxy in a thread, and yield the address below which it serves the other server."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        proxy = ReverseProxy(target, prefix, strips=strips)
        config = uvicorn.Config(
            proxy, lifespan="off", log_level="error", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{port}{prefix}"
        finally:
            server.should_exit = True
            thread.join()
