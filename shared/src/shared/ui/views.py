"""
The kit's own addresses: static files, a partner's hue, the choice of theme and of language.
"""

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as Answer

from shared.ui import assets, language
from shared.ui.toasts import only_tls, own_path

ui = Blueprint("ui", __name__, template_folder="templates")

THEME_COOKIE = "ledgerline-theme"
THEMES = ("auto", "light", "dark")
A_YEAR = 365 * 86400


@ui.get("/ui/static/<path:name>")
def static_file(name: str) -> Response:
    """
    Answer with a static file of the kit.
    """
    return assets.send(name, request)


@ui.get("/ui/theme/<int:hue>.css")
def theme_css(hue: int) -> Response:
    """
    Answer with the style sheet that sets a partner's brand hue, 0 to 359.
    """
    if hue > 359:
        abort(404)
    response = Response(f":root{{--h:{hue}}}\n", mimetype="text/css")
    response.headers["Cache-Control"] = assets.FOR_EVER
    return response


@ui.post("/ui/theme")
def choose_theme() -> Answer:
    """
    Remember the theme the reader prefers.
    """
    return _remember(THEME_COOKIE, request.form.get("theme", ""), THEMES)


@ui.post("/ui/language")
def choose_language() -> Answer:
    """
    Remember the language the reader prefers.
    """
    return _remember(language.COOKIE, request.form.get("language", ""), tuple(language.LANGUAGES))


def theme() -> str:
    """
    Return the theme of this page: light, dark, or auto (as the reader's system says).
    """
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"


def _remember(cookie: str, wish: str, allowed: tuple[str, ...]) -> Answer:
    if wish not in allowed or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(400)
    following = request.form.get("next", "/")
    response = redirect(following if own_path(following) else "/", 303)
    response.set_cookie(cookie, wish, max_age=A_YEAR, path="/", samesite="Lax", secure=only_tls())
    return response
