"""Every pair of colours of the kit can be told apart, for all 360 brand hues, in both themes."""

import re

import pytest

from shared.ui.assets import static_root
from shared.ui.contrast import Colour, contrast, hex_of

TEXT, GRAPHIC = 4.5, 3.0
PAIRS = [
    *[
        (ink, ground, TEXT)
        for ink in ("text", "muted", "brand-ink")
        for ground in ("bg", "surface", "surface-2")
    ],
    ("on-brand", "brand", TEXT),
    ("on-brand", "brand-hover", TEXT),
    ("brand-ink", "brand-soft", TEXT),
    ("text", "brand-soft", TEXT),
    ("muted", "brand-soft", TEXT),
    *[("brand", ground, GRAPHIC) for ground in ("bg", "surface", "brand-soft")],
    *[("line-strong", ground, GRAPHIC) for ground in ("bg", "surface", "surface-2")],
    *[(f"{tone}-ink", f"{tone}-soft", TEXT) for tone in ("ok", "warn", "bad", "info", "wait", "idle")],
    *[(f"{tone}-ink", "surface", TEXT) for tone in ("ok", "bad")],
    *[(tone, "surface", GRAPHIC) for tone in ("ok", "warn", "bad", "info", "wait")],
    ("bg", "text", TEXT),
    ("alarm", "surface", GRAPHIC),
]
COLOUR = r"oklch\(([\d.]+)% ([\d.]+) (var\(--h\)|\d+)\)"
TOKEN = re.compile(rf"--([\w-]+): light-dark\({COLOUR}, {COLOUR}\)")


def tokens() -> dict[str, tuple[list[str], list[str]]]:
    """
    Return the colours the style sheet declares, light and dark.
    """
    css = (static_root() / "kit.css").read_text()
    return {found[0]: (list(found[1:4]), list(found[4:7])) for found in TOKEN.findall(css)}


def colour(parts: list[str], hue: int) -> Colour:
    """
    Return a declared colour for a partner whose brand has *hue*.
    """
    lightness, chroma, own = parts
    return float(lightness) / 100, float(chroma), hue if own.startswith("var") else float(own)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS, ids=[f"{a} on {b}" for a, b, _ in PAIRS])
def test_contrast_holds_for_every_hue(ink: str, ground: str, least: float, theme: int) -> None:
    declared = tokens()

    worst = min(
        contrast(colour(declared[ink][theme], hue), colour(declared[ground][theme], hue))
        for hue in range(360)
    )

    assert worst >= least


def test_the_default_brand_is_known_to_mails_as_hex() -> None:
    assert hex_of((0.47, 0.15, 258)) == "#1a57ad"
