"""Documents on paper."""

import io
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from pypdf import PdfReader

from shared.paper import Paper, Table, render

BILL = Paper(
    title="Bill 1",
    language="en",
    sender="Harbour Fibre",
    receiver=["Robert Myers"],
    made_at=datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC),
)


def test_a_document_names_no_moment_but_the_one_it_was_made_at() -> None:
    document = render(BILL)

    assert set(re.findall(rb"\d{4}-\d\d-\d\dT[\d:+]+", document)) == {b"2001-02-03T04:05:06+00:00"}


def test_two_documents_are_not_taken_for_one() -> None:
    ids = {re.findall(rb"/ID \[(\S+)\]", render(each))[0] for each in (BILL, BILL, replace(BILL, title="2"))}

    assert len(ids) == 2


def test_a_document_says_what_its_parts_are_and_heads_are_said_once_over_two_pages() -> None:
    lines = Table(
        title="Line by line", columns=[("What", 80), ("Amount", 20)], rows=[("Fibre", "€1.00")] * 50
    )
    pdf = PdfReader(io.BytesIO(render(replace(BILL, tables=[lines], notes=["Thank you."]))))
    root = cast(Any, pdf.trailer["/Root"])

    document = root["/StructTreeRoot"]["/K"][0]
    table = document["/K"][4]
    rows = table["/K"]

    shown = root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"], shown) == (True, "en", True)
    assert [part["/S"] for part in document["/K"]] == ["/P", "/P", "/H1", "/H2", "/Table", "/P"]
    assert [cell["/S"] for row in rows for cell in row["/K"]] == ["/TH", "/TH"] + ["/TD"] * 100
    assert rows[0]["/K"][0]["/A"]["/Scope"] == "/Column"
    assert marks_of(document) == marks_on(pdf)
    assert len(pdf.pages) == 2


def marks_of(part: Any) -> Counter[tuple[int, int]]:
    if part.get("/Type") == "/MCR":
        return Counter([(part.raw_get("/Pg").idnum, part["/MCID"])])
    return sum((marks_of(each.get_object()) for each in part["/K"]), Counter())


def marks_on(pdf: PdfReader) -> Counter[tuple[int, int]]:
    found: Counter[tuple[int, int]] = Counter()
    for page in pdf.pages:
        content = page.get_contents().get_data()  # type: ignore[union-attr]
        marked = re.sub(rb"/(\w+) (<</MCID (\d+)>> BDC|BMC)\n.*?\nEMC", rb"", content, flags=re.DOTALL)
        assert not re.search(rb" (Tj|S)\b", marked)  # nothing is painted that is neither part nor decoration
        number = page.indirect_reference.idnum  # type: ignore[union-attr]
        found.update((number, int(mark)) for mark in re.findall(rb"<</MCID (\d+)>> BDC", content))
    return found
