"""Line charts as SVG, legible on a light page and on a dark one."""

import dataclasses
import html
import math

WIDTH, HEIGHT = 420, 320
LEGEND = 700
LEFT, RIGHT, TOP, BOTTOM = 62, 18, 64, 48
HEAD, FOOT = 44, 34
# Each one tells itself from the others by more than its colour.
STYLES = (("a", ""), ("b", "6 3"), ("c", "2 3"))


@dataclasses.dataclass(frozen=True)
class Line:
    name: str
    points: list  # (x, y); a y of None is left out
    style: int = 0


@dataclasses.dataclass(frozen=True)
class Panel:
    title: str
    x_label: str
    y_label: str
    lines: list
    logarithmic: bool = False


def chart(title, panels):
    # One panel alone is narrower than title and legend.
    width, height = max(LEGEND, WIDTH * len(panels)), HEAD + HEIGHT + FOOT
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
             f'role="img" font-family="system-ui, sans-serif" font-size="12">',
             f"<title>{html.escape(title)}</title>", STYLE,
             f'<rect class="page" width="{width}" height="{height}" rx="8"/>',
             text(18, 28, title, "title")]
    for number, panel in enumerate(panels):
        parts.append(f'<g transform="translate({number * WIDTH} {HEAD})">{"".join(draw(panel))}</g>')
    x = 18
    for name, style in dict((line.name, line.style) for panel in panels for line in panel.lines).items():
        mark, dashes = STYLES[style]
        parts.append(f'<path class="{mark}" d="M{x} {height - 18}h26" stroke-dasharray="{dashes}"/>')
        parts.append(text(x + 33, height - 14, name))
        x += 33 + 7 * len(name) + 28
    return "\n".join(parts) + "\n</svg>\n"


def draw(panel):
    points = [point for line in panel.lines for point in line.points if point[1] is not None]
    right = max(x for x, _ in points)
    scale = Logarithmic(points) if panel.logarithmic else Linear(points)

    def at(x, y):
        return (LEFT + x / right * (WIDTH - LEFT - RIGHT),
                HEIGHT - BOTTOM - scale.share(y) * (HEIGHT - TOP - BOTTOM))

    yield text(LEFT, 24, panel.title, "panel")
    yield text(LEFT, 44, panel.y_label, "label")
    yield text(WIDTH - RIGHT, HEIGHT - 10, panel.x_label, "label", "end")
    for value in scale.ticks:
        _, y = at(0, value)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>' + text(LEFT - 8, y + 4, number(value), "label", "end")
    for value in sorted({x for x, _ in points}):
        x, _ = at(value, scale.ticks[0])
        yield text(x, HEIGHT - BOTTOM + 18, number(value), "label", "middle")
    for line in panel.lines:
        mark, dashes = STYLES[line.style]
        places = [at(x, y) for x, y in line.points if y is not None]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        yield f'<path class="{mark}" d="M{path}" stroke-dasharray="{dashes}"/>'
        if mark != "c":
            for x, y in places:
                yield f'<circle class="{mark}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'


class Linear:
    def __init__(self, points):
        step = nice(max(y for _, y in points) / 5 or 1)
        count = math.ceil(max(y for _, y in points) / step - 1e-9) or 1
        self.ticks = [step * index for index in range(count + 1)]

    def share(self, y):
        return y / self.ticks[-1]


class Logarithmic:
    def __init__(self, points):
        values = [y for _, y in points if y > 0]
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        self.ticks = [10.0**power for power in range(low, max(high, low + 1) + 1)]

    def share(self, y):
        low, high = math.log10(self.ticks[0]), math.log10(self.ticks[-1])
        return (math.log10(max(y, self.ticks[0])) - low) / (high - low)


def nice(step):
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= step * 0.999)


def number(value):
    return f"{value:,.10g}"


def text(x, y, words, kind="", anchor="start"):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'


STYLE = """<style>
.page { fill: #ffffff; stroke: #d0d7de }
text { fill: #1f2328 } .label { fill: #57606a } .title { font-size: 16px; font-weight: 600 } .panel { font-weight: 600 }
.grid { stroke: #d0d7de; stroke-width: 1 }
path.a, path.b, path.c { fill: none; stroke-width: 2 }
path.a { stroke: #0969da } path.b { stroke: #bc4c00 } path.c { stroke: #57606a; stroke-width: 1.5 }
circle.a { fill: #0969da } circle.b { fill: #bc4c00 }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117; stroke: #30363d }
text { fill: #e6edf3 } .label { fill: #9da7b1 } .grid { stroke: #30363d }
path.a { stroke: #58a6ff } path.b { stroke: #f0883e } path.c { stroke: #9da7b1 }
circle.a { fill: #58a6ff } circle.b { fill: #f0883e }
}
</style>"""
