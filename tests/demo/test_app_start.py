"""`app.py` is `captcha-model serve`, and says what is missing where nothing is installed."""

import sys

import app
from captcha_model import cli


def test_it_is_the_command_with_its_options(monkeypatch):
    given = []
    monkeypatch.setattr(cli, "main", lambda arguments: given.append(arguments) or 7)
    monkeypatch.setattr(sys, "argv", ["app.py", "--port", "80"])
    assert app.main() == 7
    assert given == [["serve", "--port", "80"]]


def test_without_the_packages_of_the_reader_it_names_one(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "captcha_model.cli", None)
    assert app.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("The page needs the package 'captcha_model.cli', which is not installed")
    assert line.endswith("python -m pip install -r requirements.txt")
