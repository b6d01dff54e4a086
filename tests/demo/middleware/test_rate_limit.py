import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import parse

from demo.middleware.rate_limit import Allowance, RateLimit, client_key
from tests.demo.asgi import CLIENT, ask_all, ok

OTHER = ("198.51.100.9", 1)


def limited(rate: str, **settings) -> RateLimit:
    return RateLimit(ok, Allowance(parse(rate)), **settings)


def post(client=CLIENT, path="/api/read"):
    return (path, "POST", client, {})


def test_who_asks_too_often_waits_and_the_others_do_not():
    app = limited("3/minute")
    *first, refused, other = ask_all(app, [post()] * 4 + [post(OTHER)])
    assert [answer.status_code for answer in first] == [200] * 3
    assert refused.status_code == 429
    assert refused.json()["code"] == "RATE_LIMITED"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert f"in {refused.headers['Retry-After']} second" in refused.json()["message"]
    assert other.status_code == 200


def test_who_waited_may_ask_again():
    app = limited("1/second")

    async def main() -> list[int]:
        transport = httpx.ASGITransport(app, client=CLIENT)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            first = await client.post("/")
            second = await client.post("/")
            await asyncio.sleep(2.1)
            third = await client.post("/")
        return [first.status_code, second.status_code, third.status_code]

    assert asyncio.run(main()) == [200, 429, 200]


def test_looking_at_the_page_is_not_counted():
    answers = ask_all(limited("1/minute"), [("/assets/a.js", "GET", CLIENT, {})] * 5)
    assert {answer.status_code for answer in answers} == {200}


def test_a_forwarded_address_is_not_believed():
    """uvicorn puts it into the scope, where it is told whom to believe; nobody else reads it."""
    headers = [{"headers": {"X-Forwarded-For": f"192.0.2.{i}"}} for i in range(3)]
    answers = ask_all(limited("1/minute"), [("/", "POST", CLIENT, each) for each in headers])
    assert [answer.status_code for answer in answers] == [200, 429, 429]


def test_gradio_s_page_finds_a_sentence_where_it_looks():
    path = "/gradio_api/queue/join"
    refused = ask_all(limited("1/minute"), [post(path=path)] * 2)[1].json()
    assert refused["detail"] == refused["message"]


def test_without_a_rate_everything_passes():
    answers = ask_all(RateLimit(ok, None), [post()] * 50)
    assert {answer.status_code for answer in answers} == {200}


def test_requests_that_stay_open_are_limited_for_each_client():
    statuses = []

    async def main() -> None:
        release = asyncio.Event()

        async def streaming(scope, receive, send):
            await release.wait()

        app = RateLimit(streaming, Allowance(parse("100/minute")), most_open=2)

        async def send(message):
            if "status" in message:
                statuses.append(message["status"])

        def get(client):
            scope = {"type": "http", "method": "GET", "path": "/x", "headers": []}
            return asyncio.create_task(app({**scope, "client": client}, None, send))

        held = [get(CLIENT), get(CLIENT), get(OTHER)]
        await asyncio.sleep(0)
        await get(CLIENT)
        release.set()
        await asyncio.gather(*held)
        assert not app.open
        await get(CLIENT)

    asyncio.run(main())
    assert statuses == [429]


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("a socket", "a socket"),
    ],
)
def test_a_client_is_its_address_or_its_network(host, key):
    assert client_key({"client": (host, 1)}) == key


def test_a_client_without_an_address_has_a_key_too():
    assert client_key({"client": None}) == client_key({}) == "unknown"


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_one_network_of_ipv6_is_one_client(address, host):
    if address.ipv4_mapped:
        return
    neighbour = type(address)(int(address) >> 64 << 64 | host)
    if neighbour.ipv4_mapped:
        return
    keys = {client_key({"client": (str(each), 1)}) for each in (address, neighbour)}
    assert len(keys) == 1
