"""The REST routes of a running `app.py`, and what the README says of them."""

import http.client
import json
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import get_args

import httpx
import jsonschema
import pytest
from gradio_client import Client, handle_file
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captcha_model.images.size_limits import MAX_IMAGE_BYTES
from captcha_model.prediction import Alternative, Character, Prediction, RejectionReason
from demo.api.schemas import Reading
from demo.middleware.body_limit import MAX_BODY_BYTES, MAX_MANY_BYTES
from tests.conftest import EXAMPLES, ROOT
from tests.encoded import encode

ONE, TWO = EXAMPLES / "1.png", EXAMPLES / "2.png"


def post(url: str, **settings) -> httpx.Response:
    return httpx.post(url, timeout=60, **settings)


def problem(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of an error, which must have a message and no more."""
    answer = response.json()
    assert set(answer) == {"code", "message"}
    assert answer["message"].endswith(".")
    return response.status_code, answer["code"]


@pytest.fixture(scope="module")
def openapi(address):
    return httpx.get(f"{address}/openapi.json").json()


def check_against(openapi, route: str, response: httpx.Response) -> None:
    """Check an answer against what the description says of its status."""
    described = openapi["paths"][route]["post"]["responses"][str(response.status_code)]
    schema = described["content"]["application/json"]["schema"]
    jsonschema.validate(response.json(), {**schema, "components": openapi["components"]})


@pytest.mark.slow
def test_the_value_of_a_sum(address, model, openapi):
    pattern = r"\dx\d{3}"
    reading = model.predict(ONE, pattern=pattern, arithmetic=True)
    image = ONE.read_bytes()
    sent = {"pattern": pattern, "arithmetic": "true"}
    response = post(f"{address}/api/read", files={"image": image}, data=sent)
    assert response.json()["value"] == reading.value
    check_against(openapi, "/api/read", response)
    response = post(f"{address}/api/read", files={"image": image}, data={"arithmetic": "maybe"})
    assert problem(response) == (422, "CONSTRAINT_INVALID")
    assert response.json()["message"] == "arithmetic must be true or false."


@pytest.mark.slow
def test_a_frame_of_an_animation(address, model, openapi):
    first, second = (Image.open(path).convert("L") for path in (ONE, TWO))
    data = encode(first, "GIF", save_all=True, append_images=[second])
    for frame, path in (("", ONE), ("0", ONE), ("1", TWO), ("last", TWO)):
        response = post(f"{address}/api/read", files={"image": data}, data={"frames": frame})
        assert response.json()["text"] == model.predict(path).text
        warned = ["Only the first of 2 frames was read." in w for w in response.json()["warnings"]]
        assert warned == ([] if frame else [True])
    response = post(f"{address}/api/read", files={"image": data}, data={"frames": "2"})
    assert problem(response) == (422, "IMAGE_FRAME")
    check_against(openapi, "/api/read", response)
    response = post(f"{address}/api/read", files={"image": data}, data={"frames": "median"})
    assert problem(response) == (422, "CONSTRAINT_INVALID")
    many = post(f"{address}/api/read_many", files=[("images", data)] * 2, data={"frames": "last"})
    assert [row["text"] for row in many.json()] == [model.predict(TWO).text] * 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "image", [str(ONE), f"data:image/png;base64,{ONE}", "data:,x", "/etc/passwd"]
)
def test_a_text_in_the_place_of_a_file_is_neither_a_path_nor_a_data_url(address, image):
    for fields in ({"data": {"image": image}}, {"files": {"image": image.encode()}}):
        status, code = problem(post(f"{address}/api/read", **fields))
        assert (status, code) in ((422, "REQUEST_INVALID"), (422, "IMAGE_FORMAT"))


@pytest.mark.slow
def test_one_image_gives_what_the_page_gives(address, model, openapi):
    response = post(f"{address}/api/read", files={"image": ONE.read_bytes()})
    assert response.status_code == 200
    assert response.json() == model.predict(ONE).to_dict()
    gradio = Client(address, verbose=False)
    assert response.json() == gradio.predict(handle_file(str(ONE)), api_name="/read")
    check_against(openapi, "/api/read", response)


def test_many_images_give_a_list_with_errors_in_their_places(address, model, openapi):
    files = [
        ("images", ("a.png", ONE.read_bytes())),
        ("images", ("b.png", b"x")),
        ("images", ("c.png", TWO.read_bytes())),
    ]
    response = post(f"{address}/api/read_many", files=files)
    first, second, third = response.json()
    assert first == {"file": "a.png", **model.predict(ONE).to_dict()}
    assert third == {"file": "c.png", **model.predict(TWO).to_dict()}
    assert (second["file"], second["error"]["code"]) == ("b.png", "IMAGE_FORMAT")
    check_against(openapi, "/api/read_many", response)


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ({"length": "4"}, {"length": 4}),
        ({"length": "6-"}, {"length": (6, None)}),
        ({"charset": "258"}, {"charset": "258"}),
        ({"pattern": r"\d{4}"}, {"pattern": r"\d{4}"}),
        ({"min_confidence": "1"}, {"min_confidence": 1.0}),
        (
            {"min_confidence": "0", "length": "", "charset": "", "pattern": ""},
            {"min_confidence": 0},
        ),
        ({"min_confidence": ""}, {}),
        ({"charset": "0123456789"}, {"charset": "0123456789"}),
        (
            {"length": "4", "min_constraint_probability": "0"},
            {"length": 4, "min_constraint_probability": 0},
        ),
    ],
)
def test_what_is_said_of_the_texts_counts(address, model, openapi, said, how):
    expected = model.predict(ONE, **how).to_dict()
    one = post(f"{address}/api/read", files={"image": ONE.read_bytes()}, data=said)
    assert one.json() == expected
    check_against(openapi, "/api/read", one)
    files = [("images", ("a.png", ONE.read_bytes())), ("images", ("b.png", b"x"))]
    many = post(f"{address}/api/read_many", files=files, data=said)
    assert many.json()[0] == {"file": "a.png", **expected}
    check_against(openapi, "/api/read_many", many)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("route", "request_", "expected"),
    [
        ("read", {"files": {"image": b"no image"}}, (422, "IMAGE_FORMAT")),
        ("read", {"files": {"image": b""}}, (422, "IMAGE_EMPTY")),
        ("read", {"files": {"image": b"\0" * (MAX_IMAGE_BYTES + 1)}}, (413, "IMAGE_TOO_LARGE")),
        ("read", {"files": {"image": b"\0" * MAX_BODY_BYTES}}, (413, "REQUEST_TOO_LARGE")),
        ("read", {"files": {"picture": b"x"}}, (422, "REQUEST_INVALID")),
        ("read", {"data": {"image": "text"}}, (422, "REQUEST_INVALID")),
        ("read", {"json": {"image": "text"}}, (422, "REQUEST_INVALID")),
        ("read", {}, (422, "REQUEST_INVALID")),
        (
            "read",
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
            (400, "REQUEST_INVALID"),
        ),
        *(
            (route, {"files": {images: b"x"}, "data": said}, (422, "CONSTRAINT_INVALID"))
            for route, images in (("read", "image"), ("read_many", "images"))
            for said in (
                {"length": "long"},
                {"pattern": "a{"},
                {"pattern": "a" * 1001},
                {"charset": "ß"},
                {"min_confidence": "1.1"},
                {"min_confidence": "nan"},
                {"min_confidence": "sure"},
            )
        ),
        ("read_many", {"files": {"image": b"x"}}, (422, "REQUEST_INVALID")),
        ("read_many", {"files": [("images", b"x")] * 501}, (413, "REQUEST_TOO_LARGE")),
    ],
)
def test_errors_have_a_status_a_code_and_a_sentence(address, openapi, route, request_, expected):
    response = post(f"{address}/api/{route}", **request_)
    assert problem(response) == expected
    check_against(openapi, f"/api/{route}", response)


def test_a_longer_text_than_the_model_can_read_is_refused(address):
    image = ONE.read_bytes()
    for route, field in (("read", "image"), ("read_many", "images")):
        response = post(f"{address}/api/{route}", files={field: image}, data={"length": "900"})
        assert (response.status_code, response.json()["code"]) == (422, "CONSTRAINT_INVALID")


def test_a_body_without_a_length_has_the_same_limit(address):
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    chunks = (b"\0" * 2**20 for _ in range(MAX_BODY_BYTES // 2**20 + 1))
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    response = post(f"{address}/api/read", content=chain([head], chunks), headers=form)
    assert problem(response) == (413, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize(
    ("route", "limit"), [("read", MAX_BODY_BYTES), ("read_many", MAX_MANY_BYTES)]
)
def test_a_declared_length_is_refused_before_anything_is_sent(address, route, limit):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", f"/api/{route}")
    connection.putheader("Content-Length", str(limit + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, json.load(answer)["code"]) == (413, "REQUEST_TOO_LARGE")
    connection.close()


@pytest.mark.slow
def test_uploads_for_the_page_are_counted_file_by_file(address):
    upload = f"{address}/gradio_api/upload"
    several = [("files", (name, b"\0" * (MAX_BODY_BYTES // 2))) for name in "abc"]
    assert post(upload, files=several).status_code == 200
    assert post(upload, files={"files": b"\0" * (MAX_IMAGE_BYTES + 1)}).status_code == 413


@pytest.mark.slow
def test_a_data_url_for_the_page_has_a_limit_too(address):
    """Gradio's own counts uploads only."""
    url = "data:image/png;base64," + "A" * MAX_BODY_BYTES
    response = post(f"{address}/gradio_api/call/read", json={"data": [{"url": url}]})
    assert (response.status_code, response.json()["code"]) == (413, "REQUEST_TOO_LARGE")


@pytest.mark.slow
def test_requests_at_once_get_their_own_answers(address, model):
    paths = sorted(EXAMPLES.glob("*.png")) * 4

    def read(path):
        return post(f"{address}/api/read", files={"image": path.read_bytes()}).json()["text"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, paths)) == [model.predict(path).text for path in paths]


