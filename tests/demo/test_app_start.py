"""The checks of `app.py` before it loads the model, in this process."""

import socket
import sys

import pytest

import app


def start(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["app.py", *arguments])
    return app.main()


@pytest.mark.parametrize("package", ["starlette", "gradio"])
def test_a_missing_package_is_named_with_its_extra(monkeypatch, capsys, package):
    monkeypatch.setitem(sys.modules, package, None)
    assert start(monkeypatch) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"the package {package!r}" in line
    assert "python -m pip install 'captcha-model[demo]'" in line


@pytest.mark.parametrize("port", ["99999", "65536", "-1", "http"])
def test_a_port_out_of_bounds_is_an_error_of_the_command_line(monkeypatch, capsys, port):
    with pytest.raises(SystemExit) as caught:
        start(monkeypatch, f"--port={port}")
    assert caught.value.code == 2
    assert f"{port!r} is not a port from 0 to 65535" in capsys.readouterr().err


def test_a_port_in_use_is_named(monkeypatch, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert start(monkeypatch, "--host", "127.0.0.1", "--port", str(port)) == 1
    assert f"Port {port} of 127.0.0.1 is in use" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [PermissionError(13, "Permission denied"), socket.gaierror(-2, "Name or service not known")],
)
def test_another_problem_of_the_address_is_not_called_in_use(monkeypatch, capsys, error):
    def bind(*_):
        raise error

    monkeypatch.setattr(socket.socket, "bind", bind)
    assert start(monkeypatch, "--host", "example.invalid", "--port", "80") == 1
    said = capsys.readouterr().err
    assert said == f"The server cannot listen on example.invalid:80: {error.strerror}.\n"
