"""
What holds for every route of every service, generated from their URL maps: a new route is tested at once.

The numbers are those of the security list (reliability.md section 3).
"""

import base64
import hmac
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from werkzeug.test import TestResponse

from portal_gateway.domain.session import ABSOLUTE, Kind
from portal_gateway.models import PortalSession
from portal_gateway.usecases.sign_in import hashed
from shared import clock
from shared.db import Database
from shared.migrations import migrate
from shared.testing import as_bearer
from shared.web import tokens
from shared.web.access import Route, routes
from shared.web.csrf import SIGN_OUT, make_token
from shared.web.guard import SAFE
from shared.web.staff import mint_staff_token
from shared.web.tokens import Signer
from tests.architecture.house import OWNERS, PACKAGES, application

FROM_GATEWAY = {"portal", "service", "gateway"}
KIT = ("/ui", "/livez", "/readyz", "/metrics", "/api/openapi.json")

Mint = Callable[..., str]


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Flask]]:
    folder = tmp_path_factory.mktemp("routes")
    made = {package: application(package, folder) for package in PACKAGES}
    for package, app in made.items():
        migrate(app.extensions["ledgerline"].db, package)
    yield made
    for app in made.values():
        db: Database = app.extensions["ledgerline"].db
        db.close()


@pytest.fixture(params=sorted(PACKAGES))
def app(apps: dict[str, Flask], request: pytest.FixtureRequest) -> Flask:
    return apps[request.param]


@pytest.fixture
def name(app: Flask) -> str:
    return str(app.extensions["ledgerline"].service)


@pytest.fixture
def keys(app: Flask) -> Path:
    folder: Path = app.extensions["ledgerline"].settings.keys_dir
    return folder


def _calls(app: Flask, *, only: Callable[[Route], bool]) -> list[tuple[str, str, Route]]:
    return [
        (method, _filled(route.rule), route)
        for route in routes(app)
        if only(route)
        for method in sorted(route.methods)
    ]


def _filled(rule: str) -> str:
    chosen = re.sub(r"<any\((\w+)[^)]*\):[^>]+>", r"\1", rule)
    return re.sub(r"<int:[^>]+>", "1", re.sub(r"<(?!int:)[^>]+>", "x", chosen))


def _ask(app: Flask, method: str, path: str, **kwargs: Any) -> TestResponse:
    return app.test_client(use_cookies=False).open(path, method=method, **kwargs)


def _is_staff(route: Route) -> bool:
    return route.access.startswith("staff")


def _staff_token(keys: Path, service: str, *permissions: str) -> str:
    return mint_staff_token(
        Signer.load(keys, tokens.STAFF_DESK),
        service,
        staff_id="stf_1",
        session_id="ses_1",
        csrf_secret="secret",
        name="Ada",
        roles=[],
        permissions=permissions,
    )


def test_86_what_the_gateway_calls_needs_its_token(app: Flask, name: str, keys: Path) -> None:
    signer = Signer.load(keys, tokens.GATEWAY)
    wrong = {
        "none": {},
        "for another service": as_bearer(signer.mint("elsewhere", "cus_1", use="service")),
        "staff": as_bearer(_staff_token(keys, name, "orders.view")),
        "spoofed": {"X-User-Id": "cus_1", "X-Partner": "par_1", "X-Act": "staff"},
    }

    for method, path, _ in _calls(app, only=lambda route: route.access in FROM_GATEWAY):
        for what, headers in wrong.items():
            answer = _ask(app, method, path, headers=headers, json={})
            assert (what, method, path, answer.status_code) == (what, method, path, 401)
            assert answer.mimetype == "application/problem+json"


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _public_key(keys: Path, kid: str) -> bytes:
    known = json.loads((keys / "trusted.json").read_text())["keys"]
    x = next(each["x"] for each in known if each["kid"] == kid)
    return base64.urlsafe_b64decode(x + "==")


def _signed_with_what_all_know(public: bytes, kid: str, claims: dict[str, Any]) -> str:
    head = _packed(json.dumps({"alg": "HS256", "kid": kid}).encode())
    signed = f"{head}.{_packed(json.dumps(claims).encode())}"
    return f"{signed}.{_packed(hmac.digest(public, signed.encode(), 'sha256'))}"


