"""The routes that the labelling page calls: the state, the decisions of a person, and images.

What cannot be done is a sentence to show, with status 200, beside the state that there is.
"""

from typing import Any, Literal

from anyio import to_thread
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from captcha_model import CaptchaError, LabelSession

from ..middleware.allowlist import Route

STATE, ANSWER, IMAGE, LABELLED = "/label/state", "/label/answer", "/label/image", "/label/labelled"
GRID = 50
"""How many labels are checked at a glance."""

_GET, _POST = frozenset({"GET", "HEAD"}), frozenset({"POST"})
ROUTES = (
    Route("label_state", _GET, f"{STATE}|{LABELLED}|{IMAGE}"),
    Route("label_answer", _POST, ANSWER),
    Route(
        "page",
        _GET,
        "/|/config/?|/theme.css|/manifest.json|/robots.txt|/favicon.ico"
        "|/gradio_api/(theme.css|app_id/?|info/?|startup-events)",
    ),
    Route("assets", _GET, "/(assets|static|svelte)/.+"),
    Route("heartbeat", frozenset({"GET"}), r"/gradio_api/heartbeat/\w+"),
)
"""All that the page needs; nothing else of Gradio is reachable."""


class Answer(BaseModel):
    """What a person decides."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["save", "skip", "unreadable", "undo", "finish"]
    image: str = Field("", max_length=5000, description="its name; undo and finish need none")
    text: str = Field("", max_length=1000)


def add_label_routes(app: FastAPI, session: LabelSession) -> None:
    """Add the routes of a session."""
    routes = APIRouter()

    @routes.get(STATE)
    def state() -> dict[str, Any]:
        return session.state().to_dict()

    @routes.post(ANSWER)
    def answer(answer: Answer) -> dict[str, Any]:
        try:
            _decide(session, answer)
        except CaptchaError as error:
            return {**session.state().to_dict(), "refused": str(error)}
        except OSError as error:
            reason = f"It cannot be kept: {error.strerror or error}. Free some space or check the "
            refused = f"{reason}permissions of the folder, then press Enter again."
            return {**session.state().to_dict(), "refused": refused}
        return session.state().to_dict()

    @routes.get(LABELLED)
    def labelled(start: int = 0) -> dict[str, Any]:
        start = max(start, 0)
        found, count = session.labelled(start, GRID)
        return {"rows": [dict(vars(image)) for image in found], "start": start, "count": count}

    @routes.get(IMAGE)
    async def image(name: str) -> Response:
        try:
            png = await to_thread.run_sync(session.png, name)
        except CaptchaError as error:
            raise HTTPException(404, str(error)) from error
        return Response(png, media_type="image/png", headers={"Cache-Control": "no-store"})

    app.include_router(routes)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)


async def _on_invalid_request(_: Request, error: Exception) -> Response:
    """Name what is wrong, but do not send it back: it may be no text that can be encoded."""
    assert isinstance(error, RequestValidationError)
    field = error.errors()[0]["loc"][-1]
    return JSONResponse({"message": f"The request is not valid: {field!r} cannot be taken."}, 422)


def _decide(session: LabelSession, answer: Answer) -> None:
    if answer.action == "save":
        session.label(answer.image, answer.text)
    elif answer.action == "skip":
        session.skip(answer.image)
    elif answer.action == "unreadable":
        session.give_up(answer.image)
    elif answer.action == "undo":
        session.undo()
    else:
        session.finish()
