import asyncio
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import parse

from demo.middleware.rate_limit import ClientRates, RateLimit, client_key
from tests.demo.asgi import CLIENT, ok, send_requests

OTHER = ("198.51.100.9", 1)


def limited(rate: str, **settings) -> RateLimit:
    return RateLimit(ok, ClientRates(parse(rate)), **settings)


def post(client=CLIENT, path="/api/read"):
    return (path, "POST", client, {})


@pytest.mark.usefixtures("frozen_clock")
def test_a_client_over_the_rate_is_rejected_and_others_are_not():
    app = limited("3/minute")
    *first, rejected, other = send_requests(app, [post()] * 4 + [post(OTHER)])
    assert [response.status_code for response in first] == [200] * 3
    assert rejected.status_code == 429
    assert rejected.json()["code"] == "RATE_LIMITED"
    assert 1 <= int(rejected.headers["Retry-After"]) <= 60
    assert f"in {rejected.headers['Retry-After']} second" in rejected.json()["message"]
    assert other.status_code == 200


@pytest.mark.slow
def test_a_client_may_send_again_after_waiting():
    app = limited("1/second")

    async def main() -> list[int]:
        transport = httpx.ASGITransport(app, client=CLIENT)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await asyncio.sleep(1 - time.time() % 1)  # Both are to be in one second.
            first = await client.post("/")
            second = await client.post("/")
            await asyncio.sleep(2.1)
            third = await client.post("/")
        return [first.status_code, second.status_code, third.status_code]

    assert asyncio.run(main()) == [200, 429, 200]


@pytest.mark.usefixtures("frozen_clock")
def test_get_requests_are_not_counted():
    responses = send_requests(limited("1/minute"), [("/assets/a.js", "GET", CLIENT, {})] * 5)
    assert {response.status_code for response in responses} == {200}


@pytest.mark.usefixtures("frozen_clock")
def test_a_forwarded_address_is_not_trusted():
    """Only uvicorn reads the header, for trusted proxies."""
    headers = [{"headers": {"X-Forwarded-For": f"192.0.2.{i}"}} for i in range(3)]
    responses = send_requests(
        limited("1/minute"), [("/", "POST", CLIENT, each) for each in headers]
    )
    assert [response.status_code for response in responses] == [200, 429, 429]


@pytest.mark.usefixtures("frozen_clock")
def test_gradio_finds_the_message_in_detail():
    path = "/gradio_api/queue/join"
    rejected = send_requests(limited("1/minute"), [post(path=path)] * 2)[1].json()
    assert rejected["detail"] == rejected["message"]


def test_without_a_rate_all_requests_pass():
    responses = send_requests(RateLimit(ok, None), [post()] * 50)
    assert {response.status_code for response in responses} == {200}


@pytest.mark.usefixtures("frozen_clock")
def test_requests_in_flight_are_limited_for_each_client():
    statuses = []

    async def main() -> None:
        release = asyncio.Event()

        async def streaming(scope, receive, send):
            await release.wait()

        app = RateLimit(streaming, ClientRates(parse("100/minute")), max_per_client=2)

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
        assert not app.in_flight
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
def test_a_client_key_is_an_address_or_a_network(host, key):
    assert client_key({"client": (host, 1)}) == key


def test_a_client_without_an_address_has_a_key():
    assert client_key({"client": None}) == client_key({}) == "unknown"


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_an_ipv6_network_is_one_client(address, host):
    if address.ipv4_mapped:
        return
    neighbour = type(address)(int(address) >> 64 << 64 | host)
    if neighbour.ipv4_mapped:
        return
    keys = {client_key({"client": (str(each), 1)}) for each in (address, neighbour)}
    assert len(keys) == 1
