"""Tokens are signed and checked once, and believed not a moment longer for it."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from shared import clock
from shared.errors import NotSignedIn
from shared.web import tokens
from shared.web.client import SHOWN_FOR, Caller, ServiceClient
from shared.web.recent import Recent

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KNOWN = {"issuer": tokens.GATEWAY, "use": "service"}


class Wall:
    """
    The real clock, standing still until it is moved.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOON
        monkeypatch.setattr(clock, "real_now", lambda: self.now)

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    return Wall(monkeypatch)


@pytest.fixture
def signer(keys_dir: Path) -> tokens.Signer:
    return tokens.Signer.load(keys_dir, tokens.GATEWAY)


@pytest.fixture
def verifier(keys_dir: Path) -> tokens.Verifier:
    return tokens.Verifier(keys_dir)


class Listening(BaseAdapter):
    """
    A service that notes the tokens it was shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        self.shown.append(request.headers["Authorization"])
        response = requests.Response()
        response.status_code, response._content = 200, b"{}"
        return response

    def close(self) -> None:
        pass


def test_what_is_recent_holds_for_its_span_only(wall: Wall) -> None:
    recent: Recent[str, int] = Recent(10)
    recent.keep("a", 1, since=NOON.timestamp(), until=NOON.timestamp() + 30)

    wall.move(29)
    assert recent.get("a") == 1
    wall.move(1)
    assert recent.get("a") is None


def test_what_was_worked_out_later_than_now_does_not_hold(wall: Wall) -> None:
    recent: Recent[str, int] = Recent(10)
    recent.keep("a", 1, since=NOON.timestamp(), until=NOON.timestamp() + 30)

    wall.move(-1)

    assert recent.get("a") is None


def test_the_one_not_asked_for_longest_goes_first(wall: Wall) -> None:
    recent: Recent[str, int] = Recent(2)
    for name in ("a", "b"):
        recent.keep(name, 1, since=0, until=NOON.timestamp() + 30)
    recent.get("a")

    recent.keep("c", 1, since=0, until=NOON.timestamp() + 30)

    assert [recent.get(name) for name in ("a", "b", "c")] == [1, None, 1]
    assert len(recent) == 2


def test_a_token_seen_before_expires_all_the_same(signer: tokens.Signer, verifier: tokens.Verifier) -> None:
    token = signer.mint("billing", "cus_1", ttl=1 - tokens.LEEWAY + 1, use="service")
    until = verifier.verify(token, audience="billing", **KNOWN)["exp"] + tokens.LEEWAY

    time.sleep(until - time.time() + 0.01)

    with pytest.raises(NotSignedIn):
        verifier.verify(token, audience="billing", **KNOWN)


def test_a_token_seen_before_is_still_for_its_audience_issuer_and_use_only(
    signer: tokens.Signer, verifier: tokens.Verifier
) -> None:
    token = signer.mint("billing", "cus_1", use="service")
    verifier.verify(token, audience="billing", **KNOWN)

    for wrong in (
        {"audience": "tickets", **KNOWN},
        {"audience": "billing", "issuer": tokens.STAFF_DESK, "use": "service"},
        {"audience": "billing", "issuer": tokens.GATEWAY, "use": "staff"},
    ):
        with pytest.raises(NotSignedIn):
            verifier.verify(token, **wrong)


def test_a_signature_seen_before_says_nothing_about_another_body(
    signer: tokens.Signer, verifier: tokens.Verifier
) -> None:
    mine, other = (signer.mint("billing", name, use="service") for name in ("cus_1", "cus_2"))
    verifier.verify(mine, audience="billing", **KNOWN)
    head, _, signature = mine.split(".")

    with pytest.raises(NotSignedIn):
        verifier.verify(".".join([head, other.split(".")[1], signature]), audience="billing", **KNOWN)


def test_claims_seen_before_cannot_be_changed_by_who_got_them(
    signer: tokens.Signer, verifier: tokens.Verifier
) -> None:
    claims = verifier.verify(signer.mint("billing", "cus_1", use="service"), audience="billing", **KNOWN)

    with pytest.raises(TypeError):
        claims["sub"] = "cus_2"  # type: ignore[index]


def test_one_token_serves_a_caller_for_half_its_life(signer: tokens.Signer, wall: Wall) -> None:
    service, session = Listening(), requests.Session()
    session.mount("http://billing", service)
    client = ServiceClient("http://billing", "billing", signer, session=session)
    mine = Caller(customer_id="cus_1", partner_id="par_1")

    for caller in (mine, mine, Caller(customer_id="cus_2"), Caller(customer_id="cus_1", partner_id="par_2")):
        client.get("/a", principal=caller)
    wall.move(SHOWN_FOR)
    client.get("/a", principal=mine)

    first, again, other, moved, later = service.shown
    assert first == again
    assert len({first, other, moved, later}) == 4


def test_who_acts_for_a_customer_never_shows_the_customers_own_token(signer: tokens.Signer) -> None:
    service, session = Listening(), requests.Session()
    session.mount("http://billing", service)
    client = ServiceClient("http://billing", "billing", signer, session=session)

    client.get("/a", principal=Caller(customer_id="cus_1"))
    client.get(
        "/a", principal=Caller(customer_id="cus_1", actor="staff:stf_1", on_behalf_of="customer:cus_1")
    )
    client.get(
        "/a", principal=Caller(customer_id="cus_1", actor="staff:stf_2", on_behalf_of="customer:cus_1")
    )

    assert len(set(service.shown)) == 3
