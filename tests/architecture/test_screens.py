"""What the screens of every service keep to: icons that exist, and every text in every language."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from shared.ui.assets import static_root
from shared.ui.catalogue import gaps
from shared.ui.language import LANGUAGES, packages

ROOTS = {package: Path(str(files(package))) for package in packages()}
ICONS = set(re.findall(r'<symbol id="([\w-]+)"', (static_root() / "vendor/icons.svg").read_text()))
NAMED = re.compile(r"""icon(?:_button\("[^"]*",|\(|_=|"?:) ?["']([\w-]+)["']""")
SECTION = re.compile(r"""Section\([^()]*(?:\([^()]*\))?[^()]*?["']/[^"']*["'], ["']([\w-]+)["']""")


@pytest.mark.parametrize("package", ROOTS)
def test_every_icon_is_in_the_sprite(package: str) -> None:
    sources = [*ROOTS[package].rglob("*.html"), *ROOTS[package].rglob("*.py")]
    used = {
        name for file in sources for pattern in (NAMED, SECTION) for name in pattern.findall(file.read_text())
    }

    assert used - ICONS == set()


@pytest.mark.parametrize("package", ROOTS)
@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_every_text_is_translated(package: str, language: str) -> None:
    assert gaps(package, language) == []
