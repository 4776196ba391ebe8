"""The gallery: every component, in every state, looked at by a browser."""

from collections.abc import Callable

import pytest
from flask import Flask, Response

from shared import ui
from shared.money import Money

pytestmark = pytest.mark.browser

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
SHELLS = ("admin", "portal")
MAIN_ADMIN = ui.Staff("Main Admin", frozenset({"events.view"}))


@pytest.fixture
def gallery(serve: Callable[[Flask], str]) -> str:
    """
    The address of the gallery, under the policy our pages have.
    """
    app = Flask("shared", static_folder=None)
    ui.init_app(app, who=lambda: MAIN_ADMIN)
    sections = [
        ui.Section("home", "Overview", "/ui", "gauge"),
        ui.Section("invoices", "Invoices", "/ui?invoices", "receipt", count=3),
    ]
    ui.use_admin_shell(
        app,
        ui.AdminShell(
            "billing",
            sections,
            search_url="/ui",
            stuck=lambda: 2,
            stuck_url="/ui?stuck",
            sign_out_url="/ui/theme",
        ),
    )
    ui.use_portal_shell(
        app,
        lambda: ui.PortalShell(
            "Harbour Fibre",
            customer="Robert Myers",
            basket_count=2,
            basket_total=Money(1833, "EUR"),
            phone="021 555 0100",
        ),
    )

    @app.after_request
    def guard(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return serve(app) + "/ui"


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("width", [1360, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(look, gallery: str, shell: str, width: int, theme: str) -> None:
    page = look.at(f"{gallery}?shell={shell}&toast=1", width=width, theme=theme)
    look.shot(page, f"gallery-{shell}-{theme}-{width}")

    assert look.axe(page) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_is_wider_than_the_smallest_screen(look, gallery: str, shell: str) -> None:
    page = look.at(f"{gallery}?shell={shell}&toast=1", width=320)
    look.shot(page, f"gallery-{shell}-light-320")

    assert look.overflow(page) == 0


@pytest.mark.parametrize("shell", SHELLS)
def test_four_times_larger_text_still_fits(look, gallery: str, shell: str) -> None:
    page = look.at(f"{gallery}?shell={shell}", width=1280 // 4)

    assert look.overflow(page) == 0


def test_targets_are_large_enough(look, gallery: str) -> None:
    assert look.small_targets(look.at(f"{gallery}?shell=admin"), 24) == []
    assert look.small_targets(look.at(f"{gallery}?shell=portal", width=390), 24) == []


def test_what_a_subscriber_presses_is_44_pixels_high(look, gallery: str) -> None:
    page = look.at(f"{gallery}?shell=portal", width=390)

    heights = page.eval_on_selector_all(
        ".btn:not(.sm), .tabbar a, .in, .chip, .opt",
        "all => all.filter(e => e.offsetParent).map(e => e.offsetHeight)",
    )

    assert min(heights) >= 44


def test_longer_words_are_not_clipped(look, gallery: str) -> None:
    for width in (1360, 390):
        assert look.clipped(look.at(f"{gallery}?shell=portal&lang=en-XA", width=width)) == []


def test_a_page_is_light_on_the_wire(look, gallery: str) -> None:
    page = look.at(f"{gallery}?shell=portal")

    size, requests = look.weight(page)

    assert size - 35_000 <= 80_000  # the gallery's own page is five times any other's
    assert requests <= 7


def test_the_chosen_theme_stays(look, gallery: str) -> None:
    page = look.at(gallery, theme="light")
    page.click("[data-theme-toggle]")
    page.reload()

    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_a_dialog_takes_the_focus_and_gives_it_back(look, gallery: str) -> None:
    page = look.at(gallery)
    page.focus("[data-dialog=sheet]")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.name") == "sheet-plan"

    page.keyboard.press("Escape")

    assert page.evaluate("document.activeElement.dataset.dialog") == "sheet"


def test_a_menu_closes_with_escape(look, gallery: str) -> None:
    page = look.at(gallery)
    page.focus("summary.av-btn")
    page.keyboard.press("Enter")

    assert page.locator("details[data-menu][open]").count() == 1

    page.keyboard.press("Escape")

    assert page.locator("details[data-menu][open]").count() == 0


def test_a_form_that_comes_back_takes_the_focus_to_its_summary(look, gallery: str) -> None:
    page = look.at(gallery)

    assert page.evaluate("document.activeElement.className") == "summary"


def test_slash_finds_the_search(look, gallery: str) -> None:
    page = look.at(gallery)
    page.keyboard.press("/")

    assert page.evaluate("document.activeElement.id") == "search-all"