def test_the_description_names_the_routes_and_the_docs_show_it(address, openapi):
    operations = {
        path: openapi["paths"][path]["post"]["operationId"]
        for path in ("/api/read", "/api/read_many")
    }
    assert operations == {"/api/read": "read", "/api/read_many": "read_many"}
    for form in ("Body_read", "Body_read_many"):
        fields = openapi["components"]["schemas"][form]
        assert len(fields["required"]) == 1
        for said in ("charset", "length", "pattern", "min_confidence"):
            assert fields["properties"][said]["description"]
    assert "HTTPValidationError" not in openapi["components"]["schemas"]
    page = httpx.get(f"{address}/docs")
    assert page.status_code == 200
    assert "'/openapi.json'" in page.text


confidences = st.floats(0, 1)
alternatives = st.builds(Alternative, st.text(max_size=3), confidences)
characters = st.builds(
    Character,
    st.text(min_size=1, max_size=2),
    confidences,
    st.none() | st.floats(0, 100),
    st.none() | st.floats(100, 200),
    st.lists(alternatives).map(tuple),
)
readings = st.builds(
    Prediction,
    st.text(),
    confidences,
    st.lists(characters).map(tuple),
    st.just(200),
    st.just(50),
    runner_up=st.none() | alternatives,
    length_variant=st.none() | alternatives,
    rejection_reason=st.sampled_from([None, *get_args(RejectionReason)]),
    constraint_probability=st.none() | confidences,
    warnings=st.lists(st.text()).map(tuple),
)


