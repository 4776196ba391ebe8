"""What the public API promises of every route: how often, how long kept, and a page for every problem."""

import gzip
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal_gateway.app import create_app
from portal_gateway.clients.codes import PUBLIC
from portal_gateway.clients.fake import FakeWorld
from portal_gateway.portal.problems import PROBLEMS
from portal_gateway.settings import Settings
from shared.db import Database
from shared.testing import answers_problem

HEAVIEST = 80_000  # bytes, as it travels


def test_what_did_not_change_is_not_sent_again(client: FlaskClient, sign_in) -> None:
    headers = sign_in()
    first = client.get("/api/v1/home", headers=headers)

    again = client.get("/api/v1/home", headers={**headers, "If-None-Match": first.headers["ETag"]})
    other = client.get("/api/v1/home", headers={**headers, "If-None-Match": '"other"'})
    german = {**headers, "Accept-Language": "de", "If-None-Match": first.headers["ETag"]}

    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert other.json == first.json
    assert client.get("/api/v1/home", headers=german).status_code == 200


def test_only_products_are_kept_unasked_and_secrets_are_kept_by_nobody(client: FlaskClient, sign_in) -> None:
    headers = sign_in()

    def kept(path: str) -> tuple[str, bool]:
        answer = client.get(f"/api/v1/{path}", headers=headers)
        return answer.headers["Cache-Control"], "ETag" in answer.headers

    assert kept("products") == ("private, max-age=60", True)
    assert kept("basket") == ("private, no-cache", True)
    assert kept("sessions/current") == ("no-store", False)
    assert kept("orders/ord_unknown") == ("no-store", False)


def test_the_etag_of_the_basket_is_its_revision(client: FlaskClient, sign_in) -> None:
    assert client.get("/api/v1/basket", headers=sign_in()).headers["ETag"] == '"r0"'


def test_who_guesses_ids_is_told_nothing_and_soon_to_wait(
    database: Database, keys_dir: Path, world: FakeWorld
) -> None:
    settings = Settings(database_url=database.url, keys_dir=keys_dir, admin_urls={}, requests_per_minute=3)
    client = create_app(settings, database, upstreams=world.upstreams()).test_client()

    def signed_in(login: str) -> dict[str, str]:
        words = {"login": login, "password": "ledgerline-demo"}
        return {"Authorization": f"Bearer {client.post('/api/v1/sessions', json=words).json['access_token']}"}

    robert, quay = signed_in("postpaid"), signed_in("requestonly")
    tries = [client.get(f"/api/v1/orders/ord_{n}", headers=robert) for n in range(4)]

    assert [each.status_code for each in tries] == [404, 404, 404, 429]
    assert tries[2].headers["RateLimit-Policy"] == '"requests";q=3;w=60'
    assert tries[2].headers["RateLimit"].startswith('"requests";r=0;t=')
    answers_problem(tries[3], 429, "rate_limited")
    assert 0 < int(tries[3].headers["Retry-After"]) <= 60
    assert client.get("/api/v1/home", headers=robert).status_code == 200  # another part
    assert client.get("/api/v1/orders/ord_1", headers=quay).status_code == 404


def test_every_operation_is_documented_on_a_light_page(client: FlaskClient) -> None:
    described = client.get("/api/openapi.json").json["paths"]
    answer = client.get("/api/docs", headers={"Accept-Encoding": "gzip"})
    page = gzip.decompress(answer.data).decode()

    operations = [f"{method.upper()} {path}" for path, item in described.items() for method in item]
    missing = [each for each in operations if f"{each.replace('PARAMETERS', '')}</span>" not in page]
    assert [each for each in missing if not each.startswith("PARAMETERS")] == []
    assert len(answer.data) < HEAVIEST
    assert "&#34;payment_method_id&#34;: &#34;pm_01J9&#34;" in page


@pytest.mark.parametrize("code", sorted(PUBLIC))
def test_the_type_of_a_problem_leads_to_what_it_means(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/api/docs/problems/{code.replace('_', '-')}")

    assert answer.status_code == 200
    assert str(PROBLEMS[code].means) in answer.text
    assert f">{code}<" in answer.text


def test_a_problem_names_its_own_page(client: FlaskClient) -> None:
    url = client.get("/api/v1/home").json["type"]

    page = client.get(url.removeprefix("http://127.0.0.1:8000"), headers={"Accept-Language": "de"})

    assert url.endswith("/api/docs/problems/authentication-required")
    assert "Was zu tun ist" in page.text


def test_there_is_no_page_for_another_problem(client: FlaskClient) -> None:
    assert set(PROBLEMS) == PUBLIC
    for name in ("unheard-of", "not_found"):
        assert client.get(f"/api/docs/problems/{name}").status_code == 404
