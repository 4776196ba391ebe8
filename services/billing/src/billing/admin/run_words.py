"""What the screens of billing runs say in words: how long a run takes, and why an account was not billed."""

from datetime import timedelta

from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext

MINUTE, HOUR = 60, 3600


def teach(app: Flask) -> None:
    """
    Give the templates of *app* these words.
    """
    app.jinja_env.globals.update(span_word=span_word, trouble_word=trouble_word)


def span_word(span: timedelta) -> str:
    """
    Say how long something takes, the coarser the longer.
    """
    seconds = max(int(span.total_seconds()), 1)
    if seconds < MINUTE:
        return str(ngettext("%(num)d second", "%(num)d seconds", seconds))
    if seconds < HOUR:
        return str(ngettext("%(num)d minute", "%(num)d minutes", -(-seconds // MINUTE)))
    return str(ngettext("%(num)d hour", "%(num)d hours", -(-seconds // HOUR)))


def trouble_word(error: str) -> str:
    """
    Say why an account of a run could not be billed, and what to do; *error* is how the run noted it.
    """
    kind, _colon, text = error.partition(": ")
    what, *currencies = text.rsplit(", ", 2)
    if kind == "ForeignCurrency" and len(currencies) == 2:
        theirs, ours = currencies
        words = _(
            "%(what)s is priced in %(theirs)s, but the account is kept in %(ours)s. Put the price right.",
            what=what,
            theirs=theirs,
            ours=ours,
        )
    elif kind == "OperationalError":
        words = _("The database was too busy several times. Nothing was billed; try again.")
    elif kind == "IntegrityError":
        words = _("What would be billed contradicts what is stored, so nothing was. The log has the details.")
    else:
        words = _("Something unforeseen (%(kind)s); nothing was billed. The log has the details.", kind=kind)
    return str(words)
