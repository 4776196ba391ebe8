"""The kit: formats, forms, themes, languages, static files."""

import gzip
import hashlib
import re
from datetime import UTC, date, datetime

import pytest
from flask import Flask, g
from werkzeug.datastructures import MultiDict

from shared import clock, ui
from shared.errors import FieldError
from shared.money import Money
from shared.texts import Text
from shared.ui import formats, statuses
from shared.ui.assets import static_root
from shared.ui.language import LANGUAGES, translations

FRIDAY = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def app() -> Flask:
    app = Flask("shared", static_folder=None)
    ui.init_app(app)

    @app.post("/change")
    def change() -> tuple[str, int, dict[str, str]]:
        ui.toast("Change booked", undo="/undo")
        return "", 303, {"Location": "/ui"}

    return app


@pytest.fixture
def friday():
    clock.move_to(FRIDAY)
    yield
    clock.reset()


def said_in(app: Flask, language: str, say):
    with app.test_request_context(f"/?lang={language}"):
        return say()


@pytest.mark.parametrize(
    ("language", "amount", "text"),
    [
        ("en", Money(3000, "EUR"), "€30.00"),
        ("en", Money(-750, "EUR"), "−€7.50"),
        ("en", {"amount": "286904.50", "currency": "EUR"}, "€286,904.50"),
        ("en", Money(500, "JPY"), "JP¥500"),
        ("de", Money(3000, "EUR"), "30,00\xa0€"),
        ("de", Money(-750, "EUR"), "−7,50\xa0€"),
    ],
)
def test_money_is_written_as_the_language_writes_it(app: Flask, language: str, amount, text: str) -> None:
    assert said_in(app, language, lambda: formats.money(amount)) == text


def test_a_difference_may_carry_its_plus(app: Flask) -> None:
    assert said_in(app, "en", lambda: formats.money(Money(800, "EUR"), signed=True)) == "+€8.00"


def test_a_refusal_is_said_as_the_language_writes_it(app: Flask) -> None:
    text = Text("Must be greater than %(least)s.", {"least": Money(1250, "EUR")})
    both = Text("%(all)s.", {"all": [text, Text("Locked")]})

    assert text == "Must be greater than EUR 12.50."
    assert said_in(app, "de", lambda: formats.said(text)) == "Muss größer als 12,50\xa0€ sein."
    assert said_in(app, "de", lambda: formats.said(both)) == "Muss größer als 12,50\xa0€ sein.; Gesperrt."


@pytest.mark.usefixtures("friday")
def test_days_name_the_year_only_when_it_is_another(app: Flask) -> None:
    def say() -> list[str]:
        return [
            formats.day(date(2026, 11, 30)),
            formats.day("2027-01-01"),
            formats.day(date(2026, 11, 30), "short"),
        ]

    assert said_in(app, "en", say) == ["30 November", "1 January 2027", "30 Nov"]
    assert said_in(app, "de", say) == ["30. November", "1. Januar 2027", "30. Nov."]


@pytest.mark.usefixtures("friday")
def test_instants_are_in_the_readers_zone(app: Flask) -> None:
    def say() -> list[str]:
        g.timezone = "Europe/Prague"
        return [formats.instant(FRIDAY), formats.instant("2026-11-18T23:30:00+00:00")]

    assert said_in(app, "en", say) == ["today 11:00", "19 November, 00:30"]


@pytest.mark.usefixtures("friday")
def test_ages_are_told_up_to_seven_days(app: Flask) -> None:
    def say() -> list[str]:
        times = [
            "2026-11-20T09:59:30Z",
            "2026-11-20T09:00:00Z",
            "2026-11-18T09:00:00Z",
            "2026-11-01T09:00:00Z",
        ]
        return [formats.since(time) for time in times]

    assert said_in(app, "en", say) == ["just now", "1 hour ago", "2 days ago", "1 November, 09:00"]
    assert said_in(app, "de", say) == ["gerade eben", "vor 1 Stunde", "vor 2 Tagen", "1. November, 09:00"]


def test_percentages_follow_the_language(app: Flask) -> None:
    assert said_in(app, "en", lambda: formats.percent(0.018)) == "1.8%"
    assert said_in(app, "de", lambda: formats.percent(-0.018)) == "−1,8\xa0%"


def test_subscribers_see_friendlier_words(app: Flask) -> None:
    assert said_in(
        app, "en", lambda: statuses.status_tag("ticket", "waiting_on_customer", for_customer=True)
    ) == ('<span class="tag warn">Your turn</span>')
    assert said_in(app, "de", lambda: statuses.status_tag("customer", "blocked")) == (
        '<span class="tag bad">Gesperrt</span>'
    )


