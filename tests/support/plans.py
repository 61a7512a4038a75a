"""The plans by which PostgreSQL runs the statements of a request."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

TABLES = ("repairs_repairorder", "tracking_ordertracking", "tracking_trackingevent")

Plan = dict[str, Any]


def plans_of(ask: Callable[[], Any]) -> list[Plan]:
    """The plan of each SELECT that `ask` sends, with what it read."""
    sent: list[tuple[str, Any]] = []

    def note(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        sent.append((statement, params))
        return execute(statement, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    return [_explain(statement, params) for statement, params in sent if statement.startswith("SELECT")]


def _explain(statement: str, params: Any) -> Plan:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", params)
        [(found,)] = cursor.fetchall()
    [explained] = json.loads(found) if isinstance(found, str) else found
    return dict(explained["Plan"])


def _nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


def rows_read(plan: Plan) -> int:
    """Rows that the plan's scans looked at in the tables that grow."""
    removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    return sum(
        round((node["Actual Rows"] + sum(node.get(name, 0) for name in removed)) * node["Actual Loops"])
        for node in _nodes(plan)
        if node.get("Relation Name") in TABLES
    )


def scans(plan: Plan) -> set[str]:
    """Those of these tables that the plan walks from end to end."""
    return {node["Relation Name"] for node in _nodes(plan) if node["Node Type"] == "Seq Scan"} & set(TABLES)


def sorts(plan: Plan) -> list[tuple[int, int]]:
    """Of each of the plan's sorts how many rows go in, and the bytes of one."""
    return [
        (node["Plans"][0]["Actual Rows"], node["Plan Width"])
        for node in _nodes(plan)
        if node["Node Type"] == "Sort"
    ]


def indexes_alone(plan: Plan) -> set[str]:
    """The indexes that the plan reads without their tables."""
    return {node["Index Name"] for node in _nodes(plan) if node["Node Type"] == "Index Only Scan"}
