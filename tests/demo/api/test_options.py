"""A reading option that is added to `ReadingOptions` appears on every surface by itself."""

import argparse
import inspect
import json
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from captcha_model.cli import reading_options
from captcha_model.inference.option import PageField, document_options, option
from captcha_model.inference.option_texts import parse_integer
from captcha_model.inference.options import ReadingOptions
from demo.api import mcp, options, rest
from demo.serving.models import ServedModels
from demo.ui import gradio_api, page, pieces, routes


@dataclass(frozen=True)
class SixOptions(ReadingOptions):
    """The reading options and one more."""

    sixth: int = option(
        3,
        description="the sixth option",
        left_out="3",
        expected="a whole number from 1 to 9",
        is_valid=lambda value: type(value) is int and 1 <= value <= 9,
        parse=parse_integer,
        request_type=int,
        minimum=1,
        maximum=9,
        page=PageField("Sixth", "three"),
    )


@pytest.fixture
def with_sixth(monkeypatch):
    for module in (reading_options, options, rest, mcp, gradio_api, pieces, routes):
        monkeypatch.setattr(module, "ReadingOptions", SixOptions)


def test_python_shows_it():
    def predict(image, **options):
        """Read.

        Args:
            image: the image.
            **options: the fields of `ReadingOptions`.
        """

    document_options(predict, SixOptions.describe())
    assert inspect.signature(predict).parameters["sixth"].default == 3
    assert "sixth: the sixth option; a whole number from 1 to 9. Default: 3." in predict.__doc__


@pytest.mark.usefixtures("with_sixth")
def test_the_command_line_has_it(capsys):
    parser = argparse.ArgumentParser()
    reading_options.add_reading_options(parser)
    assert reading_options.reading_options(parser.parse_args([])) == SixOptions()
    given = reading_options.reading_options(parser.parse_args(["--sixth", "5"]))
    assert given == SixOptions(sixth=5)
    with pytest.raises(SystemExit):
        parser.parse_args(["--sixth", "0"])
    assert "sixth must be a whole number from 1 to 9. Received: 0" in capsys.readouterr().err


@pytest.mark.usefixtures("with_sixth")
def test_the_rest_routes_have_it(model):
    app = FastAPI()
    rest.add_api(app, ServedModels(model))
    forms = app.openapi()["components"]["schemas"]
    for form in ("Body_read", "Body_read_many"):
        field = forms[form]["properties"]["sixth"]
        assert field["description"] == "The sixth option. Default: 3."
        assert "beam_width" not in forms[form]["properties"]
    with TestClient(app) as client:
        answer = client.post("/api/read", files={"image": b"x"}, data={"sixth": "10"})
    assert (answer.status_code, answer.json()) == (
        422,
        {"code": "CONSTRAINT_INVALID", "message": "sixth must be a whole number from 1 to 9."},
    )


@pytest.mark.usefixtures("with_sixth")
def test_the_tools_have_it(model):
    headers = {"Accept": "application/json, text/event-stream"}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    with TestClient(mcp.create_tools(ServedModels(model), "127.0.0.1")) as client:
        client.base_url = "http://127.0.0.1:7860"
        tools = client.post("/mcp", json=message, headers=headers).json()["result"]["tools"]
    assert len(tools) == 2
    for tool in tools:
        schema = tool["inputSchema"]["properties"]["sixth"]
        assert schema["description"] == "The sixth option. Default: 3."
        assert '"maximum": 9' in json.dumps(schema)


@pytest.mark.usefixtures("with_sixth")
def test_the_page_has_it(model):
    for name in ("one", "many"):
        assert 'Sixth<input name="sixth"' in pieces.options_html(ServedModels(model), name)
    app = FastAPI()
    rest.add_api(app, ServedModels(model))
    routes.add_page_routes(app, ServedModels(model))
    with TestClient(app) as client:
        answer = client.post("/page/read", files={"image": b"x"}, data={"sixth": "10"})
    assert (answer.status_code, answer.json()["problem"]) == (
        200,
        "sixth must be a whole number from 1 to 9. Received: 10",
    )


@pytest.mark.usefixtures("with_sixth")
def test_gradio_s_endpoints_have_it(model):
    info = page.build_demo(ServedModels(model)).get_api_info()["named_endpoints"]
    for name in ("/read", "/read_many"):
        names = [parameter["parameter_name"] for parameter in info[name]["parameters"]]
        assert "sixth" in names
        assert names[-1] == "model"
