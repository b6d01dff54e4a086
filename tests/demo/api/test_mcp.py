"""The tools of `app.py --mcp`, used by a real MCP client."""

import asyncio
import base64
import json
import subprocess
import sys

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult

from demo.middleware.body_limit import MAX_BODY_BYTES
from tests.conftest import EXAMPLES, ROOT
from tests.demo.conftest import free_port, running_app

ONE, TWO = EXAMPLES / "1.png", EXAMPLES / "2.png"
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def endpoint():
    with running_app("--mcp") as url:
        yield f"{url}/mcp"


def ask(endpoint, request):
    """Open a session, make one request of the client in it, and return the answer."""

    async def session():
        async with (
            streamable_http_client(endpoint) as (incoming, outgoing, _),
            ClientSession(incoming, outgoing) as client,
        ):
            await client.initialize()
            return await request(client)

    return asyncio.run(session())


def call(endpoint, tool: str, arguments: dict) -> CallToolResult:
    return ask(endpoint, lambda client: client.call_tool(tool, arguments))


def base64_of(path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


@pytest.mark.slow
def test_the_tools_are_listed_with_what_they_take_and_give(endpoint):
    tools = {tool.name: tool for tool in ask(endpoint, lambda client: client.list_tools()).tools}
    assert set(tools) == {"read_image", "read_images"}
    for tool in tools.values():
        assert tool.description
        assert tool.annotations.readOnlyHint
    image = tools["read_image"].inputSchema["properties"]["image"]
    assert image["type"] == "string"
    assert "base64" in image["description"]
    assert tools["read_image"].outputSchema["required"] == [
        *("text", "value", "confidence", "accepted", "rejection_reason"),
        *("constraint_probability", "characters", "runner_up", "length_variant"),
        *("warnings", "model"),
    ]
    assert tools["read_images"].inputSchema["properties"]["images"]["type"] == "array"
    for name, needed in (("read_image", "image"), ("read_images", "images")):
        schema = tools[name].inputSchema
        assert schema["required"] == [needed]
        for said in (
            *("charset", "length", "pattern"),
            *("min_confidence", "min_constraint_probability"),
        ):
            assert schema["properties"][said]["description"]
        assert schema["additionalProperties"] is False
        kinds = [kind["type"] for kind in schema["properties"]["length"]["anyOf"]]
        assert kinds == ["string", "integer", "null"]


@pytest.mark.parametrize("head", ["", "data:image/png;base64,"])
def test_an_image_is_read(endpoint, model, head):
    """The client itself checks the answer against the tool's schema."""
    answer = call(endpoint, "read_image", {"image": head + base64_of(ONE)})
    assert not answer.isError
    assert answer.structuredContent == model.predict(ONE).to_dict()
    assert json.loads(answer.content[0].text) == answer.structuredContent


@pytest.mark.parametrize("said", [{}, {"frames": "first"}])
def test_several_images_are_read_and_errors_stay_in_their_places(endpoint, model, said):
    no_image = base64.b64encode(b"no image").decode()
    images = [base64_of(ONE), no_image, "zz", "z!", base64_of(TWO)]
    answer = call(endpoint, "read_images", {"images": images, **said})
    first, *failed, last = answer.structuredContent["result"]
    assert first == model.predict(ONE).to_dict()
    codes = [each["error"]["code"] for each in failed]
    assert codes == ["IMAGE_FORMAT", "IMAGE_FORMAT", "IMAGE_BASE64"]
    assert last == model.predict(TWO).to_dict()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "how"),
    [
        ({"length": "4"}, {"length": 4}),
        ({"pattern": r"\d{4}", "min_confidence": 1}, {"pattern": r"\d{4}", "min_confidence": 1.0}),
        ({"charset": "258", "length": ""}, {"charset": "258"}),
        ({"length": 4}, {"length": 4}),
        ({"frames": "last"}, {"frames": "last"}),
        ({"frames": 0}, {"frames": 0}),
        ({"frames": "darkest", "arithmetic": True}, {"frames": "darkest", "arithmetic": True}),
        (
            {"pattern": r"\dx\d{3}", "arithmetic": True},
            {"pattern": r"\dx\d{3}", "arithmetic": True},
        ),
        ({"charset": "2580"}, {"charset": "2580"}),
        (
            {"length": "4", "min_constraint_probability": 0},
            {"length": 4, "min_constraint_probability": 0},
        ),
    ],
)
def test_what_is_said_of_the_texts_counts(endpoint, model, said, how):
    expected = model.predict(ONE, **how).to_dict()
    one = call(endpoint, "read_image", {"image": base64_of(ONE), **said})
    assert one.structuredContent == expected
    many = call(endpoint, "read_images", {"images": [base64_of(ONE)], **said})
    assert many.structuredContent["result"] == [expected]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"length": "long"}, "not a length such as"),
        ({"pattern": "a{"}, "cannot be understood"),
        ({"charset": "ß"}, "No text is left"),
        ({"charset": "ß", "length": "4"}, "No text is left"),
        ({"min_confidence": 2}, "less than or equal to 1"),
        ({"length": True}, "valid"),
        ({"lenght": 4}, "has no argument 'lenght'. Known: image"),
        ({"frames": "x"}, "'x' is not one of first, last, darkest, lightest or a number"),
    ],
)
@pytest.mark.parametrize("tool", ["read_image", "read_images"])
def test_what_no_text_can_be_is_an_error_with_a_sentence(endpoint, tool, said, why):
    image = base64_of(ONE)
    images = {"image": image} if tool == "read_image" else {"images": [image]}
    answer = call(endpoint, tool, {**images, **said})
    assert answer.isError
    assert why in answer.content[0].text


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("", "The image is empty"),
        (base64.b64encode(b"no image").decode(), "not an image that can be read"),
        ("http://127.0.0.1:9/x.png", "not base64"),
        ("/etc/passwd", "not an image"),  # It happens to be base64, of eight bytes.
        ("/etc/hosts.deny", "not base64"),
        ("data:image/png,abc", "must hold base64"),
        (None, "valid"),
        (5, "valid"),
    ],
)
def test_what_is_no_image_is_an_error_with_a_sentence(endpoint, image, said):
    answer = call(endpoint, "read_image", {"image": image})
    assert answer.isError
    assert said in answer.content[0].text
    assert "root:" not in answer.content[0].text


