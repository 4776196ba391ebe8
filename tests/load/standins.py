"""
Three services of 5 ms of work each, as the goals c1 and c3 define them, behind the real gateway.

A stand-in repeats, on gunicorn and after 5 ms, what the real service answered to the path, headers included.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from deploy.local.keeper import Keeper
from deploy.local.ports import HOST, free_block
from deploy.local.program import Program
from deploy.local.services import HOME, SERVING, answers
from shared.settings import environment
from tests.load.line import Address

WORK_SECONDS = 0.005
THREADS = 16
RECORDED = "STAND_IN_ANSWERS"
OWN = frozenset({"Date", "Server", "Connection"})  # what gunicorn writes itself

Answer = tuple[list[tuple[str, str]], str]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def app() -> Wsgi:
    """
    Return a stand-in that knows the answers recorded in the file the environment names.
    """
    known: dict[str, Answer] = json.loads(Path(environment()[RECORDED]).read_text())

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers, body = known.get(environ["PATH_INFO"], ([], ""))
        if headers:
            time.sleep(WORK_SECONDS)
        start_response("200 OK", [(name, value) for name, value in headers])
        return [body.encode()]

    return answer


@contextmanager
def standing_in(folder: Path, upstream: Mapping[str, Address]) -> Iterator[dict[str, Address]]:
    """
    Record what the services answer, and let stand-ins answer it in their place until the block ends.
    """
    file = folder / "answers.json"
    file.write_text(json.dumps({_path(each): _recorded(each) for each in upstream.values()}))
    base = free_block(len(upstream))
    keepers = [
        Keeper(_program(name, base + step, file, folder), log=folder / "log" / f"stand-in-{name}.log")
        for step, name in enumerate(upstream)
    ]
    try:
        for keeper in keepers:
            keeper.start()
        for keeper in keepers:
            keeper.wait_ready(within=30)
        yield {
            name: Address(f"http://{HOST}:{base + step}{_path(each)}", each.bearer)
            for step, (name, each) in enumerate(upstream.items())
        }
    finally:
        for keeper in keepers:
            keeper.stop()


def _recorded(address: Address) -> Answer:
    answer = requests.get(address.url, headers={"Authorization": address.bearer()}, timeout=10)
    answer.raise_for_status()
    return [(name, value) for name, value in answer.headers.items() if name not in OWN], answer.text


def _path(address: Address) -> str:
    return "/" + address.url.split("/", 3)[3]


def _program(name: str, port: int, file: Path, folder: Path) -> Program:
    return Program(
        name=f"stand-in-{name}",
        argv=(
            *(sys.executable, "-m", "gunicorn", "--config", SERVING, "--no-control-socket"),
            *("--bind", f"{HOST}:{port}", "--threads", str(THREADS), "--graceful-timeout", "1"),
            "tests.load.standins:app()",
        ),
        env={**environment(), RECORDED: str(file), "PYTHONPATH": str(HOME)},
        ready=answers(f"http://{HOST}:{port}/"),
        folder=folder,
    )
