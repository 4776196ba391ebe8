"""Every example of docs/api.md, asked in order of a whole installation."""

import json
import re
from pathlib import Path
from typing import Any

from billing.models import Order
from billing.usecases.approve_order import approve_order
from shared import clock
from tests.journeys.world import World

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
EXAMPLE = re.compile(r"```http\n(.*?)```\n```json\n(\d{3})\n(.*?)```", re.DOTALL)
NAME = re.compile(r"<([\w ]+)>")


def known(text: str, names: dict[str, str]) -> str:
    """
    Return *text* with every name seen before in its place.
    """
    return NAME.sub(lambda found: names.get(found[1], found[0]), text)


def agree(said: Any, answered: Any, names: dict[str, str], where: str) -> None:
    """
    Hold what is documented against what was answered; more may be answered than is documented.
    """
    if isinstance(said, dict):
        for name, value in said.items():
            assert name in answered, f"{where}.{name} is not answered"
            agree(value, answered[name], names, f"{where}.{name}")
    elif isinstance(said, list):
        for number, value in enumerate(said):
            agree(value, answered[number], names, f"{where}[{number}]")
    elif isinstance(said, str) and NAME.fullmatch(said):
        names[said[1:-1]] = answered
    elif said != "...":
        assert answered == said, where


def confirm(world: World, order_id: str) -> None:
    """
    Let staff approve an order from the day it was paid, as the document says.
    """
    with world.databases["billing"].begin() as session:
        starts_on = session.get_one(Order, order_id).starts_on
        approve_order(session, order_id=order_id, starts_on=starts_on, partner_ids=None, now=clock.now())


def test_the_documented_examples_are_true(world: World) -> None:
    client, names = world.client(), {}
    examples = EXAMPLE.findall(DOCUMENT.read_text())
    assert len(examples) >= 15

    for asked, status, body in examples:
        line, *rest = known(asked, names).strip().split("\n")
        if line.endswith("/pause-options"):
            confirm(world, names["order"])
        method, path = line.split()
        headers = {"Authorization": f"Bearer {names['token']}"} if "token" in names else {}
        headers |= dict(each.split(": ", 1) for each in rest if not each.startswith("{"))
        sent = next((json.loads(each) for each in rest if each.startswith("{")), None)
        answer = client.open(f"/api/v1{path}", method=method, json=sent, headers=headers)

        assert answer.status_code == int(status), (line, answer.json)
        agree(json.loads(body), answer.json, names, line)
