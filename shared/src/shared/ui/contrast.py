"""
How well two colours of the kit can be told apart, for any brand hue (WCAG contrast of OKLCH colours).

The kit fixes lightness per role and lets a partner choose the hue only; this is what makes that safe.
"""

import math

Colour = tuple[float, float, float]  # lightness 0..1, chroma, hue in degrees

DEFAULT_HUE = 258


def contrast(one: Colour, other: Colour) -> float:
    """
    Return the contrast ratio of two colours, 1 to 21.
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def hex_of(colour: Colour) -> str:
    """
    Return the colour as ``#rrggbb``, for places that know no OKLCH (documents, mails, the tab icon).
    """
    return "#" + "".join(f"{round(255 * _gamma(part)):02x}" for part in _linear_rgb(colour))


def _luminance(colour: Colour) -> float:
    red, green, blue = _linear_rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear_rgb(colour: Colour) -> tuple[float, float, float]:
    lightness, chroma, hue = colour
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _clip(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _clip(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _clip(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _clip(part: float) -> float:
    return min(1.0, max(0.0, part))


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
