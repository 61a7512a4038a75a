"""What is wrong with a page: found by axe-core, and by its width."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

BAD = ("critical", "serious")
ANY = (*BAD, "moderate", "minor")
COLOURS = ("color-contrast", "link-in-text-block")  # the rules that a page's scheme can change

# Contrast costs the square of what is shown, so of the rows of a table that look alike two are tried.
RUN = """rules => {
    const seen = {};
    const alike = [...document.querySelectorAll("tbody tr")].filter(row => {
        const look = [row, ...row.querySelectorAll("*")]
            .map(each => [each.tagName, each.className, each.getAttribute("style")].join())
            .join(";");
        seen[look] = (seen[look] || 0) + 1;
        return seen[look] > 2;
    });
    const options = {resultTypes: ["violations"], preload: false, ...(rules && {runOnly: rules})};
    return axe.run({exclude: alike}, options).then(results => results.violations);
}"""
IS_AT_REST = """() => (window.Alpine || !document.querySelector("[x-data]"))
    && !document.getAnimations().some(each => each instanceof CSSTransition)"""


def faults(page: Page, widths: tuple[int, ...] = (1280, 390), rules: tuple[str, ...] = ()) -> list[str]:
    """What is wrong at each of these widths of the window: a violation, or a page wider than it."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        found += violations(page, rules=rules)
        if (wider := overflow(page)) > 0:
            found.append(f"{page.url}: {wider} pixels wider than {width}")
    return found


def violations(page: Page, impacts: tuple[str, ...] = BAD, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds wrong, by these rules or all: page, rule, and the first elements concerned."""
    page.wait_for_function(IS_AT_REST)
    if page.evaluate("!window.axe"):
        page.evaluate(AXE_SCRIPT)
    return [
        f"{page.url}: {rule['id']}: {[node['html'][:200] for node in rule['nodes'][:3]]}"
        for rule in page.evaluate(RUN, rules or None)
        if rule["impact"] in impacts
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
