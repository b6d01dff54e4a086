"""The notebook, run from the first cell to the last in a kernel of its own."""

import re

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

NOTEBOOK = ROOT / "demo" / "walkthrough.ipynb"
WITH_IMAGE = {"read", "look", "errors", "confusion"}


@pytest.fixture(scope="module")
def cells(tmp_path_factory) -> dict[str, nbformat.NotebookNode]:
    """The executed code cells by their ids; a cell that raises fails the tests here."""
    folder = tmp_path_factory.mktemp("walkthrough")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    (training,) = [cell for cell in notebook.cells if cell.id == "train"]
    assert 'out=folder / "run")' in training.source
    # A whole training takes minutes on an older processor; the cells are the same.
    training.source = training.source.replace('/ "run")', '/ "run", epochs=2)')
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources).execute()
    assert not list(folder.iterdir())  # It writes no files where it runs.
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def printed(cell: nbformat.NotebookNode) -> str:
    return "".join(output.text for output in cell.outputs if output.get("name") == "stdout")


def test_every_cell_runs_and_images_are_shown(cells):
    shown = {
        name
        for name, cell in cells.items()
        if any("image/png" in output.get("data", {}) for output in cell.outputs)
    }
    assert shown == WITH_IMAGE


def test_the_bundled_model_and_the_trained_one_read(cells):
    lines = printed(cells["reading"]).splitlines()
    text = lines[0].split(",")[0]
    assert [line[0] for line in lines[3:]] == list(text)
    (accuracy,) = re.findall(r"word accuracy +([\d.]+)%", printed(cells["report"]))
    assert float(accuracy) > 50


def test_the_committed_notebook_is_clean():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert not cell.metadata
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