def _forged(keys: Path, service: str, *, issuer: str, use: str) -> dict[str, str]:
    signer, now = Signer.load(keys, issuer), int(clock.real_now().timestamp())
    more = {"use": use, "sid": "ses_1", "csrf": "x", "permissions": ["events.view"]}  # what staff would carry
    good = signer.mint(service, "cus_1", **more)
    head, body, signature = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    unsigned = _packed(json.dumps({"alg": "none", "kid": signer.kid}).encode())
    public = _public_key(keys, signer.kid)
    own = Signer(issuer, Ed25519PrivateKey.generate())
    other = _packed(json.dumps({**claims, "sub": "cus_2", "partner": "par_2"}).encode())
    another = next(each for each in (tokens.GATEWAY, tokens.STAFF_DESK) if each != issuer)
    return {
        "alg none": f"{unsigned}.{body}.",
        "HS256 with the public key": _signed_with_what_all_know(public, signer.kid, claims),
        "a key of one's own": own.mint(service, "cus_1", **more),
        "another subject": f"{head}.{other}.{signature}",
        "expired (88)": signer.mint(service, "cus_1", ttl=-60, **more),
        "not valid yet": signer.mint(service, "cus_1", nbf=now + 60, **more),
        "another use": signer.mint(service, "cus_1", **{**more, "use": "handoff"}),
        "another issuer": Signer.load(keys, another).mint(service, "cus_1", **more),
        "for another service": signer.mint("elsewhere", "cus_1", **more),
        "no token": "x",
    }


def test_86_forged_tokens_are_worth_nothing(app: Flask, name: str, keys: Path) -> None:
    called, shown, own = (
        _calls(app, only=lambda route: route.access in FROM_GATEWAY),
        _calls(app, only=_is_staff),
        _calls(app, only=lambda route: route.access == "portal_session"),
    )
    assert called if name != "portal" else own
    for issuer, use, found in (
        (tokens.GATEWAY, "service", called[:1] + own[:1]),
        (tokens.STAFF_DESK, "staff", shown[:1] + own[:1]),
    ):
        assert found or not called
        for what, token in _forged(keys, name, issuer=issuer, use=use).items():
            for method, path, route in found:
                answer = _ask(app, method, path, headers=as_bearer(token), json={})
                led_away = _is_staff(route) and "/sign-on?" in (answer.location or "")
                assert led_away or answer.status_code == 401, (what, path, answer.status_code)


def test_11_staff_pages_open_to_no_other_cookie_or_token(app: Flask, name: str, keys: Path) -> None:
    customer = as_bearer(Signer.load(keys, tokens.GATEWAY).mint(name, "cus_1", use="service"))

    for method, path, _ in _calls(app, only=_is_staff):
        for headers in ({}, customer, {"Cookie": "__Host-ledgerline-portal=x; ledgerline-portal=x"}):
            answer = _ask(app, method, path, headers=headers)
            to_sign_in = answer.status_code == 302 and "/admin/customers/sign-on?" in (answer.location or "")
            assert to_sign_in or answer.status_code == 401, (method, path, answer.status_code)


def test_36_staff_who_may_only_look_change_nothing(app: Flask, name: str, keys: Path) -> None:
    looking = {route.access.partition(":")[2] for route in routes(app) if route.access.endswith(".view")}
    headers = as_bearer(_staff_token(keys, name, *looking))

    for method, path, route in _calls(app, only=_is_staff):
        wanted = route.access.partition(":")[2]
        if method != "GET" and wanted and wanted not in looking:
            assert (method, path, _ask(app, method, path, headers=headers).status_code) == (method, path, 403)


def test_a_permission_of_another_kind_opens_nothing(app: Flask, name: str, keys: Path) -> None:
    headers = as_bearer(_staff_token(keys, name, "nothing.real"))

    for method, path, route in _calls(app, only=_is_staff):
        if route.access != "staff:":
            assert (method, path, _ask(app, method, path, headers=headers).status_code) == (method, path, 403)


def test_77_what_changes_something_cannot_be_got(app: Flask) -> None:
    known = app.url_map.bind("localhost")
    for method, path, _ in _calls(app, only=lambda route: "GET" not in route.methods):
        if not known.test(path, "GET"):  # "x" may be the id of something that is shown
            assert (method, path, _ask(app, "GET", path).status_code) == (method, path, 405)
            assert (method, path, _ask(app, "HEAD", path).status_code) == (method, path, 405)


def test_83_odd_verbs_are_refused(app: Flask) -> None:
    for _, path, _ in _calls(app, only=lambda route: "<path:" not in route.rule):
        for method in ("TRACE", "CONNECT"):
            assert (path, _ask(app, method, path).status_code) == (path, 405)


