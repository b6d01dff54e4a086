"""Every way to read images goes through the batcher and decodes each image once."""

import base64
import io
from collections import Counter
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from captcha_model.images import decode
from demo.middleware.temp_files import temp_folder
from demo.serving.batcher import DynamicBatcher
from demo.serving.server import Site, create_site
from tests.conftest import EXAMPLES

COUNT = 3  # Images of a request with several of them.


def jpeg() -> bytes:
    """Return an example as JPEG, which the package's decoder and Pillow open once each."""
    file = io.BytesIO()
    with Image.open(EXAMPLES / "1.png") as image:
        image.convert("RGB").save(file, "JPEG", quality=95)
    return file.getvalue()


@dataclass
class Surface:
    """A site in this process, with a client of each of its interfaces."""

    site: Site
    client: TestClient

    def post(self, path: str, **request):
        response = self.client.post(path, **request)
        assert response.status_code == 200, response.text
        return response.json()

    def call_tool(self, name: str, arguments: dict) -> dict:
        request = {"name": name, "arguments": arguments}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": request}
        headers = {"Accept": "application/json, text/event-stream"}
        result = self.post("/mcp", json=message, headers=headers)["result"]
        assert not result["isError"], result
        return result["structuredContent"]

    def upload(self, data: bytes) -> dict:
        (path,) = self.post("/gradio_api/upload", files={"files": ("a.jpg", data)})
        return {"path": path, "meta": {"_type": "gradio.FileData"}}

    def call_gradio(self, name: str, data: object) -> str:
        event = self.post(f"/gradio_api/call/{name}", json={"data": [data]})["event_id"]
        return self.client.get(f"/gradio_api/call/{name}/{event}").text


@pytest.fixture(scope="module")
def surface(model):
    with temp_folder() as temp_files:
        site = create_site(model, temp_files, mcp=True)
        with TestClient(site.app, base_url="http://127.0.0.1:7860") as client:
            yield Surface(site, client)


@pytest.fixture
def counted(monkeypatch) -> Counter[str]:
    """How often an image file is parsed, opened by Pillow, and read through the batcher."""
    counts: Counter[str] = Counter()

    def count(owner, name: str, label: str) -> None:
        original = getattr(owner, name)

        def counting(*args, **keywords):
            counts[label] += 1
            return original(*args, **keywords)

        monkeypatch.setattr(owner, name, counting)

    count(decode, "_from_bytes", "parsed")
    count(Image, "open", "opened")
    for method in ("read", "inspect", "read_many"):
        count(DynamicBatcher, method, method)
    return counts


def read_by_rest(surface, data):
    return surface.post("/api/read", files={"image": data})["text"]


def read_by_mcp(surface, data):
    return surface.call_tool("read_image", {"image": base64.b64encode(data).decode()})["text"]


def read_by_gradio(surface, data):
    return surface.call_gradio("read", surface.upload(data))


def read_by_page(surface, data):
    return surface.post("/page/read", files={"image": data})["html"]


@pytest.mark.parametrize(
    ("read", "method"),
    [
        (read_by_rest, "read"),
        (read_by_mcp, "read"),
        (read_by_gradio, "read"),
        (read_by_page, "inspect"),
    ],
)
def test_one_image_is_decoded_once(surface, counted, model, read, method):
    data = jpeg()
    text = model.predict(data).text
    counted.clear()
    assert text in read(surface, data)
    assert counted == {"parsed": 1, "opened": 1, method: 1}


def many_by_rest(surface, data):
    files = [("images", (f"{n}.jpg", data)) for n in range(COUNT)]
    return [row["text"] for row in surface.post("/api/read_many", files=files)]


def many_by_mcp(surface, data):
    images = [base64.b64encode(data).decode()] * COUNT
    return [row["text"] for row in surface.call_tool("read_images", {"images": images})["result"]]


def many_by_gradio(surface, data):
    return surface.call_gradio("read_many", [surface.upload(data) for _ in range(COUNT)])


def many_by_page(surface, data):
    files = [("images", (f"{n}.jpg", data)) for n in range(COUNT)]
    return [row["text"] for row in surface.post("/page/rows", files=files)["rows"]]


@pytest.mark.parametrize("read", [many_by_rest, many_by_mcp, many_by_gradio, many_by_page])
def test_several_images_are_decoded_once_each(surface, counted, model, read):
    data = jpeg()
    text = model.predict(data).text
    counted.clear()
    assert str(read(surface, data)).count(text) >= COUNT
    assert counted == {"parsed": COUNT, "opened": COUNT, "read_many": 1}


def test_an_unreadable_image_on_the_page_is_decoded_once_too(surface, counted):
    assert "not an image" in read_by_page(surface, b"nonsense")
    assert counted == {"parsed": 1, "inspect": 1}