def test_a_constraint_that_the_image_contradicts_rejects_and_unknown_characters_are_named(address):
    files = {"image": ONE.read_bytes()}
    answer = post(f"{address}/api/read", files=files, data={"length": "4"}).json()
    assert (answer["accepted"], answer["rejection_reason"]) == (False, "CONSTRAINT_UNLIKELY")
    assert answer["constraint_probability"] < 0.5
    assert answer["warnings"] == []
    answer = post(f"{address}/api/read", files=files, data={"charset": "0a2345678bcdefgmnpwxy"})
    assert answer.json()["accepted"]
    (warning,) = answer.json()["warnings"]
    assert warning.startswith("The model does not know '0a' of charset, so it cannot read them.")
    answer = post(f"{address}/api/read", files=files, data={"charset": "ABC"})
    assert answer.json()["model"] == "general"  # The other model has no capital letters.
    answer = post(f"{address}/api/read", files=files, data={"charset": "äß"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "CONSTRAINT_INVALID"


@pytest.mark.slow
@given(readings)
def test_the_schema_keeps_every_reading_as_it_is(reading):
    plain = reading.to_dict()
    assert Reading.model_validate(plain).model_dump() == plain


def test_the_documented_commands_work(address, model):
    section = (
        (ROOT / "docs" / "rest-and-mcp.md")
        .read_text()
        .split("\n## REST API\n")[1]
        .split("\n## ")[0]
    )
    commands = re.findall(r"^curl .+$", section, re.MULTILINE)
    answers = []
    for command in commands:
        words = shlex.split(command.replace("http://localhost:7860", address))
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        answers.append(json.loads(done.stdout))
    one, many = answers
    assert one == model.predict(ONE).to_dict()
    assert [row["text"] for row in many] == [model.predict(path).text for path in (ONE, TWO)]
    assert one["text"] in section


@pytest.mark.parametrize(("route", "files"), [("read", "image"), ("read_many", "images")])
def test_an_unknown_form_field_is_named(address, openapi, route, files):
    response = post(f"{address}/api/{route}", files={files: ONE.read_bytes()}, data={"lenght": "5"})
    assert problem(response) == (422, "REQUEST_INVALID")
    message = response.json()["message"]
    assert message.startswith(f"There is no form field 'lenght'. Known: {files}, charset, length")
    check_against(openapi, f"/api/{route}", response)


@pytest.mark.parametrize(
    ("route", "fields", "message"),
    [
        ("read", [("length", "4"), ("length", "5")], "Send the form field 'length' once."),
        ("read?length=4", [], "Send options as form fields, not in the address."),
        ("read", [("image", ONE.read_bytes())], "Send the form field 'image' once."),
    ],
)
def test_repeated_fields_and_options_in_the_address_are_rejected(address, route, fields, message):
    files = [("image", ONE.read_bytes()), *((name, (None, value)) for name, value in fields)]
    response = post(f"{address}/api/{route}", files=files)
    assert problem(response) == (422, "REQUEST_INVALID")
    assert response.json()["message"] == message
