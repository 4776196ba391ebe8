"""
Documents on paper: headings, facts and tables as tagged PDF/A, with real text and the same bytes each time.

What a document says is its service's affair; this only lays it out.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from fpdf.enums import DocumentCompliance, TableBordersLayout
from fpdf.fonts import FontFace
from fpdf.prefs import ViewerPreferences

from shared.tagged_paper import TaggedPDF, TaggedTable

SMALL, NORMAL, LARGE = 8, 9.5, 17
GREY, BLACK = 90, 20
MARGIN = 18
CHANGED = re.compile(rb'(xmp:(?:ModifyDate|MetadataDate)=")[0-9T:+-]{25}')


@dataclass(frozen=True, kw_only=True)
class Table:
    """
    A table: *columns* are heading and share of the width, the ones in *right* are flush right; *total* is the
    last row. A cell may have a second line, after a line break, which is set small.
    """

    title: str
    columns: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] | None = None
    right: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Paper:
    """
    A document: who sends it, to whom, what it is, its facts, tables and notes.
    """

    title: str
    language: str
    sender: str
    receiver: Sequence[str]
    made_at: datetime
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = field(default_factory=tuple)


def render(paper: Paper) -> bytes:
    """
    Return *paper* as a PDF; the same paper gives the same bytes.
    """
    pdf = _blank(paper)
    _head(pdf, paper)
    for table in paper.tables:
        _table(pdf, table)
    pdf.set_font("dejavu", size=SMALL)
    pdf.set_text_color(GREY)
    for note in paper.notes:
        with pdf.part("P"):
            pdf.multi_cell(0, 4.2, note, new_x="LMARGIN", new_y="NEXT")
    return _undated(bytes(pdf.output()), paper.made_at)


def _undated(document: bytes, made_at: datetime) -> bytes:
    # The library writes the present second beside the one we name; both are as long, so no offset moves.
    made = made_at.astimezone(UTC).isoformat(timespec="seconds").encode()
    return CHANGED.sub(rb"\g<1>" + made, document)


class _Document(TaggedPDF):
    """
    A PDF whose id follows from what it is, not from when it was rendered.
    """

    def __init__(self, paper: Paper) -> None:
        super().__init__(format="A4", enforce_compliance=DocumentCompliance.PDFA_3B)
        self._name = f"{paper.sender}/{paper.title}/{paper.made_at.isoformat()}"

    def file_id(self) -> str:
        digest = hashlib.sha256(self._name.encode()).hexdigest()[:32].upper()
        return f"<{digest}><{digest}>"


def _blank(paper: Paper) -> TaggedPDF:
    pdf = _Document(paper)
    pdf.set_creation_date(paper.made_at)
    pdf.set_title(paper.title)
    pdf.set_author(paper.sender)
    pdf.set_lang(paper.language)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.set_margin(MARGIN)
    pdf.add_font("dejavu", fname=_font("DejaVuSans.ttf"))
    pdf.add_font("dejavu", style="B", fname=_font("DejaVuSans-Bold.ttf"))
    pdf.add_page()
    return pdf


@cache
def _font(name: str) -> str:
    return str(files("shared") / "fonts" / name)


def _head(pdf: TaggedPDF, paper: Paper) -> None:
    _line(pdf, paper.sender, size=NORMAL, bold=True)
    pdf.ln(8)
    for line in paper.receiver:
        _line(pdf, line, size=NORMAL)
    pdf.ln(8)
    _line(pdf, paper.title, size=LARGE, bold=True, kind="H1")
    pdf.ln(2)
    for term, value in paper.facts:
        _line(pdf, f"{term}: {value}", size=NORMAL)
    pdf.ln(4)


def _line(pdf: TaggedPDF, text: str, *, size: float, bold: bool = False, kind: str = "P") -> None:
    pdf.set_font("dejavu", style="B" if bold else "", size=size)
    pdf.set_text_color(BLACK)
    with pdf.part(kind):
        pdf.multi_cell(0, size * 0.5, text, new_x="LMARGIN", new_y="NEXT")


def _table(pdf: TaggedPDF, table: Table) -> None:
    if table.title:
        pdf.ln(2)
        _line(pdf, table.title, size=NORMAL + 1, bold=True, kind="H2")
        pdf.ln(1)
    pdf.set_font("dejavu", size=SMALL + 0.5)
    pdf.set_draw_color(190)
    aligned = tuple("RIGHT" if n in table.right else "LEFT" for n in range(len(table.columns)))
    laid_out = TaggedTable(
        pdf,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        col_widths=tuple(share for _heading, share in table.columns),
        text_align=aligned,
        headings_style=FontFace(emphasis="BOLD"),
        line_height=4.6,
        padding=1,
    )
    laid_out.row([heading for heading, _share in table.columns])
    for row in table.rows:
        laid_out.row(list(row))
    if table.total:
        laid_out.row(list(table.total), style=FontFace(emphasis="BOLD"))
    laid_out.render()
    pdf.ln(3)
