"""
Which language a page is in, and how money, dates and numbers are written in it.

English is the source; catalogues are ``<package>/translations/<language>/LC_MESSAGES/messages.po``, read at
start and kept in memory, so there is nothing to compile and nothing to go stale.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from importlib.metadata import entry_points
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_app_context, has_request_context, request
from flask_babel import Babel, Domain
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}
PSEUDO = "en-XA"  # every text longer and accented: shows what is clipped or not translated
FORMATS = {"en": "en_IE", "de": "de_DE", PSEUDO: "en_IE"}
COOKIE = "ledgerline-language"

_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


def init_language(app: Flask) -> None:
    """
    Make *app* speak the reader's language.
    """
    _Babel(app, locale_selector=lambda: FORMATS[language()], default_timezone="UTC")


def language() -> str:
    """
    Return the language of this page: asked for by ``?lang=``, set by the door, chosen before, or preferred by
    the browser; or of what is written apart from any page (``speaking``).
    """
    if spoken := _spoken.get():
        return spoken
    if not has_request_context():
        return str(g.get("language") or "en") if has_app_context() else "en"
    wishes = (request.args.get("lang"), g.get("language"), request.cookies.get(COOKIE))
    known = next((wish for wish in wishes if wish in FORMATS), None)
    return known or _preferred(request.headers.get("Accept-Language", ""))


@lru_cache(1_000)
def _preferred(header: str) -> str:
    return parse_accept_header(header, LanguageAccept).best_match(LANGUAGES) or "en"


def speak(name: str | None) -> None:
    """
    Answer this request in language *name* (the customer's setting), unless the address asks for another.
    """
    g.language = name


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """
    Write money, days and numbers in language *name*, whoever asks for it: a mail has its reader's language.
    """
    token = _spoken.set(name if name in FORMATS else "en")
    try:
        yield
    finally:
        _spoken.reset(token)


def compile_all() -> None:
    """
    Read every catalogue now, so that a broken one stops the start and not a page.
    """
    for name in LANGUAGES:
        translations(name)


@cache
def translations(name: str, package: str = "shared") -> NullTranslations:
    """
    Return the texts of *package* in language *name*; where it has none, those of shared, then of the others.
    """
    if name == PSEUDO:
        return _Pseudo()
    merged = Translations(BytesIO(_compiled(None)))
    others = [other for other in packages() if other not in ("shared", package)]
    for each in dict.fromkeys([*others, "shared", package]):
        file = catalogue_file(each, name)
        if file.exists():
            merged.merge(Translations(BytesIO(_compiled(file))))
    return merged


@cache
def packages() -> list[str]:
    """
    Return the packages whose texts we know: shared, and every installed service (by its command).
    """
    commands = entry_points(group="console_scripts")
    ours = {entry.value.partition(".")[0] for entry in commands if entry.name.startswith("ledgerline-")}
    return ["shared", *sorted(ours)]


def catalogue_file(package: str, name: str) -> Path:
    """
    Return where the texts of *package* in language *name* are kept.
    """
    folder = "ui/translations" if package == "shared" else "translations"
    return Path(str(files(package))) / folder / name / "LC_MESSAGES" / "messages.po"


def _compiled(file: Path | None) -> bytes:
    out = BytesIO()
    text = file.read_bytes() if file else b'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    write_mo(out, read_po(BytesIO(text)))
    return out.getvalue()


class _Texts(Domain):  # type: ignore[misc]
    def get_translations(self) -> NullTranslations:
        package = current_app.import_name.partition(".")[0] if has_app_context() else "shared"
        return translations(language(), package if package in packages() else "shared")


class _Babel(Babel):  # type: ignore[misc]
    domain_instance = _Texts()


ACCENTED = str.maketrans("aeiouyAEIOUYcnszCNSZ", "åéîöûýÅÉÎÖÛÝçñšžÇÑŠŽ")


class _Pseudo(NullTranslations):
    """
    Lengthens by 40 % and accents every text, but not its placeholders.
    """

    def ugettext(self, message: str) -> Any:
        parts = re.split(r"(%\(\w+\)[sd]|%%|<[^>]*>)", message)
        accented = "".join(part if i % 2 else part.translate(ACCENTED) for i, part in enumerate(parts))
        return f"[{accented}{'·' * max(1, len(message) * 2 // 5)}]"

    gettext = ugettext

    def ungettext(self, singular: str, plural: str, n: int) -> Any:
        return self.ugettext(singular if n == 1 else plural)

    ngettext = ungettext  # type: ignore[assignment]

    def upgettext(self, context: str, message: str) -> Any:
        return self.ugettext(message)

    pgettext = upgettext
