"""A run's figures as a table for people and as a bar chart for the README."""

from xml.sax.saxutils import escape

TITLES = {
    "post": "POST single-order",
    "tracking": "GET tracking, 12 events",
    "bulk": "Bulk upload, 1,000 rows",
}
NAMES = {"floor": "Floor", "ours": "Warrantify", "fastapi": "FastAPI", "stock": "Stock DRF"}
COLUMNS = ("rate", "of_floor", "p50_ms", "p99_ms", "server_cpu_ms", "database_cpu_ms")


def table(results):
    """Lines of text: a block for each row measured."""
    lines = []
    for row, figures in results.items():
        lines.append(f"\n{TITLES.get(row, row)}")
        rounds = {name: f for name, f in figures.items() if isinstance(f, dict) and "rate" in f}
        if rounds:
            lines.append(" " * 16 + "".join(f"{name:>17}" for name in COLUMNS))
        for name, figure in figures.items():
            if name in rounds:
                cells = "".join(f"{figure.get(column, ''):>17}" for column in COLUMNS)
                lines.append(f"  {name:<14}{cells}")
            else:
                lines.append(f"  {name:<24}{figure}")
    return "\n".join(lines)


def shares(results):
    """(title, [(name, share of the floor's speed)]) for each row that has a floor."""
    for row, title in TITLES.items():
        if row in results:
            bars = [
                (NAMES.get(name, name), 1 / f["of_floor"] if "ms" in f else f["of_floor"])
                for name, f in results[row].items()
                if "of_floor" in f and name != "ours 304"
            ]
            yield title, sorted(bars, key=lambda bar: -bar[1])


LEFT, WIDTH, BAR, STEP = 190, 460, 16, 22


def chart(results):
    """An SVG of the shares; longer is faster."""
    y, parts = 44, []
    for title, bars in shares(results):
        parts.append(f'<text x="16" y="{y}" class="title">{escape(title)}</text>')
        y += 12
        for name, share in bars:
            kind = {"Floor": "floor", "Warrantify": "ours"}.get(name, "peer")
            width = max(1, round(min(share, 1.1) * WIDTH))
            middle = y + BAR - 4
            parts.append(f'<text x="{LEFT - 8}" y="{middle}" text-anchor="end">{escape(name)}</text>')
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{width}" height="{BAR}" rx="2" class="{kind}"/>')
            parts.append(f'<text x="{LEFT + width + 6}" y="{middle}">{share:.2f}</text>')
            y += STEP
        y += 24
    style = (
        "text{font:12px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:13px}"
        ".floor{fill:#b8bec6}.ours{fill:#1a7f5a}.peer{fill:#8aa4c8}"
    )
    total = LEFT + round(WIDTH * 1.1) + 50
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {y}" width="{total}" height="{y}" '
        'role="img" aria-label="Speed as a share of the floor">\n'
        f"<style>{style}</style>\n"
        f'<rect width="{total}" height="{y}" fill="#fff"/>\n'
        '<text x="16" y="20">Speed as a share of the floor: bare WSGI and psycopg2, one core. '
        "Longer is faster.</text>\n" + "\n".join(parts) + "\n</svg>\n"
    )