def test_too_many_images_are_refused(endpoint):
    answer = call(endpoint, "read_images", {"images": [""] * 501})
    assert answer.isError
    assert "at most 500" in answer.content[0].text


def test_another_name_for_this_machine_is_refused(endpoint):
    """A web page elsewhere could give its own name this machine's address."""
    answer = httpx.post(endpoint, headers={**JSON, "Host": "elsewhere.example"}, content=b"{}")
    assert answer.status_code == 421


def test_a_request_has_a_limit(endpoint):
    answer = httpx.post(endpoint, headers=JSON, content=b" " * (MAX_BODY_BYTES + 1))
    assert answer.status_code == 413


def test_without_the_option_there_are_no_tools(address):
    assert httpx.post(f"{address}/mcp", headers=JSON, content=b"{}").status_code in (404, 405)


@pytest.mark.slow
@pytest.mark.server
def test_a_variable_does_what_the_option_does():
    with running_app(GRADIO_MCP_SERVER="True") as url:
        listed = ask(f"{url}/mcp", lambda client: client.list_tools())
    assert len(listed.tools) == 2


@pytest.mark.slow
def test_without_the_extra_the_option_is_an_error():
    """The package is hidden from the process, as if it were not installed."""
    script = (
        "import runpy, sys; sys.modules['mcp'] = None; "
        f"sys.argv = ['app.py', '--mcp', '--port', '{free_port()}']; "
        "runpy.run_path('app.py', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "captcha-model[mcp]" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Open http" not in done.stdout
