"""Finds orders by what people say of them: digits, names, references, e-mail addresses, cities.

On PostgreSQL one inverted index over `repairs_order_words`, a function made by the migrations,
answers by the beginnings of words. Its words carry a mark: `w` words of name and city, `k` the
reference, `e` the e-mail address, `<` what is found by its end, reversed. SQLite compares columns.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, CharField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat, Lower, Replace

from repairs.models import RepairOrder

Orders = QuerySet[RepairOrder]

# At most so many orders are looked at for one question.
MAX_FOUND = 1000
MIN_DIGITS = 4
LOOK_UP_AT_ONCE = 2000
MAX_TERMS = 12
# Longer than any column, and in bytes shorter than what PostgreSQL takes as a word (2,046).
MAX_WORD = 500

# What parts words and is left out of references; the migration's function has the same characters.
SEPARATORS = " .,;:'\"/#()_+-"
_SEPARATOR = re.compile(f"[\\s{re.escape(SEPARATORS)}]+")
_LIST = re.compile(r"[\r\n,;\t]+")
_COUNTRY = re.compile(r"\A(?:0091|091|91|0)(\d{10})\Z")

# The arguments of `repairs_order_words`.
_COLUMNS = (
    "repair_ref_no",
    "customer_name",
    "customer_mobile",
    "customer_email",
    "city",
    "imei_no",
    "request_id",
)


class OrderWords(Func):
    """The words of an order, as the index has them."""

    function = "repairs_order_words"
    output_field = TextField()

    def __init__(self) -> None:
        super().__init__(*(Cast(name, TextField()) for name in _COLUMNS))


class TextQuery(CharField):  # type: ignore[type-arg] # not subscriptable when it runs
    """PostgreSQL's `tsquery`, taken as written."""

    def db_type(self, connection: Any) -> str:
        return "tsquery"

    cast_db_type = db_type


class Matches(Func):
    """Whether words match a query."""

    template, arg_joiner = "%(expressions)s", " @@ "
    output_field = BooleanField()


@dataclass(slots=True)
class Found:
    """The orders of a question: at most `MAX_FOUND`, and whether there are more.

    `is_list` says that names were listed; `unknown` holds those that no order has.
    """

    ids: list[int]
    has_more: bool = False
    is_list: bool = False
    unknown: list[str] = field(default_factory=list)


def find(text: str, within: Orders) -> Found:
    """The orders of `within` that `text` describes: words in any order, or a list of names."""
    text = text.strip()
    if _LIST.search(text):
        return find_listed(entries(text), within)
    can_match = len(text) <= MAX_WORD and _SEPARATOR.sub("", text)
    described = _by_words if connection.vendor == "postgresql" else _by_columns
    found = _limited(described(text, within)) if can_match else Found([])
    words = text.split()
    if not found.ids and len(words) > 1 and all(re.search(r"\d", word) for word in words):
        return find_listed(words, within)
    return found


def entries(text: str) -> list[str]:
    """The entries of a pasted list, each once, in order; an entry may hold spaces."""
    found = (" ".join(entry.split()) for entry in _LIST.split(text))
    return list(dict.fromkeys(entry for entry in found if entry))


def find_listed(listed: Sequence[str], within: Orders) -> Found:
    """The orders with these references, request IDs, mobiles or IMEIs, and the entries without any."""
    names = {entry: [_names(entry), *map(_names, entry.split())] for entry in listed}
    wanted = sorted({name for spellings in names.values() for some in spellings for name in some})
    ids: dict[int, None] = {}
    known: set[str] = set()
    for first in range(0, len(wanted), LOOK_UP_AT_ONCE):
        for order in _named(wanted[first : first + LOOK_UP_AT_ONCE], within):
            ids[order.pk] = None
            known |= _names_of(order)
    unknown = []
    for entry, (whole, *parts) in names.items():
        if whole & known:
            continue
        unknown += [word for word, part in zip(entry.split(), parts, strict=True) if not part & known]
    return Found(list(ids)[:MAX_FOUND], len(ids) > MAX_FOUND, True, list(dict.fromkeys(unknown)))


def key(text: str) -> str:
    """A reference, serial number or word without separators, in small letters."""
    return _SEPARATOR.sub("", text).lower()


def _names(entry: str) -> set[str]:
    """What an entry of a list may stand for."""
    name = key(entry)
    return {name, *_COUNTRY.findall(name)} if 0 < len(name) <= MAX_WORD else set()


def _names_of(order: RepairOrder) -> set[str]:
    keys = {key(text) for text in (order.request_id, order.repair_ref_no, order.imei_no)}
    return {*keys, order.customer_mobile, re.sub(r"\D", "", order.repair_ref_no)}


def _limited(orders: Orders) -> Found:
    """The first found. The inner query is planned as if all were wanted: told of the limit, PostgreSQL
    hopes to meet enough of them while it reads the table."""
    sql, params = orders.order_by().values("pk").query.sql_with_params()
    limited = f"WITH found AS MATERIALIZED ({sql}) SELECT * FROM found LIMIT {MAX_FOUND + 1}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(limited, params)
        ids = [row[0] for row in cursor.fetchall()]
    return Found(ids[:MAX_FOUND], len(ids) > MAX_FOUND)


def _terms(text: str) -> list[str]:
    """The words of a question; digits in groups are one word."""
    joined = re.sub(r"(?<=\d)[ .()-]+(?=\d)", "", text)
    return joined.split()[:MAX_TERMS]


