"""What nobody is let in for costs little: bodies of strangers aren't read, slow senders are dropped."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest
import uvicorn
from fastapi import Request
from fastapi.testclient import TestClient

from service.accounts import keeping, pacing, signing
from service.app.web import create_app
from service.core import secrets
from service.core.callers import command_caller
from service.core.permissions import NotSignedIn
from service.core.throttle import TooMany
from service.operations import api as routes
from service.shell import limits, patience
from service.shell.headers import ALWAYS
from testbed.hanging import HANGS_AFTER, wait_until
from testbed.routes import named_routes
from testbed.seeds import OWN, PASSWORD, TERM, Seeded

MEBIBYTE = 1024 * 1024
FORM = {"content-type": "application/x-www-form-urlencoded", "transfer-encoding": "chunked"}
BODIES = {
    "application/json": b'{"a": "' + b"x" * 200_000 + b'"}',
    "application/x-www-form-urlencoded": b"a=" + b"x" * 200_000,
    "multipart/form-data; boundary=b": b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n"
    + b"x" * 200_000,
}


async def _sent(
    app: Any, path: str, headers: dict[str, str], parts: list[bytes], method: str = "POST", each: Any = None
) -> tuple[int, int, dict[str, str]]:
    """One request straight to the application: status, how many bytes it asked for, headers."""
    asked, answer = 0, {}
    waiting = list(parts)

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not waiting:
            return {"type": "http.disconnect"}
        part = waiting.pop(0)
        if each is not None:
            return dict(await each(part))
        asked += len(part)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.update(message)

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"host", b"testserver"), *((n.encode(), v.encode()) for n, v in headers.items())],
        "scheme": "http", "server": ("testserver", 80), "client": ("192.0.2.1", 1), "http_version": "1.1",
        "root_path": "",
    }  # fmt: skip
    await app(scope, receive, send)
    told = {name.decode().lower(): value.decode() for name, value in answer["headers"]}
    return answer["status"], asked, told


def _filled(path: str, ids: dict[str, str]) -> str:
    for name, value in ids.items():
        path = path.replace("{" + name + "}", value)
    return path.replace("{", "").replace("}", "")


@pytest.mark.parametrize("kind", BODIES)
def test_no_route_reads_what_a_stranger_sends(seeded: Seeded, kind: str) -> None:
    app = create_app(seeded.deployment.settings, seeded.deployment)
    body = BODIES[kind]
    for route in named_routes(app):
        if route.method in ("GET", "HEAD"):
            continue
        path = _filled(route.path, seeded.ids(OWN))
        for headers in (
            {"content-length": str(len(body))},
            {"transfer-encoding": "chunked"},
            {"content-length": str(len(body)), "authorization": "Bearer belong_wrong"},
            {"transfer-encoding": "chunked", "cookie": "belong-sid=wrong"},
        ):
            parts = [body[at : at + 4096] for at in range(0, len(body), 4096)]
            status, read, told = asyncio.run(
                _sent(app, path, {"content-type": kind, **headers}, parts, route.method)
            )
            assert 200 <= status < 500, (route, headers, status)
            assert read <= limits.OF_STRANGERS + 4096, (route, headers, read)
            if any(route.needs):
                assert read == 0, (route, headers, read)
                assert status in (303, 401), (route, headers, status)
            assert all(told[name.lower()] == value for name, value in ALWAYS.items())


def test_somebody_known_sends_a_mebibyte_and_files_more(seeded: Seeded) -> None:
    app = create_app(seeded.deployment.settings, seeded.deployment)
    known = {
        "authorization": f"Bearer {seeded.tokens['inclusion_lead', OWN]}",
        "transfer-encoding": "chunked",
    }
    parts = [b" " * 65_536] * 32
    path = f"/api/v1/schools/{OWN}/pause"
    status, read, told = asyncio.run(_sent(app, path, {"content-type": "application/json", **known}, parts))
    assert (status, told["connection"]) == (413, "close")
    assert MEBIBYTE < read <= MEBIBYTE + 65_536
    form = {"content-type": "multipart/form-data; boundary=b", **known}
    begins = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
    parts = [begins, *parts, b"\r\n--b--\r\n"]  # no school, no term
    status, read, _ = asyncio.run(_sent(app, "/api/v1/uploads", form, parts))
    assert (status, read) == (422, sum(map(len, parts)))


def test_a_role_that_may_not_send_files_is_told_before_they_are_read(seeded: Seeded) -> None:
    app = create_app(seeded.deployment.settings, seeded.deployment)
    token = {"authorization": f"Bearer {seeded.tokens['governor', OWN]}", "transfer-encoding": "chunked"}
    form = {"content-type": "multipart/form-data; boundary=b", **token}
    assert asyncio.run(_sent(app, "/api/v1/uploads", form, [b"x" * 65_536] * 8))[:2] == (403, 0)


def test_a_slow_body_is_not_waited_for(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PATIENCE", 0.3)
    app = create_app(seeded.deployment.settings, seeded.deployment)

    async def sending(part: bytes) -> dict[str, Any]:
        await asyncio.sleep(0.05 if part else HANGS_AFTER)
        return {"type": "http.request", "body": part, "more_body": True}

    for parts in ([b"user=", b""], [b"u"] * 1000):  # stalled, and dripping
        assert asyncio.run(_sent(app, "/sign-in", FORM, parts, each=sending))[0] == 408


@contextmanager
def _served(app: Any) -> Iterator[tuple[str, int]]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, http=patience.Patient, ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield "127.0.0.1", server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(HANGS_AFTER)


def _wait_until_closed(connection: socket.socket, most: float = HANGS_AFTER) -> None:
    connection.settimeout(most)
    with closing(connection):
        try:
            while connection.recv(4096):
                continue
        except ConnectionError:
            pass


def _whole_answer(connection: socket.socket) -> bytes:
    """An answer of /healthz to its last byte: head and body may come apart."""
    data = b""
    while not data.endswith(b"}"):
        more = connection.recv(4096)
        assert more, "the connection was closed in the middle of an answer"
        data += more
    return data


def test_half_sent_heads_are_dropped_and_never_take_all_places(
    seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(seeded.deployment.settings, seeded.deployment)
    with _served(app) as address:
        late = socket.create_connection(address)
        late.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert _whole_answer(late).startswith(b"HTTP/1.1 200")
        monkeypatch.setattr(patience, "HEAD_SECONDS", 0.5)
        late.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert _whole_answer(late).startswith(b"HTTP/1.1 200")
        with suppress(ConnectionError):  # already closed on a busy machine
            late.sendall(b"GET /healthz HTTP/1.1\r\n")
        silent, halved = (socket.create_connection(address) for _ in range(2))
        with suppress(ConnectionError):
            halved.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")
        for connection in (silent, halved, late):
            _wait_until_closed(connection)
        monkeypatch.setattr(
            patience, "HEAD_SECONDS", 2 * HANGS_AFTER
        )  # from here on nothing is closed by time
        long = socket.create_connection(address)
        with suppress(ConnectionError):
            long.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 200_000)
        _wait_until_closed(long)
        monkeypatch.setattr(patience, "MOST_WAITING", 3)
        held = [socket.create_connection(address) for _ in range(5)]
        for one in held[:2]:
            _wait_until_closed(one)
        for one in held[2:]:
            with pytest.raises(TimeoutError):
                _wait_until_closed(one, 0.1)


def test_no_five_wrong_passwords_shut_the_owner_out(fresh: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment, user = fresh.deployment, "owner@belong.example"
    asked = {"role": "inclusion_lead", "schools": [OWN], "password": PASSWORD}
    keeping.add_account(command_caller(deployment), user, **asked)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            signing.sign_in(deployment, user, "wrong wrong wrong", None, "2001:db8:1:2::1")
    for near in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"):
        with pytest.raises(TooMany) as slowed:
            signing.sign_in(deployment, user, "wrong wrong wrong", None, near)
        assert slowed.value.retry_after <= 10
    signing.sign_in(deployment, user, PASSWORD, None, "2001:db8:1:3::1")
    wait = slowed.value.retry_after
    moment = time.time
    monkeypatch.setattr(time, "time", lambda: moment() + wait + 1)
    signing.sign_in(deployment, user, PASSWORD, None, "2001:db8:1:2::1")


def test_networks() -> None:
    assert pacing.network("192.0.2.77") == pacing.network("::ffff:192.0.2.1") == "192.0.2.0/24"
    assert pacing.network("2001:db8::1") == "2001:db8::/64"
    assert pacing.network("testclient") == "testclient"


def test_many_who_sign_in_at_once_leave_the_service_to_others(seeded: Seeded) -> None:
    app = create_app(seeded.deployment.settings, seeded.deployment)
    slow = threading.Event()
    answers: list[tuple[int, str | None]] = []

    def try_one(number: int) -> None:
        with TestClient(app, client=(f"198.51.{number}.1", 1)) as client:
            said = client.post("/sign-in", data={"user": f"n{number}", "password": "wrong wrong"})
            answers.append((said.status_code, said.headers.get("retry-after")))

    desk = secrets._desk()
    holding = [
        threading.Thread(target=desk.do, args=(slow.wait, HANGS_AFTER)) for _ in range(secrets.AT_ONCE)
    ]
    waiting = [threading.Thread(target=desk.do, args=(slow.wait, HANGS_AFTER)) for _ in range(secrets.QUEUE)]
    for one in (*holding, *waiting):
        one.start()
    wait_until(lambda: desk._room._value == 0, "the queue to be full")
    try_one(1)
    slow.set()
    for one in (*holding, *waiting):
        one.join()
    try_one(2)
    assert answers == [(503, str(secrets.BUSY_SECONDS)), (401, None)]


def test_readiness_is_looked_at_once_in_a_few_seconds(
    seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    real = routes.readiness
    monkeypatch.setattr(routes, "readiness", lambda deployment: looked.append(1) or real(deployment))
    client = seeded.client()
    assert {client.get("/readyz").status_code for _ in range(20)} == {200}
    assert len(looked) == 1


def test_every_answer_carries_the_headers(seeded: Seeded) -> None:
    app = create_app(seeded.deployment.settings, seeded.deployment)

    @app.get("/broken")
    @app.get("/api/v1/broken")
    def broken(request: Request) -> None:
        raise RuntimeError("ours")

    client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
    seen = set()
    for method, path, headers in (
        ("GET", "/broken", {}), ("GET", "/api/v1/broken", {}), ("GET", "/sign-in", {}),
        ("GET", "/nowhere", {}), ("GET", "/api/v1/nowhere", {}), ("PUT", "/sign-in", {}),
        ("GET", "/healthz", {"host": "evil.example"}), ("GET", "/static/none.css", {}),
        ("POST", "/sign-in", {"content-length": str(20 * MEBIBYTE)}), ("GET", "/api/v1/me", {}),
        ("POST", "/api/v1/uploads", {"content-length": str(200 * MEBIBYTE)}), ("GET", "/", {}),
        ("GET", f"/api/v1/flags?school={OWN}&term={TERM}&cursor=%00", {}),
    ):  # fmt: skip
        said = client.request(method, path, headers=headers)
        seen.add(said.status_code)
        for name, value in ALWAYS.items():
            assert said.headers.get(name) == value, (method, path, name)
        assert "cache-control" in said.headers
    assert {200, 303, 400, 401, 404, 405, 413, 500} <= seen
