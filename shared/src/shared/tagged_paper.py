"""
A PDF that says what its parts are: headings, paragraphs, tables with their heads, and what is decoration.

A screen reader reads these tags, not the page. The library writes them for pictures alone, so the tree of
parts is built here (ISO 32000-1, 14.7 and 14.8), on the same objects it uses for pictures.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fpdf import FPDF
from fpdf.output import PDFPage
from fpdf.structure_tree import StructElem, StructureTreeBuilder
from fpdf.syntax import PDFArray, PDFObject, Raw
from fpdf.table import Table

SHOWS_TEXT = (" Tj", "] TJ")
PAINTS = (" S", " f", " B")


class Marked:
    """
    A stretch of a page's content that belongs to a part.
    """

    def __init__(self, page: PDFPage, number: int) -> None:
        self.page, self.number = page, number

    def serialize(self, _security_handler: Any = None, _obj_id: int | None = None) -> str:
        """
        Return the reference to it.
        """
        return f"<</Type /MCR /Pg {self.page.ref} /MCID {self.number}>>"


class Part(StructElem):
    """
    A part of the document: other parts, or marked content.
    """

    def __init__(self, kind: str, parent: PDFObject, *, page_number: int) -> None:
        super().__init__(f"/{kind}", parent, [], page_number)
        self.k: PDFArray = PDFArray()
        self.a = Raw("<</O /Table /Scope /Column>>") if kind == "TH" else None


class Parts(StructureTreeBuilder):
    """
    The tree of parts, and which part each stretch of each page belongs to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: list[Part] = []
        self.parts: list[Part] = []

    def add(self, kind: str, *, page_number: int) -> Part:
        """
        Return a new part of the one that is open, or of the document.
        """
        parent = self.open[-1] if self.open else self.doc_struct_elem
        part = Part(kind, parent, page_number=page_number)
        parent.k.append(part)
        self.parts.append(part)
        return part

    def mark(self, page: PDFPage, page_number: int) -> int:
        """
        Return the number of the next stretch of a page, which belongs to the open part.
        """
        page.struct_parents = page_number - 1
        stretches = self.struct_tree_root.parent_tree.nums[page_number - 1]
        stretches.append(self.open[-1])
        self.open[-1].k.append(Marked(page, len(stretches) - 1))
        return len(stretches) - 1

    def __iter__(self) -> Iterator[PDFObject]:
        yield self.struct_tree_root
        yield self.doc_struct_elem
        yield self.struct_tree_root.parent_tree
        yield from self.parts


class TaggedPDF(FPDF):
    """
    A PDF whose text belongs to the part that is open; text outside of parts and all lines are decoration.
    """

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.struct_builder: Parts = Parts()

    @contextmanager
    def part(self, kind: str) -> Iterator[None]:
        """
        Let what is written belong to a part of a *kind*, such as ``H1``, ``P`` or ``TD``.
        """
        tree = self.struct_builder
        tree.open.append(tree.add(kind, page_number=self.page))
        try:
            yield
        finally:
            tree.open.pop()

    @contextmanager
    def decoration(self) -> Iterator[None]:
        """
        Let what is written belong to nothing: it was said before.
        """
        tree = self.struct_builder
        outer, tree.open = tree.open, []
        try:
            yield
        finally:
            tree.open = outer

    def _out(self, s: str | bytes) -> None:
        words = s if isinstance(s, str) else s.decode("latin1")
        shows_text = any(operator in words for operator in SHOWS_TEXT)
        if shows_text and self.struct_builder.open:
            number = self.struct_builder.mark(self.pages[self.page], self.page)
            words = f"/{self._kind()} <</MCID {number}>> BDC\n{words}\nEMC"
        elif shows_text or words.endswith(PAINTS):
            words = f"/Artifact BMC\n{words}\nEMC"
        super()._out(words)

    def _kind(self) -> str:
        return self.struct_builder.open[-1].s.removeprefix("/")


class TaggedTable(Table):
    """
    A table that says which cells are heads; heads repeated on the next page are decoration.
    """

    def __init__(self, pdf: TaggedPDF, **more: Any) -> None:
        super().__init__(pdf, **more)
        self._pdf = pdf
        self._headed = False

    def render(self) -> None:
        """
        Write the table.
        """
        with self._pdf.part("Table"):
            super().render()

    def _render_table_row(self, i: int, *args: Any, **more: Any) -> None:
        again = i == 0 and self._headed
        self._headed = True
        with self._pdf.decoration() if again else self._pdf.part("TR"):
            super()._render_table_row(i, *args, **more)

    def _render_table_cell(self, i: int, *args: Any, **more: Any) -> tuple[bool, float, float]:
        if more.get("cell_height_info") is None or not self._pdf.struct_builder.open:
            return super()._render_table_cell(i, *args, **more)
        with self._pdf.part("TD" if i else "TH"):
            return super()._render_table_cell(i, *args, **more)