def test_an_unknown_status_is_escaped_and_shown(app: Flask) -> None:
    assert said_in(app, "en", lambda: statuses.status_tag("order", "half_<done>")) == (
        '<span class="tag idle">Half &lt;done&gt;</span>'
    )


def test_a_form_knows_what_was_typed_and_what_is_wrong() -> None:
    form = ui.Form(
        MultiDict([("email", "x"), ("labels", "1"), ("labels", "2")]),
        [FieldError("#/address/street", "required", "Enter the street")],
    )

    assert form.value("email") == "x"
    assert form.chosen("labels") == ["1", "2"]
    assert form.error("address.street") == "Enter the street"
    assert form.error("email") == ""
    assert form.failed


def test_the_page_speaks_the_language_chosen_last(app: Flask) -> None:
    client = app.test_client()

    assert 'lang="en"' in client.get("/ui", headers={"Accept-Language": "fr"}).text
    assert 'lang="de"' in client.get("/ui", headers={"Accept-Language": "de-AT, en;q=0.5"}).text

    client.post("/ui/language", data={"language": "de", "next": "/ui"})

    assert "Zum Inhalt springen" in client.get("/ui").text
    assert "Skip to main content" in client.get("/ui?lang=en").text


def test_the_theme_is_in_the_page_before_any_script_runs(app: Flask) -> None:
    client = app.test_client()

    assert 'data-theme="auto"' in client.get("/ui").text

    answer = client.post("/ui/theme", data={"theme": "dark", "next": "/ui?a=1"})

    assert (answer.status_code, answer.location) == (303, "/ui?a=1")
    assert 'data-theme="dark"' in client.get("/ui").text


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
def test_a_choice_never_leads_to_another_site(app: Flask, elsewhere: str) -> None:
    answer = app.test_client().post("/ui/theme", data={"theme": "dark", "next": elsewhere})

    assert answer.location == "/"


def test_another_site_cannot_choose(app: Flask) -> None:
    answer = app.test_client().post(
        "/ui/theme", data={"theme": "dark"}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 400


def test_a_toast_survives_one_redirect_and_is_shown_once(app: Flask) -> None:
    client = app.test_client()
    client.post("/change")

    first, second = client.get("/ui").text, client.get("/ui").text

    assert "Change booked" in first
    assert 'action="/undo"' in first
    assert "Change booked" not in second


def test_a_forged_toast_is_nothing(app: Flask) -> None:
    client = app.test_client()
    client.set_cookie("ledgerline-toast", "not base64!")

    assert client.get("/ui").status_code == 200


def test_static_files_are_named_by_content_and_kept_for_ever(app: Flask) -> None:
    address = ui.static_url("kit.css")

    answer = app.test_client().get(address, headers={"Accept-Encoding": "gzip"})

    assert re.fullmatch(r"/ui/static/kit\.[0-9a-f]{8}\.css", address)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (
        f"url(vendor/{ui.static_url('vendor/inter.woff2').rpartition('/')[2]})"
        in gzip.decompress(answer.data).decode()
    )
    assert app.test_client().get("/ui/static/kit.css").status_code == 404


def test_a_partners_hue_is_a_style_sheet(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/ui/theme/160.css").text == ":root{--h:160}\n"
    assert client.get("/ui/theme/360.css").status_code == 404


def test_the_gallery_is_for_the_sandbox_only() -> None:
    app = Flask("shared", static_folder=None)
    ui.init_app(app, environment="production")

    assert app.test_client().get("/ui").status_code == 404


def test_vendored_files_are_what_they_were() -> None:
    vendor = static_root() / "vendor"
    listed = dict(
        re.findall(r"^\| ([\w.]+) \|.*\| ([0-9a-f]{64}) \|$", (vendor / "VENDORED.md").read_text(), re.M)
    )

    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in vendor.iterdir()
        if file.suffix not in (".md", ".txt")
    }

    assert found == listed


def test_scripts_are_small() -> None:
    scripts = static_root().rglob("*.js")

    assert sum(len(gzip.compress(file.read_bytes())) for file in scripts) <= 22 * 1024


def test_the_catalogues_can_be_read() -> None:
    assert {name: translations(name).gettext("Undo") for name in LANGUAGES} == {
        "en": "Undo",
        "de": "Rückgängig machen",
    }
