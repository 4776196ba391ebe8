"""
Which texts a package shows, and which of them a language lacks.

``python -m shared.ui.catalogue billing`` writes the missing texts into its German catalogue, untranslated.
"""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from shared.ui.language import LANGUAGES, catalogue_file, packages

Id = str | tuple[str, ...] | list[str]

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "in_menu": ((1, "c"), 2),
    "Text": None,
}
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
SENTENCE = re.compile(r"[A-Z]|%\(")
NOISE = rb'"(Project-Id|Report-Msgid|POT-Creation|PO-Revision|Last-Trans|Language-Team|Generated-By).*\n'
UNTRANSLATED = ("ui/templates/ui/gallery.html",)  # a page for developers
ENGLISH_ONLY = ("ui/gallery.py", "clients/sandbox/", "bus/")  # refusals only developers and operators meet


def texts(package: str) -> Catalog:
    """
    Return every text in the code and the templates of *package*.
    """
    found = Catalog()
    root = Path(str(files(package)))
    for name, _line, message, _comments, context in extract_from_dir(root, METHODS, keywords=KEYWORDS):
        if name not in UNTRANSLATED:
            found.add(message, context=context)
    for words in _of_refusals(root):
        found.add(words)
    return found


def catalogue(package: str, language: str) -> Catalog:
    """
    Return the catalogue of *package* in *language*; empty if there is none yet.
    """
    file = catalogue_file(package, language)
    if file.exists():
        return read_po(BytesIO(file.read_bytes()), locale=language)
    return Catalog(locale=language, fuzzy=False)


def gaps(package: str, language: str) -> list[str]:
    """
    Return the texts of *package* that *language* lacks, or says with other placeholders.
    """
    known = catalogue(package, language)
    return [_source(message.id) for message in texts(package) if message.id and not _said(message, known)]


def add_missing(package: str, language: str) -> Path:
    """
    Bring the catalogue of *package* up to its texts: new ones empty, unused ones gone.
    """
    known = catalogue(package, language)
    known.update(texts(package), no_fuzzy_matching=True)
    known.header_comment = f"# The texts of {package} in another language."
    out = BytesIO()
    write_po(out, known, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
    file = catalogue_file(package, language)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(re.sub(NOISE, b"", out.getvalue()).rstrip(b"\n") + b"\n")
    return file


def _of_refusals(root: Path) -> set[str]:
    # The door says a refusal in the caller's language, so its words are plain text where it is raised: in its
    # class line, QuoteUsed(Conflict, title="..."), in what raises it, in FieldError(pointer, code, "...").
    trees = [
        ast.parse(file.read_text())
        for file in root.rglob("*.py")
        if not str(file.relative_to(root)).startswith(ENGLISH_ONLY)
    ]
    return {words for tree in trees for words in _in_file(tree)}


def _in_file(tree: ast.Module) -> Iterator[str]:
    nodes = list(ast.walk(tree))
    named = {
        (node.targets[0].id, node.value)
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for said in filter(None, [*map(_title, nodes), *map(_raised, nodes), *map(_field_error, nodes)]):
        by_name = [value for name, value in named if isinstance(said, ast.Name) and name == said.id]
        for value in by_name or [said]:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


def _title(node: ast.AST) -> ast.expr | None:
    keywords = node.keywords if isinstance(node, ast.ClassDef) else []
    return next((each.value for each in keywords if each.arg == "title"), None)


def _raised(node: ast.AST) -> ast.expr | None:
    # Words of faults that are no refusals are single words or lower case: they end in no full stop.
    call = node.exc if isinstance(node, ast.Raise) else None
    first = call.args[0] if isinstance(call, ast.Call) and call.args else None
    said = first.value if isinstance(first, ast.Constant) else None
    sentence = isinstance(said, str) and SENTENCE.match(said) and said.endswith(".")
    return first if sentence else None


def _field_error(node: ast.AST) -> ast.expr | None:
    if not isinstance(node, ast.Call) or len(node.args) < 3:
        return None
    return node.args[2] if isinstance(node.func, ast.Name) and node.func.id == "FieldError" else None


def _said(wanted: Message, known: Catalog) -> bool:
    source = wanted.id
    message = known.get(_source(source), wanted.context)
    if message is None or message.fuzzy:
        return False
    said = [message.string] if isinstance(message.string, str) else list(message.string or [""])
    return all(said) and _places(said[-1]) == _places(source if isinstance(source, str) else source[-1])


def _places(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]", text))


def _source(source: Id) -> str:
    return source if isinstance(source, str) else source[0]


def main(names: list[str]) -> None:
    """
    Update the catalogues of packages *names*, or of all.
    """
    for package in names or packages():
        for language in LANGUAGES:
            if language != "en":
                add_missing(package, language)
                print(f"{package} {language}: {len(gaps(package, language))} to translate")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
