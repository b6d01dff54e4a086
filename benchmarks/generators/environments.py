"""Installs generators, each into a folder of its own, and runs their scripts there."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.environments import install, outside_checkout, python_of
from benchmarks.generators.generator import Generator, Setting

SCRIPTS = Path(__file__).parent / "scripts"
INSTALLED = "installed.json"
TOOLS = {"pypi": (), "npm": ("npm", "node"), "debian": ("apt-get", "dpkg-deb")}
_LIBRARIES = "usr/lib/x86_64-linux-gnu"


class UnavailableError(RuntimeError):
    """A generator cannot be installed here; the message says why."""


def prepare(generator: Generator, folder: Path) -> Path:
    """Install a generator, unless the folder has it.

    Args:
        generator: what to install.
        folder: of all generators.

    Returns:
        The generator's folder.

    Raises:
        UnavailableError: a tool is missing, or the registry does not have it.
    """
    own = folder / folder_name(generator)
    wanted = list(generator.requirements)
    marker = own / INSTALLED
    if marker.exists() and json.loads(marker.read_text()) == wanted:
        return own
    missing = [tool for tool in TOOLS[generator.registry] if not shutil.which(tool)]
    if missing:
        raise UnavailableError(f"{' and '.join(missing)} not found")
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
    try:
        _INSTALLERS[generator.registry](wanted, own)
    except subprocess.CalledProcessError as error:
        said = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        reason = said[-1] if said else str(error)
        raise UnavailableError(f"{generator.registry} does not install it: {reason}") from error
    marker.write_text(json.dumps(wanted))
    return own


def folder_name(generator: Generator) -> str:
    """Return the name of a generator as that of a folder."""
    return generator.name.replace("/", "-").replace("::", "-")


def draw(
    generator: Generator, setting: Setting, own: Path, out: Path, count: int, seed: int
) -> None:
    """Draw images with their table into an empty folder.

    Raises:
        RuntimeError: the script fails.
    """
    out.mkdir(parents=True)
    options = outside_checkout()
    script = SCRIPTS / generator.script
    if generator.registry == "pypi":
        program = [str(python_of(own))]
    elif generator.registry == "npm":
        program = ["node"]
        options["env"] |= {"NODE_PATH": str(own / "node_modules")}
    else:
        program = _perl(own) if script.suffix == ".pl" else _php(own)
        options["env"] |= {"LD_LIBRARY_PATH": str(own / _LIBRARIES), "UNPACKED": str(own)}
    arguments = [str(out), str(count), str(seed), json.dumps(dict(setting.options))]
    done = subprocess.run(
        [*program, str(script), *arguments], capture_output=True, text=True, **options
    )
    if done.returncode:
        raise RuntimeError(f"{script.name} failed: {(done.stderr or done.stdout).strip()}")


def _from_pypi(requirements: Sequence[str], folder: Path) -> None:
    install(list(requirements), folder)


def _from_npm(requirements: Sequence[str], folder: Path) -> None:
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
    _run([*command, *requirements])


def _from_debian(requirements: Sequence[str], folder: Path) -> None:
    """Unpack packages and those that they need and this system lacks; nothing is installed."""
    simulated = _run(
        ["apt-get", "-s", "--no-install-recommends", "install", *requirements]
    ).stdout.decode()
    needed = {line.split()[1] for line in simulated.splitlines() if line.startswith("Inst ")}
    _run(["apt-get", "download", *sorted(needed | set(requirements))], cwd=folder)
    for archive in folder.glob("*.deb"):
        _run(["dpkg-deb", "-x", str(archive), str(folder)])
        archive.unlink()


def _php(own: Path) -> list[str]:
    """Return the command of the unpacked PHP with the extensions that drawing needs."""
    (folder,) = own.glob("usr/lib/php/2*")
    settings = [f"extension={folder / name}.so" for name in ("gd", "mbstring", "fileinfo")]
    settings.append(f"include_path=.:{own / 'usr/share/php'}")
    options = [word for setting in settings for word in ("-d", setting)]
    return [str(own / "usr/bin/php8.2"), "-n", *options]


def _perl(own: Path) -> list[str]:
    """Return the command of the system's Perl with the unpacked modules."""
    folders = [own / "usr/share/perl5", *own.glob(f"{_LIBRARIES}/perl5/*")]
    return ["perl", *(f"-I{folder}" for folder in folders)]


def _run(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(command, check=True, capture_output=True, env=environment, **options)


_INSTALLERS = {"pypi": _from_pypi, "npm": _from_npm, "debian": _from_debian}
