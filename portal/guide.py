"""The partner guide: one Markdown template, filled from the code's own tables, served as HTML."""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from markdown_it import MarkdownIt
from rest_framework_simplejwt.settings import api_settings

from portal.openapi import endpoints
from portal.openapi.estimates import APPROVED_ANSWER, DECISION, ESTIMATE_ANSWER
from portal.openapi.orders import BULK_ANSWER, EXAMPLE_DATA, EXAMPLE_ORDER, ORDER_ANSWER
from portal.openapi.tracking import BATCH_ANSWER, NOT_STARTED_ANSWER, STARTED_ANSWER
from portal.openapi.webhooks import CREATED_ANSWER, EVENT
from repairs.bulk.orders_sheet import MAX_ORDERS, MAX_OTHER_COLUMNS, MAX_OTHER_LENGTH
from repairs.fields import API_FIELDS, MISSING, SHEET_FIELDS, Need, OrderField
from repairs.services import DUPLICATE
from tracking.batch import MAX_ENTRIES
from tracking.models import Workflow
from webhooks.services import MAX_WEBHOOKS

FILE = settings.BASE_DIR / "docs" / "partner-guide.md"
FILE_BASE = "https://api.example.com"

EXAMPLES = Path(__file__).parent / "examples"
LANGUAGES = (
    ("curl", "sh", "client.sh"),
    ("Python", "python", "client.py"),
    ("JavaScript", "js", "client.js"),
    ("PHP", "php", "client.php"),
    ("Java", "java", "Client.java"),
)
WEBHOOK_EXAMPLES = (
    ("Python", "python", "webhook.py"),
    ("Python, with the official library", "python", "webhook_library.py"),
    ("JavaScript", "js", "webhook.js"),
    ("PHP", "php", "webhook.php"),
    ("Java", "java", "Webhook.java"),
)
# The server reads a request line of 8,190 bytes (`limit_request_line` in gunicorn.conf.py).
MAX_URL = 8000


class Heading(NamedTuple):
    """An entry of the table of contents; `level` 2 or 3."""

    level: int
    anchor: str
    text: str


class Page(NamedTuple):
    """The guide as HTML, and its headings."""

    body: str
    contents: list[Heading]


def markdown(base: str) -> str:
    """The guide as Markdown, its addresses beginning with `base` (`https://host`)."""
    return render_to_string("portal/guide.md", {"base": base, **_figures(), **_tables(), **_bodies()})


@lru_cache(maxsize=8)
def page(base: str) -> Page:
    """The guide as HTML; kept, as it changes with the code alone."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown(base))
    contents = []
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            anchor = re.sub("[^a-z0-9]+", "-", inline.content.lower()).strip("-")
            opening.attrSet("id", anchor)
            if opening.tag in ("h2", "h3"):
                contents.append(Heading(int(opening.tag[1]), anchor, inline.content))
    html = parser.renderer.render(tokens, parser.options, {})
    # Wide tables scroll by themselves on a phone.
    html = html.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")
    return Page(html, contents)


def _figures() -> dict[str, Any]:
    return {
        "access_minutes": int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds()) // 60,
        "refresh_days": api_settings.REFRESH_TOKEN_LIFETIME.days,
        "max_orders": MAX_ORDERS,
        "max_other_columns": MAX_OTHER_COLUMNS,
        "max_other_length": MAX_OTHER_LENGTH,
        "max_entries": MAX_ENTRIES,
        "max_webhooks": MAX_WEBHOOKS,
        "max_url": f"{MAX_URL:,}",
        "max_json_kb": settings.MAX_JSON_BYTES // 1024,
        "time_zone": settings.TIME_ZONE,
    }


def _tables() -> dict[str, Any]:
    workflows = Workflow.objects.prefetch_related("steps")
    return {
        "api_fields": [_field(field, field.api) for field in API_FIELDS],
        "sheet_fields": [_field(field, field.sheet) for field in SHEET_FIELDS],
        "workflows": [{"name": flow.name, "steps": list(flow.steps.all())} for flow in workflows],
        "endpoints": endpoints.TABLES[endpoints.TABLES.index("## ") :].replace("## ", "### "),
    }


def _field(field: OrderField, need: Need) -> dict[str, Any]:
    return {
        "name": field.name,
        "need": need.value,
        "description": field.description,
        "rule": field.rule.reason if field.rule else "Text.",
        "max_length": field.max_length,
        "example": field.example,
    }


def _bodies() -> dict[str, Any]:
    invalid = endpoints.documented("POST repair/single-order/", MISSING)
    duplicate = endpoints.documented("POST repair/single-order/", DUPLICATE)
    bodies = {
        "order_json": EXAMPLE_ORDER,
        "order_answer": ORDER_ANSWER,
        "duplicate_answer": duplicate.body({"DATA": EXAMPLE_DATA}),
        "invalid_answer": invalid.body(),
        "bulk_answer": BULK_ANSWER,
        "started_answer": STARTED_ANSWER,
        "not_started_answer": NOT_STARTED_ANSWER,
        "batch_answer": BATCH_ANSWER,
        "webhook_answer": CREATED_ANSWER,
        "webhook_event": EVENT,
        "estimate_answer": ESTIMATE_ANSWER,
        "decision_json": DECISION,
        "approved_answer": APPROVED_ANSWER,
    }
    return {
        **{name: json.dumps(body, indent=2, ensure_ascii=False) for name, body in bodies.items()},
        "examples": _programs(LANGUAGES),
        "webhook_examples": _programs(WEBHOOK_EXAMPLES),
    }


def _programs(listed: Iterable[tuple[str, str, str]]) -> list[dict[str, str]]:
    return [
        {"title": title, "language": language, "code": (EXAMPLES / name).read_text("utf-8").rstrip()}
        for title, language, name in listed
    ]
