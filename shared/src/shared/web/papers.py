"""Answers on paper: a PDF in a language that need not be the reader's."""

from flask import Response
from flask_babel import refresh

from shared import ui
from shared.paper import Paper, render


def paper_answer(paper: Paper, name: str) -> Response:
    """
    Return *paper* as a file of that name.
    """
    made = Response(render(paper), content_type="application/pdf")
    made.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return made


def speak(language: str) -> str:
    """
    Write the rest of this answer in *language*, and return it.
    """
    ui.speak(language)
    refresh()
    return language
