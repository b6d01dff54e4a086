"""`captcha-model serve`: its options, and its checks before it loads anything."""

import os
import socket
import sys

import pytest

from captcha_model.cli import build_parser, main
from captcha_model.cli.serve import check_packages


@pytest.mark.parametrize("package", ["starlette", "gradio"])
def test_a_missing_package_is_named_with_its_extra(monkeypatch, capsys, package):
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["serve"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"The page needs the package {package!r}" in line
    assert "python -m pip install 'captcha-model[demo]'" in line


@pytest.mark.parametrize("port", ["99999", "65536", "-1", "http"])
def test_a_port_out_of_bounds_is_an_error_of_the_command_line(capsys, port):
    with pytest.raises(SystemExit) as caught:
        main(["serve", f"--port={port}"])
    assert caught.value.code == 2
    assert f"{port!r} is not a port from 0 to 65535" in capsys.readouterr().err


def test_a_port_of_the_environment_is_checked_too(monkeypatch, capsys):
    monkeypatch.setenv("GRADIO_SERVER_PORT", "http")
    with pytest.raises(SystemExit):
        main(["serve"])
    assert "'http' is not a port" in capsys.readouterr().err
    # Other commands do not care.
    assert main(["models"]) == 0


def test_the_environment_gives_the_defaults(monkeypatch):
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
    monkeypatch.setenv("GRADIO_SERVER_PORT", "8080")
    options = build_parser().parse_args(["serve", "--model", "a", "--model", "b"])
    assert (options.host, options.port) == ("0.0.0.0", 8080)
    assert options.models == ["a", "b"]


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_variable_counts_as_not_set(monkeypatch, empty):
    monkeypatch.setenv("GRADIO_SERVER_NAME", empty)
    monkeypatch.setenv("GRADIO_SERVER_PORT", empty)
    options = build_parser().parse_args(["serve"])
    assert (options.host, options.port) == ("127.0.0.1", 7860)


def test_an_empty_host_is_an_error_of_the_command_line(capsys):
    with pytest.raises(SystemExit) as caught:
        build_parser().parse_args(["serve", "--host", ""])
    assert caught.value.code == 2
    assert "argument --host: '' is not an address such as 127.0.0.1" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["http", ""])
def test_gradio_does_not_see_the_port_of_the_environment(monkeypatch, port):
    monkeypatch.setenv("GRADIO_SERVER_PORT", port)
    check_packages()
    assert "GRADIO_SERVER_PORT" not in os.environ


def test_a_port_in_use_is_named(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--host", "127.0.0.1", "--port", str(port)]) == 1
    assert f"error: Port {port} of 127.0.0.1 is in use" in capsys.readouterr().err
