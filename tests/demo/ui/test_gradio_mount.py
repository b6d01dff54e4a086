"""What Gradio and the page keep of those who use them, in a site without a server."""

import time
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from demo.middleware.temp_files import TempFiles, temp_folder
from demo.serving import server
from demo.serving.server import create_site
from demo.ui import gradio_mount
from tests.conftest import EXAMPLES

ONE = EXAMPLES / "1.png"


@pytest.fixture
def scratch():
    with temp_folder() as scratch:
        yield scratch


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def upload(client: TestClient) -> str:
    (path,) = client.post("/gradio_api/upload", files={"files": ("a.png", ONE.read_bytes())}).json()
    return path


def call(client: TestClient, path: str) -> str:
    """Have an upload read by Gradio's API, and return all that it says."""
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}]
    event = client.post("/gradio_api/call/read", json={"data": data}).json()["event_id"]
    return client.get(f"/gradio_api/call/read/{event}").text


@pytest.mark.slow
def test_uploads_are_deleted_after_a_time(model, scratch, monkeypatch):
    monkeypatch.setattr(gradio_mount, "_CLEANUP_INTERVAL", 0.1)
    monkeypatch.setattr(
        gradio_mount, "_MAX_UPLOAD_AGE", 5
    )  # Long enough for the call on a busy machine.
    site = create_site(model, scratch)
    with TestClient(site.app) as client:
        path = upload(client)
        assert model.predict(ONE).text in call(client, path)
        wait_until(lambda: not [file for file in scratch.folder.rglob("a.png") if file.is_file()])


@pytest.mark.slow
def test_all_other_files_too_but_not_the_examples(model, scratch, monkeypatch):
    monkeypatch.setattr(server, "SWEEP_INTERVAL_SECONDS", 0.1)
    kept = scratch.folder / "gradio" / "example.png"
    kept.parent.mkdir()
    kept.touch()
    site = create_site(model, TempFiles(scratch.folder, max_age=0.2))
    with TestClient(site.app):
        table = scratch.folder / "gradio" / "tmp" / "readings.csv"
        table.parent.mkdir()
        table.touch()
        wait_until(lambda: not table.parent.exists())
        assert kept.exists()


@pytest.mark.slow
def test_nothing_is_kept_of_calls_whose_results_were_fetched(model, scratch, monkeypatch):
    monkeypatch.setattr(server, "SWEEP_INTERVAL_SECONDS", 0.1)
    site = create_site(model, scratch)
    with TestClient(site.app) as client:
        path = upload(client)
        for _ in range(5):
            assert model.predict(ONE).text in call(client, path)
        queue = site.page._blocks._queue
        wait_until(lambda: not queue.pending_event_ids_session)
        assert len(queue.event_analytics) <= 1
        assert not queue.event_ids_to_events


def test_an_upload_that_is_gone_is_an_error_without_a_path(model, scratch):
    site = create_site(model, scratch)
    with TestClient(site.app) as client:
        path = upload(client)
        for file in scratch.folder.rglob("a.png"):
            file.unlink()
        said = call(client, path)
    assert "event: error" in said
    assert str(scratch.folder) not in said
