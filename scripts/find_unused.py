"""Finds production code that nothing uses: what vulture suspects and no other line names.

Frameworks call a lot by name - from settings, templates, as hooks - so a suspect is reported only if
its name occurs once in all of the production code, templates included. Exits with 1 if there is any.
"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).resolve().parent.parent
NO_PRODUCTION = ("tests/", "contract/", "benchmarks/", "chaos/", "docs/", "portal/examples/")
KINDS = {"function", "method", "class", "property"}  # ruff finds unused imports
# Names that a framework looks for; each is explained by its library's documentation.
HOOKS = """
    *Config *Scheme Command add_view allow_migrate allow_relation authenticate_header
    check_throttles clean_* collect connection_class do_* file_complete formatException formatTime get_*
    handle_error has_* log_message lookup_allowed lookups on_exit on_starting patch pre_* process_*
    readinto receive_data_chunk select_parser select_renderer
""".split()  # noqa: SIM905 (words as a list)
DECORATORS = ["@admin.*", "@register*", "@checks.register*", "@receiver*", "@action*", "@display*"]


def production_files() -> list[str]:
    """The tracked files that make up the service."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    kinds = (".py", ".html", ".txt", ".md", ".template", ".js")
    return [
        name
        for name in listed.stdout.splitlines()
        if name.endswith(kinds) and not name.startswith(NO_PRODUCTION)
    ]


def main() -> int:
    """Prints each unused name with its place; returns their number."""
    files = [name for name in production_files() if (ROOT / name).exists()]
    words: Counter[str] = Counter()
    for name in files:
        words.update(re.findall(r"\w+", (ROOT / name).read_text("utf-8")))
    finder = Vulture(ignore_names=HOOKS, ignore_decorators=DECORATORS)
    finder.scavenge(
        [str(ROOT / name) for name in files if name.endswith(".py") and "/migrations/" not in name]
    )
    suspects = [item for item in finder.get_unused_code() if item.typ in KINDS]
    unused = [item for item in suspects if words[item.name] == 1]
    for item in unused:
        print(f"{item.filename}:{item.first_lineno}: nothing uses {item.typ} {item.name}")
    return len(unused)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
