"""From a run's figures to machines: the tables of docs/scaling.md."""

import re
from math import ceil
from pathlib import Path

ORDERS_PER_SECOND = (10, 100, 1000)
POLLS_PER_ORDER = 100
BUSY = 0.6  # of a core, so that a peak finds room
CORES = 8  # of a machine


def measured(results):
    """Lines of Markdown: what one core and one worker do."""
    lines = ["| | a second on one core | service CPU | database CPU |", "|---|---|---|---|"]
    for title, row, name in (
        ("POST single-order", "post", "ours"),
        ("GET tracking, 12 events", "tracking", "ours"),
        ("GET tracking, 304", "tracking", "ours 304"),
    ):
        f = results[row][name]
        lines.append(
            f"| {title} | {f['rate']:.0f} | {f['server_cpu_ms']:.2f} ms | {f['database_cpu_ms']:.2f} ms |"
        )
    memory, scale = results["memory"], results["scale"]
    lines += [
        "",
        f"A web process takes {memory['end_mb']:.0f} MB after 20,000 requests and 20 uploads. A million",
        f"orders with twelve million events are {scale['large_gb']:.1f} GB with their indexes; there a POST",
        f"keeps {scale['post kept']:.2f} and a poll {scale['tracking kept']:.2f} of the rate",
        "that ten thousand orders see.",
    ]
    return lines


def machines(results):
    """Lines of Markdown: cores and machines for so many orders a second."""
    post, poll = results["post"]["ours"], results["tracking"]["ours"]
    memory, size = results["memory"]["end_mb"], results["scale"]["large_gb"]
    lines = [
        "| orders/s | polls/s | service cores | of 8 | web memory | database cores | stored a day |",
        "|---|---|---|---|---|---|---|",
    ]
    for orders in ORDERS_PER_SECOND:
        polls = orders * POLLS_PER_ORDER

        def cores(kind, orders=orders, polls=polls):
            return ceil((orders * post[kind] + polls * poll[kind]) / 1000 / BUSY)

        service = cores("server_cpu_ms")
        gigabytes = service * memory / 1000
        lines.append(
            f"| {orders:,} | {polls:,} | {service} | {ceil(service / CORES)} | {gigabytes:.1f} GB"
            f" | {cores('database_cpu_ms')} | {orders * 86400 / 1e6 * size:.1f} GB |"
        )
    return lines


def publish(results, page: Path):
    """Puts both tables between their marks in `page`."""
    text = page.read_text()
    for mark, lines in (("measured", measured(results)), ("machines", machines(results))):
        block = "\n".join([f"<!-- {mark} -->", *lines, f"<!-- /{mark} -->"])
        text = re.sub(f"<!-- {mark} -->.*?<!-- /{mark} -->", lambda _, b=block: b, text, flags=re.DOTALL)
    page.write_text(text)
