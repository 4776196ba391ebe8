"""
Sending mail: over SMTP, into a folder (the embedded installation), or into a list (tests).

Every letter keeps its id from try to try, so that a receiver can drop a second copy.
"""

import os
import smtplib
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from shared import clock

TIMEOUT_SECONDS = 10


class Undelivered(Exception):
    """
    The letter did not get through this time.
    """


@dataclass(frozen=True, kw_only=True)
class Letter:
    """
    One mail to one or more addresses.
    """

    id: str
    sender: str
    recipients: tuple[str, ...]
    subject_line: str
    body: str
    reply_to: str = ""


class Mailer(Protocol):
    """
    A way to send mail.
    """

    def send(self, letter: Letter) -> str:
        """
        Deliver *letter*, or hand it to somebody who promised to; return what they answered.

        :raises Undelivered: if nobody did
        """


@dataclass
class Kept:
    """
    Keeps letters in a list; the next *refusals* are refused first.
    """

    letters: list[Letter] = field(default_factory=list)
    refusals: int = 0

    def send(self, letter: Letter) -> str:
        """
        Keep the letter, or refuse it.
        """
        if self.refusals:
            self.refusals -= 1
            raise Undelivered("refused on purpose")
        self.letters.append(letter)
        return "250 kept"


@dataclass(frozen=True)
class Folder:
    """
    Writes each letter as one file that any mail program opens.
    """

    path: Path

    def send(self, letter: Letter) -> str:
        """
        Write the letter; the same letter again replaces its file.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path)
        with os.fdopen(handle, "wb") as out:
            out.write(message(letter).as_bytes())
        os.replace(name, self.path / f"{letter.id}.eml")
        return f"written to {letter.id}.eml"


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """
    Hands letters to an SMTP server; with *tls* from the first byte.
    """

    host: str
    port: int
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    def send(self, letter: Letter) -> str:
        """
        Hand the letter over; when some addresses are refused, the others have got it.

        :raises Undelivered: if the server cannot be reached, or takes the letter for nobody
        """
        try:
            with self._connect() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message(letter), to_addrs=list(letter.recipients))
                return server.answer
        except (OSError, ValueError, smtplib.SMTPException) as error:
            raise Undelivered(f"{type(error).__name__}: {error}") from error

    def _connect(self) -> "_Plain | _Secure":
        if self.tls:
            return _Secure(
                self.host, self.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        return _Plain(self.host, self.port, timeout=TIMEOUT_SECONDS)


class _Remembers(smtplib.SMTP):
    answer = ""

    def data(self, msg: Any) -> tuple[int, bytes]:
        code, words = super().data(msg)
        self.answer = f"{code} {words.decode(errors='replace')}"
        return code, words


class _Plain(_Remembers):
    pass


class _Secure(_Remembers, smtplib.SMTP_SSL):
    pass


def mailer(url: str) -> Mailer:
    """
    Return the way to send that *url* names: ``file:///folder``, ``smtp://[user:password@]host:port``, ``smtps://``.

    :raises ValueError: if it names none
    """
    parts = urlsplit(url)
    make = WAYS.get(parts.scheme)
    if make is None:
        raise ValueError(f"{parts.scheme or 'no'} scheme; use file, smtp or smtps")
    return make(parts)


def message(letter: Letter) -> EmailMessage:
    """
    Return the letter as it goes over the wire.
    """
    mail = EmailMessage()
    mail["From"] = one_line(letter.sender)
    mail["To"] = ", ".join(one_line(recipient) for recipient in letter.recipients)
    mail["Subject"] = one_line(letter.subject_line)
    mail["Date"] = format_datetime(clock.real_now())
    mail["Message-ID"] = f"<{letter.id}@ledgerline.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    if letter.reply_to:
        mail["Reply-To"] = one_line(letter.reply_to)
    mail.set_content(letter.body)
    return mail


def one_line(text: str) -> str:
    """
    Return *text* without what could end a header and begin another.
    """
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()


def _folder(parts: SplitResult) -> Mailer:
    if not parts.path:
        raise ValueError("file needs a folder, such as file:///var/mail")
    return Folder(Path(unquote(parts.path)))


def _smtp(parts: SplitResult) -> Mailer:
    tls = parts.scheme == "smtps"
    if not parts.hostname:
        raise ValueError("smtp needs a host, such as smtp://127.0.0.1:25")
    return Smtp(
        host=parts.hostname,
        port=parts.port or (465 if tls else 25),
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


WAYS: dict[str, Callable[[SplitResult], Mailer]] = {"file": _folder, "smtp": _smtp, "smtps": _smtp}
