"""What every template of every service keeps to: the kit's style, script and icons, and nobody's own."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from shared.ui.assets import static_root
from shared.ui.language import packages

ROOTS = {package: Path(str(files(package))) for package in packages()}
TEMPLATES = {
    f"{file.relative_to(root.parent)}": file for root in ROOTS.values() for file in root.rglob("*.html")
}
ICONS = set(re.findall(r'<symbol id="([\w-]+)"', (static_root() / "vendor/icons.svg").read_text()))
OWN = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", re.I)
NAMED = re.compile(r"""icon(?:_button\("[^"]*",|\(|_=|"?:) ?["']([\w-]+)["']""")
SECTION = re.compile(r"""Section\([^()]*(?:\([^()]*\))?[^()]*?["']/[^"']*["'], ["']([\w-]+)["']""")


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_template_brings_style_or_script(template: str) -> None:
    html = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", TEMPLATES[template].read_text(), flags=re.S)

    assert OWN.findall(html) == []


def test_no_service_ships_a_style_sheet() -> None:
    shipped = [file for package, root in ROOTS.items() if package != "shared" for file in root.rglob("*.css")]

    assert shipped == []


@pytest.mark.parametrize("package", ROOTS)
def test_every_icon_is_in_the_sprite(package: str) -> None:
    sources = [*ROOTS[package].rglob("*.html"), *ROOTS[package].rglob("*.py")]
    used = {
        name for file in sources for pattern in (NAMED, SECTION) for name in pattern.findall(file.read_text())
    }

    assert used - ICONS == set()
