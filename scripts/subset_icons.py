"""Cuts unfold's icon font to the icons of the desk: `python scripts/subset_icons.py` after adding one.

Needs fonttools and brotli, which the service does not: `uv run --with fonttools --with brotli`.
"""

from importlib.util import find_spec
from pathlib import Path

from fontTools import subset

STATIC = Path(__file__).resolve().parent.parent / "desk" / "static" / "desk"
FONT = Path("static/unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2")


def main() -> None:
    """Writes `icons.woff2` with the icons that `icons.txt` names."""
    unfold = find_spec("unfold")
    if unfold is None or unfold.origin is None:
        raise SystemExit("django-unfold is not installed.")
    options = subset.Options(flavor="woff2", layout_closure=False, glyph_names=True)
    options.drop_tables += ["FFTM"]
    font = subset.load_font(str(Path(unfold.origin).parent / FONT), options)
    cutter = subset.Subsetter(options)
    letters = "abcdefghijklmnopqrstuvwxyz_0123456789 "
    cutter.populate(glyphs=(STATIC / "icons.txt").read_text().split(), unicodes=map(ord, letters))
    cutter.subset(font)
    subset.save_font(font, str(STATIC / "icons.woff2"), options)


if __name__ == "__main__":
    main()
