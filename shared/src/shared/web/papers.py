"""Answers on paper: a PDF in a language that need not be the reader's."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from flask import Flask, Response
from flask_babel import refresh

from shared import ui
from shared.paper import Paper, render
from shared.ui.language import init_language, speaking


def paper_answer(paper: Paper, name: str) -> Response:
    """
    Return *paper* as a file of that name.
    """
    made = Response(render(paper), content_type="application/pdf")
    made.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return made


@contextmanager
def written_for(reader: str, *, package: str) -> Iterator[None]:
    """
    Write in the language of a *reader* outside of any request, with the words of *package*.
    """
    with _plain(package).app_context(), speaking(reader):
        yield


@cache
def _plain(package: str) -> Flask:
    app = Flask(package)
    init_language(app)
    return app


def speak(language: str) -> str:
    """
    Write the rest of this answer in *language*, and return it.
    """
    ui.speak(language)
    refresh()
    return language
