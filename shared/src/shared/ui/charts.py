"""
Small charts as SVG, drawn here so that no page needs a chart library.
"""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH = 100
HEIGHT = 30
MARGIN = 2


def sparkline(points: Sequence[float]) -> Markup:
    """
    Draw *points* as a line over its area; hidden from screen readers, which get the table beside it.
    """
    line = " L".join(f"{x:.1f},{y:.1f}" for x, y in _places(points))
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="a" d="M0,{h} L{line} L{w},{h}Z"/><path d="M{line}"/></svg>'
    ).format(w=WIDTH, h=HEIGHT, line=line)


def _places(points: Sequence[float]) -> list[tuple[float, float]]:
    values = list(points) if len(points) > 1 else [*points, *points] or [0, 0]
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = WIDTH / (len(values) - 1)
    room = HEIGHT - 2 * MARGIN
    return [(i * step, HEIGHT - MARGIN - (value - low) / span * room) for i, value in enumerate(values)]
