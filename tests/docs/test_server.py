"""The examples that need a running server."""

import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.demo.conftest import running_app
from tests.docs.pages import blocks

pytestmark = pytest.mark.slow


@pytest.mark.server
def test_the_gradio_client(monkeypatch, capsys, model):
    monkeypatch.chdir(ROOT)
    (block,) = blocks("docs/rest-and-mcp.md", "python", "Gradio client")
    assert "http://localhost:7860" in block.text
    with running_app() as address:
        exec(block.text.replace("http://localhost:7860", address), {})
    expected = model.predict(EXAMPLES / "1.png")
    assert capsys.readouterr().out.splitlines()[-1] == f"{expected.text} {expected.accepted}"
