"""What the kit's script adds to pages that work without it."""

from collections import Counter
from collections.abc import Callable, Iterator
from time import sleep

import pytest
from flask import Flask, Response, redirect, render_template_string, request

from shared import ui

pytestmark = pytest.mark.browser

PAGE = """
{% extends "ui/fragment.html" if is_fragment() else "ui/portal.html" %}
{% import "ui/macros.html" as ui %}
{% set page = {"title": "Order 10483"} %}
{% block main %}"""
END = "{% endblock %}"
FIRST = PAGE + '{% call ui.live("/status", every=0.05) %}<p id="now">Waiting</p>{% endcall %}' + END
GOES_ON = PAGE + '{% call ui.live("/status", every=0.05) %}<p id="now">Paying</p>{% endcall %}' + END
TOLD = (
    PAGE
    + '{% call ui.live("/told", "/stream", "order.updated", every=60, most=120) %}'
    + '<p id="now">{{ now }}</p>{% endcall %}'
    + END
)
PATIENT = (
    PAGE
    + '{% call ui.live("/patient", "/full", "order.updated", every=0.05, most=0.3) %}'
    + '<p id="now">Waiting</p>{% endcall %}'
    + END
)
LAST = PAGE + '<p id="now">Successful</p>' + END
FORM = (
    PAGE
    + '{% call ui.form_(form, "/send") %}{{ ui.text(form, "name", "Name") }}'
    + '{{ ui.actions("Pay €18.33", busy="Paying…") }}{% endcall %}'
    + END
)
OPENER = PAGE + '{{ ui.heading("Services") }}{{ ui.link_button("Change plan", "/form", sheet=true) }}' + END
SHEET = (
    PAGE
    + '<h2>Change your plan</h2>{% call ui.form_(form, "") %}{{ ui.text(form, "name", "Name") }}{% endcall %}'
    + END
)


@pytest.fixture
def asked() -> Counter[str]:
    """
    How often each address was asked for.
    """
    return Counter()


@pytest.fixture
def site(serve: Callable[[Flask], str], asked: Counter[str]) -> str:
    """
    The address of a small site made with the kit.
    """
    app = Flask("shared", static_folder=None)
    ui.init_app(app)

    @app.before_request
    def count() -> None:
        asked[request.path] += 1

    @app.get("/order")
    def order() -> str:
        return render_template_string(FIRST)

    @app.get("/status")
    def status() -> tuple[str, int]:
        answers = {1: (GOES_ON, 200), 2: ("", 204), 3: (LAST, 200)}
        text, code = answers[asked["/status"]]
        return render_template_string(text), code

    @app.get("/form")
    def form() -> str:
        return render_template_string(SHEET if ui.is_fragment() else FORM, form=ui.Form())

    @app.get("/services")
    def services() -> str:
        return render_template_string(OPENER)

    @app.post("/send")
    def send() -> Response:
        ui.toast("Sent", undo="/undo")
        return redirect("/services", 303)  # type: ignore[return-value]

    @app.post("/undo")
    def undo() -> Response:
        return redirect("/order", 303)  # type: ignore[return-value]

    return serve(app)


@pytest.fixture
def told_site(serve: Callable[[Flask], str], asked: Counter[str]) -> str:
    """
    The address of a site that tells what happens, on one page, and has no place for a listener, on another.
    """
    app = Flask("shared", static_folder=None)
    ui.init_app(app)

    @app.before_request
    def count() -> None:
        asked[request.path] += 1

    @app.get("/told")
    def told() -> str:
        return render_template_string(TOLD if asked["/told"] < 3 else LAST, now=f"Look {asked['/told']}")

    @app.get("/stream")
    def stream() -> Response:
        def events() -> Iterator[str]:
            yield "retry: 50\n\n"
            if asked["/stream"] == 1:
                yield "event: ticket.message\ndata: {}\n\n"  # nothing of this page
                return
            yield "id: 7\nevent: order.updated\ndata: {}\n\n"
            yield from iter(lambda: sleep(0.05) or ": still here\n\n", None)

        return Response(events(), mimetype="text/event-stream")

    @app.get("/patient")
    def patient() -> str:
        return render_template_string(PATIENT)

    @app.get("/full")
    def full() -> tuple[str, int]:
        return "", 204

    return serve(app)


def test_a_live_part_follows_until_it_is_told_the_last(look, site: str, asked: Counter[str]) -> None:
    page = look.at(f"{site}/order")

    page.get_by_text("Successful").wait_for()
    page.wait_for_timeout(300)

    assert asked["/status"] == 3


def test_what_the_server_tells_moves_the_page_without_asking_again_and_again(
    look, told_site: str, asked: Counter[str]
) -> None:
    page = look.at(f"{told_site}/told")

    page.get_by_text("Successful").wait_for()  # at once, and once more a little later

    assert (asked["/told"], asked["/stream"]) == (4, 2)  # the last answer is the page, loaded whole


def test_without_a_stream_the_page_asks_for_a_while_and_then_offers_to_look_again(
    look, told_site: str, asked: Counter[str]
) -> None:
    page = look.at(f"{told_site}/patient")

    again = page.get_by_role("link", name="Look again")
    again.wait_for()
    tries = asked["/patient"]
    page.wait_for_timeout(300)

    assert 3 <= tries == asked["/patient"]
    with page.expect_navigation():
        again.click()
    assert asked["/patient"] > tries


def test_pressing_twice_sends_once(look, site: str, asked: Counter[str]) -> None:
    page = look.at(f"{site}/form")

    page.locator("form[data-guard] button").dblclick()
    page.get_by_text("Sent").wait_for()

    assert asked["/send"] == 1


def test_a_toast_can_be_undone(look, site: str, asked: Counter[str]) -> None:
    page = look.at(f"{site}/form")
    page.locator("form[data-guard] button").click()

    page.get_by_role("button", name="Undo").click()
    page.wait_for_url("**/order")

    assert asked["/undo"] == 1


def test_a_sheet_shows_the_page_it_links_to(look, site: str) -> None:
    page = look.at(f"{site}/services")

    page.get_by_role("link", name="Change plan").click()
    page.get_by_role("dialog", name="Change your plan").wait_for()

    assert page.url == f"{site}/services"
    assert page.evaluate("document.activeElement.name") == "name"
    assert look.axe(page) == []


def test_without_the_script_the_sheet_is_a_page(look, site: str) -> None:
    page = look.at(f"{site}/services", java_script_enabled=False)

    page.get_by_role("link", name="Change plan").click()

    assert page.url == f"{site}/form"


def test_leaving_a_form_with_changes_asks_first(look, site: str) -> None:
    page = look.at(f"{site}/form")
    asked_to_stay = []
    page.on("dialog", lambda dialog: (asked_to_stay.append(dialog.type), dialog.accept()))
    page.get_by_label("Name").press_sequentially("Robert")

    page.goto(f"{site}/services")

    assert asked_to_stay == ["beforeunload"]
