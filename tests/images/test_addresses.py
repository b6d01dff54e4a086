import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import captcha_model
from captcha_model.errors import ImageError
from captcha_model.images import addresses
from captcha_model.images.addresses import from_url, is_address

FILE = bytes(range(256)) * 300


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        match self.path:
            case "/file.png":
                self._send(200, FILE)
            case "/moved":
                self._send(302, b"", Location="/file.png")
            case "/to-file":
                self._send(302, b"", Location="file:///etc/hostname")
            case "/slow":
                self.send_response(200)
                self.end_headers()
                for _ in range(100):
                    self.wfile.write(b"x")
                    time.sleep(0.05)
            case _:
                self._send(404, b"")

    def _send(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="module")
def host():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def refused(address: str, **options) -> tuple[str, str]:
    with pytest.raises(ImageError) as caught:
        from_url(address, **options)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize("path", ["/file.png", "/moved"])
def test_a_file_is_downloaded(host, path):
    assert from_url(host + path) == FILE
    assert captcha_model.from_url is from_url


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "ftp://127.0.0.1/a.png",
        "captcha.png",
        "",
        "http://",
        "//127.0.0.1/a",
    ],
)
def test_only_addresses_of_the_web_are_opened(address):
    code, message = refused(address)
    assert code == "IMAGE_NOT_FOUND"
    assert "no address that begins with http:// or https://" in message


def test_a_redirection_leads_to_no_file(host):
    code, message = refused(f"{host}/to-file")
    assert code == "IMAGE_NOT_FOUND"
    assert "file:" in message


def test_what_goes_wrong_is_said(host, monkeypatch):
    assert refused(f"{host}/none") == (
        "IMAGE_NOT_FOUND",
        f"{host}/none cannot be read: the answer is 404 Not Found.",
    )
    assert "refused" in refused("http://127.0.0.1:9/a.png")[1]
    start = time.monotonic()
    assert "it took over 0.3 seconds" in refused(f"{host}/slow", timeout=0.3)[1]
    assert time.monotonic() - start < 4
    monkeypatch.setattr(addresses, "MAX_IMAGE_BYTES", 1000)
    assert refused(f"{host}/file.png")[0] == "IMAGE_TOO_LARGE"


def test_addresses_are_told_from_paths():
    assert is_address("HTTPS://example.org/a.png")
    assert not is_address("http:/a.png")
    assert not is_address("folder/http.png")