def test_76_forms_of_other_sites_are_refused(app: Flask) -> None:
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    # Staff and subscribers are not signed in here and get 401 first; the rest must say 403 itself.
    anybody = _calls(
        app, only=lambda route: route.access in ("public", "visitor") and not route.rule.startswith(KIT)
    )
    for method, path, _ in anybody:
        if method not in ("GET", "HEAD"):
            answer = _ask(app, method, path, headers=evil, data={})
            assert (method, path, answer.status_code) == (method, path, 403)


def _signed_in(app: Flask, session_id: str) -> tuple[str, str]:
    """
    Sign a customer in at the portal, and return the cookie and the token of its pages.
    """
    db, now = app.extensions["ledgerline"].db, clock.real_now()
    with db.begin() as session:
        known = session.get(PortalSession, session_id)
        if known is None:
            session.add(
                PortalSession(
                    id=session_id,
                    kind=Kind.COOKIE,
                    customer_id=f"cus_of_{session_id}",
                    partner_id="par_1",
                    secret_hash=hashed(session_id),
                    csrf_secret=f"secret of {session_id}",
                    stay_signed_in=False,
                    device="",
                    created_at=now,
                    last_seen_at=now,
                    access_ends_at=now + ABSOLUTE,
                    ends_at=now + ABSOLUTE,
                )
            )
    return f"__Host-ledgerline-portal={session_id}", make_token(f"secret of {session_id}", session_id)


def _staff_cookie(keys: Path, service: str, session_id: str, permission: str) -> tuple[str, str]:
    token = mint_staff_token(
        Signer.load(keys, tokens.STAFF_DESK),
        service,
        staff_id="stf_1",
        session_id=session_id,
        csrf_secret=f"secret of {session_id}",
        name="Ada",
        roles=[],
        permissions=[permission],
    )
    return f"__Host-ledgerline-{service}-staff={token}", make_token(f"secret of {session_id}", session_id)


def test_76_a_cookie_alone_changes_nothing_anywhere(app: Flask, name: str, keys: Path) -> None:
    def changes(route: Route) -> bool:
        return _is_staff(route) or route.access in ("portal_session", "portal_page", "portal_visitor")

    tried = 0
    for method, path, route in _calls(app, only=changes):
        if method in SAFE or route.endpoint == SIGN_OUT:  # that one proves itself at the desk
            continue
        mine, another = (
            _staff_cookie(keys, name, each, route.access.partition(":")[2])
            if _is_staff(route)
            else _signed_in(app, each)
            for each in ("ses_mine", "ses_other")
        )
        plain = {"Cookie": mine[0]}
        json_as_text = {"data": '{"a": 1}', "content_type": "text/plain"}
        tries: dict[str, dict[str, Any]] = {
            "no token": {"headers": plain, "data": {}},
            "text/plain": {"headers": plain, **json_as_text},
            "another's token": {"headers": {**plain, "X-CSRF-Token": another[1]}, "data": {}},
            "another's token in the form": {"headers": plain, "data": {"csrf_token": another[1]}},
            "another site": {
                "headers": {**plain, "X-CSRF-Token": mine[1], "Origin": "https://evil.example"},
                "data": {},
            },
            "another site, unnamed": {
                "headers": {**plain, "X-CSRF-Token": mine[1], "Sec-Fetch-Site": "cross-site"},
                "data": {},
            },
        }
        for what, sent in tries.items():
            answer = _ask(app, method, path, **sent)
            assert (what, method, path, answer.status_code) == (what, method, path, 403)
            assert "did not come from our own page" in answer.text, (what, method, path)
        tried += 1
    assert tried


def test_78_79_every_answer_carries_the_headers(app: Flask) -> None:
    for method, path, route in _calls(app, only=lambda route: True):
        headers = _ask(app, method, path, headers={"Origin": "https://evil.example"}).headers
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Strict-Transport-Security"]
        assert "Access-Control-Allow-Origin" not in headers
        if route.access not in ("public", "visitor"):
            assert "no-store" in headers["Cache-Control"] or "no-cache" in headers["Cache-Control"], path


def test_84_other_host_names_are_refused(app: Flask) -> None:
    for method, path, _ in _calls(app, only=lambda route: not route.rule.startswith(KIT)):
        answer = _ask(app, method, path, headers={"Host": "evil.example"})
        assert (path, answer.status_code) == (path, 400)
        assert "evil.example" not in answer.text


def test_85_there_is_no_debugger(app: Flask, name: str) -> None:
    assert not app.debug
    assert _ask(app, "GET", "/console").status_code == 404
    for other in {"customers", "catalog", "billing", "tickets", "portal"} - {name}:
        assert _ask(app, "GET", f"/admin/{other}/").status_code == 404


def test_every_owner_is_one_of_ours() -> None:
    assert set(OWNERS) >= set(PACKAGES)
