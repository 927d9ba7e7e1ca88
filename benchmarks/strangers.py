"""What people without an account cost: a huge body, a hundred sign-ins at once, half-sent requests.

`python -m benchmarks.strangers [--quick] [--json]`. Loopback only: a server of its own over an empty home, a minute.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import numpy as np

from benchmarks.measures import Measure, at_most, finish, note, options
from service.core.homes import Home
from testbed.serving import wait_until_healthy

MEBIBYTE = 1024 * 1024
BODY = 60 * MEBIBYTE
TICK = os.sysconf("SC_CLK_TCK")
PATH = "/api/v1/data-requests"


@contextmanager
def server(home: Path) -> Iterator[tuple[int, int]]:
    """`belong serve` without its worker: process id and port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "service.app.cli", "serve", "--home", str(home), "--port", str(port)]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*command, "--no-worker"], **silent)  # type: ignore[call-overload]
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}")
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(30)


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processors so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident(pid: int, what: str = "VmRSS") -> int:
    """Bytes of memory a process holds, or (VmHWM) held at most."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


def send_body(port: int, *, chunked: bool) -> bytes:
    """Send as much of a hostile body as the server takes; the first line of its answer."""
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {BODY}"
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
    part = b"[]," * 21_845
    if chunked:
        part = b"%x\r\n%b\r\n" % (len(part), part)
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        connection.sendall(head.encode())
        try:
            for _ in range(BODY // 65_535):
                connection.sendall(part)
        except ConnectionError:
            pass
        try:
            return connection.recv(4096).partition(b"\r\n")[0]
        except ConnectionError:
            return b"closed"


def bodies(pid: int, port: int, times: int) -> dict[str, Measure]:
    """CPU and memory of one hostile body, the dearer of both kinds; each several times, as the clock is coarse."""
    send_body(port, chunked=False)  # what is loaded by the first request of all is no cost of the body
    dearest, largest = 0.0, 0
    for chunked in (False, True):
        used, held = cpu_seconds(pid), resident(pid, "VmHWM")
        for _ in range(times):
            said = send_body(port, chunked=chunked)
            if b" 401 " not in said and said != b"closed":
                raise RuntimeError(f"a hostile body was answered {said!r}")
        dearest = max(dearest, (cpu_seconds(pid) - used) / times)
        largest = max(largest, resident(pid, "VmHWM") - held)
    return {
        "60 MiB from a stranger: server CPU": at_most(dearest * 1000, 50, "ms"),
        "60 MiB from a stranger: memory": at_most(largest / 1e6, 5, "MB"),
    }


def timed(port: int, path: str, client: httpx2.Client) -> float:
    """Seconds until an answer is there."""
    begun = time.perf_counter()
    client.get(f"http://127.0.0.1:{port}{path}").raise_for_status()
    return time.perf_counter() - begun


def sign_ins(port: int, many: int) -> dict[str, Measure]:
    """`/healthz` while many sign in at once with wrong passwords, and how they were answered."""
    said: list[int] = []
    start = threading.Barrier(many + 1)

    def one(number: int) -> None:
        with httpx2.Client(timeout=60) as client:
            start.wait()
            form = {"user": f"nobody{number}@belong.example", "password": "three wrong words"}
            said.append(client.post(f"http://127.0.0.1:{port}/sign-in", data=form).status_code)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    waits: list[float] = []
    with httpx2.Client(timeout=60) as client:
        timed(port, "/healthz", client)
        start.wait()
        while any(thread.is_alive() for thread in threads) or len(waits) < 100:
            waits.append(timed(port, "/healthz", client))
            time.sleep(0.005)
    if set(said) - {401, 429, 503}:
        raise RuntimeError(f"sign-ins were answered {sorted(set(said))}")
    return {
        f"{many} sign-ins at once: /healthz, p99": at_most(float(np.quantile(waits, 0.99)) * 1000, 200, "ms"),
        f"{many} sign-ins at once: told to come back": note(f"{said.count(503)} of {many}", ""),
    }


def pages(port: int, times: int) -> float:
    """The p95 of a page, in milliseconds."""
    with httpx2.Client(timeout=60) as client:
        timed(port, "/sign-in", client)
        return float(np.quantile([timed(port, "/sign-in", client) for _ in range(times)], 0.95)) * 1000


def half_sent(port: int, connections: int, times: int) -> dict[str, Measure]:
    """Pages beside many connections that never send a whole request, against pages alone."""
    alone = pages(port, times)
    with ExitStack() as held:
        for _ in range(connections):
            one = held.enter_context(closing(socket.create_connection(("127.0.0.1", port), timeout=30)))
            one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        beside = pages(port, times)
    return {
        "pages alone, p95": note(alone, "ms"),
        f"pages beside {connections} half-sent requests, p95": note(beside, "ms"),
        f"pages beside {connections} half-sent requests, against alone": at_most(beside / alone, 2, "times"),
    }


def main() -> None:
    """Run all three against one server."""
    chosen = options(__doc__ or "")
    with TemporaryDirectory() as folder:
        home = Home.create(Path(folder) / "home")
        with server(home.path) as (pid, port):
            measures = bodies(pid, port, 3 if chosen.quick else 20)
            measures |= half_sent(port, 500, 100 if chosen.quick else 500)
            measures |= sign_ins(port, 100)
    finish(measures, only_json=chosen.json)


if __name__ == "__main__":
    main()
