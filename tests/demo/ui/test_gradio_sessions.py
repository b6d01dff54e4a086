"""Gradio keeps nothing of finished calls, whether they succeeded or failed."""

import base64
import gc
import json
import time

import pytest
from fastapi.testclient import TestClient

from demo.middleware.temp_files import temp_folder
from demo.serving import server
from demo.serving.server import Site, create_site
from demo.ui import gradio_sessions
from tests.conftest import EXAMPLES

ONE = (EXAMPLES / "1.png").read_bytes()
BAD = b"not an image " * 1000


@pytest.fixture
def site(model, monkeypatch):
    monkeypatch.setattr(server, "SWEEP_INTERVAL_SECONDS", 0.2)
    with temp_folder() as temp_files:
        yield create_site(model, temp_files)


def data_url(image: bytes) -> dict:
    url = "data:image/png;base64," + base64.b64encode(image).decode()
    return {"url": url, "meta": {"_type": "gradio.FileData"}}


def call(client: TestClient, image: bytes) -> str:
    """Have a data URL read without a session, and return all that Gradio's API answers."""
    response = client.post("/gradio_api/call/read", json={"data": [data_url(image)]})
    return client.get(f"/gradio_api/call/read/{response.json()['event_id']}").text


def use_session(client: TestClient, session: str, image: bytes) -> str:
    """Have a data URL read in a session, as Gradio's own clients do."""
    event = {"data": [data_url(image)], "fn_index": 0, "session_hash": session}
    assert client.post("/gradio_api/queue/join", json=event).status_code == 200
    return client.get(f"/gradio_api/queue/data?session_hash={session}").text


def kept_values(site: Site) -> str:
    """Return all that the sessions keep of their components, as text."""
    sessions = site.page._app.state_holder.session_data.values()
    return json.dumps([session.config_values for session in sessions], default=str)


def test_sessions_keep_no_input_and_no_output(site, model):
    text = model.predict(ONE).text
    with TestClient(site.app) as client:
        assert text in call(client, ONE)
        assert text in use_session(client, "page1", ONE)
        assert "not an image" in call(client, BAD)
        assert len(site.page._app.state_holder.session_data) == 3
        kept = kept_values(site)
    assert "data:image" not in kept
    assert text not in kept


def test_the_number_of_sessions_is_limited(model, monkeypatch):
    monkeypatch.setattr(gradio_sessions, "MAX_SESSIONS", 2)
    text = model.predict(ONE).text
    with temp_folder() as temp_files:
        site = create_site(model, temp_files)
        with TestClient(site.app) as client:
            for session in ("page1", "page2", "page3", "page1"):
                assert text in use_session(client, session, ONE)
            assert list(site.page._app.state_holder.session_data) == ["page3", "page1"]


def test_results_that_nobody_fetches_are_dropped_after_a_time(model):
    with temp_folder() as temp_files:
        site = create_site(model, temp_files)
        with TestClient(site.app) as client:
            for session in ("fetched", "left"):
                event = {"data": [data_url(ONE)], "fn_index": 0, "session_hash": session}
                assert client.post("/gradio_api/queue/join", json=event).status_code == 200
            fetch = "/gradio_api/queue/data?session_hash="
            assert model.predict(ONE).text in client.get(f"{fetch}fetched").text
            deadline = time.monotonic() + 30
            while site.page.is_at_work():
                assert time.monotonic() < deadline
                time.sleep(0.02)
            site.page.forget_finished()
            assert site.page.has_session("left")
            site.page.forget_finished()
            assert not site.page.has_undelivered()
            assert "EVENT_UNKNOWN" in client.get(f"{fetch}left").text
            # A session that was dropped can go on.
            assert model.predict(ONE).text in use_session(client, "left", ONE)


@pytest.fixture
def no_automatic_collection():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def count_kept(kind: str) -> int:
    return sum(type(kept).__name__ == kind for kept in gc.get_objects())


@pytest.mark.usefixtures("no_automatic_collection")
def test_failed_calls_are_collected_after_a_time(site):
    with TestClient(site.app) as client:
        before = count_kept("PredictBodyInternal")
        for _ in range(6):
            call(client, BAD)
        deadline = time.monotonic() + 60
        # Gradio's loops hold the last event until the next one.
        while count_kept("PredictBodyInternal") > before + 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.usefixtures("no_automatic_collection")
def test_an_image_error_keeps_no_image_alive(model):
    with temp_folder() as temp_files, TestClient(create_site(model, temp_files).app) as client:
        assert client.post("/api/read", files={"image": BAD}).status_code == 422
        assert count_kept("_PendingRead") == 0