def _named(names: Sequence[str], within: Orders) -> Orders:
    needed = within.only("request_id", "repair_ref_no", "imei_no", "customer_mobile").order_by()
    if connection.vendor == "postgresql":
        return needed.filter(pk__in=_ids_named(names))
    capitals = [name.upper() for name in names]
    either = Q(request_id__in=capitals) | Q(customer_mobile__in=names)
    return _with_keys(needed).filter(either | Q(ref_key__in=names) | Q(imei_key__in=names))


# --- PostgreSQL -----------------------------------------------------------------------------


def _by_words(text: str, within: Orders) -> Orders:
    terms = _terms(text)
    query = " & ".join(f"({_alternatives(term)})" for term in terms)
    whole = key(text)
    if len(terms) > 1 and sum(map(str.isdigit, whole)) >= MIN_DIGITS:  # a reference with spaces
        query = f"({query}) | {_word('k', whole, is_prefix=True)}"
    condition = Q(Matches(OrderWords(), Cast(Value(query), TextQuery())))
    if len(terms) == 1:
        for attribute, beginning in _beginnings(whole):
            condition |= Q(**{f"{attribute}__startswith": beginning})
    return within.filter(condition)


def _beginnings(name: str) -> Iterable[tuple[str, str]]:
    """What the plain indexes answer: a number or an ID of which only the beginning is known."""
    if name.isdecimal() and len(name) >= MIN_DIGITS:
        yield "customer_mobile", name
        yield "imei_no", name
    elif re.search(r"\d{4}", name):
        yield "request_id", name.upper()
        yield "imei_no", name.upper()


def _alternatives(term: str) -> str:
    """A tsquery of all that one word may mean."""
    name = key(term)
    if "@" in term:
        return _word("e", term.lower(), is_prefix=True)
    if name.isdecimal():
        if len(name) < MIN_DIGITS:
            return _word("k", name)
        ends = [name, *_COUNTRY.findall(name)]
        return _any(
            [*(_word("<", end[::-1], is_prefix=True) for end in ends), _word("k", name, is_prefix=True)]
        )
    parts = [part for part in _SEPARATOR.split(term.lower()) if part]
    words = " & ".join(_word("w", part, is_prefix=len(part) > 1) for part in parts) or _word("k", name)
    if not re.search(r"\d", name):
        return f"({words}) | {_word('k', name)}"
    is_long = len(name) >= MIN_DIGITS
    return _any(
        [f"({words})", _word("k", name, is_prefix=is_long), _word("<", name[::-1], is_prefix=is_long)]
    )


def _ids_named(names: Sequence[str]) -> list[int]:
    """The orders with one of these words each: the index is asked for every name by itself, which
    takes a thousandth of the time of one query with all names in it."""
    queries = [_any([_word("k", name), _word("<", name[::-1])]) for name in names]
    with transaction.atomic(), connection.cursor() as cursor:
        # Without statistics PostgreSQL would compute the words of every order for every name; and it
        # would compile the query, for ten times as long as it runs.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL jit = off")
        cursor.execute(_NAMED, [queries])
        return [row[0] for row in cursor.fetchall()]


_NAMED = f"""
    SELECT o.id FROM unnest(%s::tsquery[]) AS asked(words)
    JOIN repairs_repairorder o
    ON repairs_order_words({", ".join(f"o.{name}" for name in _COLUMNS)}) @@ asked.words
"""  # noqa: S608 (columns of ours)


def _word(mark: str, text: str, *, is_prefix: bool = False) -> str:
    quoted = (mark + text).replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'{':*' if is_prefix else ''}"


def _any(words: Iterable[str]) -> str:
    return " | ".join(words)


# --- SQLite ---------------------------------------------------------------------------------


def _with_keys(orders: Orders) -> Orders:
    """With the reference and the IMEI as `key` has them, and the words of name and city, each after
    a space."""
    words = Concat(Value(" "), "customer_name", Value(" "), "city")
    return orders.alias(
        ref_key=Lower(_replaced(F("repair_ref_no"), "")),
        imei_key=Lower(_replaced(F("imei_no"), "")),
        words=_replaced(words, " "),
    )


def _replaced(text: Any, by: str) -> Any:
    for mark in SEPARATORS:
        text = Replace(text, Value(mark), Value(by))
    return text


def _by_columns(text: str, within: Orders) -> Orders:
    terms, whole = _terms(text), key(text)
    condition = reduce(and_, map(_columns, terms), Q())
    if len(terms) > 1 and sum(map(str.isdigit, whole)) >= MIN_DIGITS:
        condition |= Q(ref_key__startswith=whole)
    return _with_keys(within).filter(condition)


def _columns(term: str) -> Q:
    name = key(term)
    if "@" in term:
        return Q(customer_email__istartswith=term)
    if name.isdecimal():
        if len(name) < MIN_DIGITS:
            return Q(ref_key=name)
        ends = [name, *_COUNTRY.findall(name)]
        by_end = [
            Q(**{f"{column}__endswith": end})
            for end in ends
            for column in ("customer_mobile", "request_id", "imei_key", "ref_key")
        ]
        begins = Q(customer_mobile__startswith=name) | Q(imei_no__startswith=name)
        return reduce(or_, by_end, begins | Q(ref_key__startswith=name))
    parts = [part for part in _SEPARATOR.split(term) if part]
    words = Q(*(Q(words__icontains=f" {part}") for part in parts))
    if len(name) < MIN_DIGITS or not re.search(r"\d", name):
        return words | Q(ref_key=name)
    begins = (
        Q(ref_key__startswith=name) | Q(imei_key__startswith=name) | Q(request_id__startswith=name.upper())
    )
    return words | begins | Q(imei_key__endswith=name)
