"""What orders are found by, for `repairs/search.py`: on PostgreSQL an index over words.

Not collected for later (`fastupdate`): a pending list would make one order in thousands wait for
all that it holds.
"""

from typing import Any

from django.db import migrations

COLUMNS = "repair_ref_no, customer_name, customer_mobile, customer_email, city, imei_no, request_id"
# The separators of `repairs.search`, as a text of SQL.
PLAIN = """lower(translate({}, E' .,;:''"/#()_+-', ''))"""
SPACED = """lower(translate({}, E'.,;:''"/#()_+-', '             '))"""

CREATE = (
    f"""
    CREATE FUNCTION repairs_order_words(
        reference text, name text, mobile text, email text, city text, imei text, request_id text
    ) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT array_to_tsvector(
            ARRAY[
                'e' || lower(email),
                'k' || {PLAIN.format("reference")},
                '<' || reverse(regexp_replace(reference, '[^0-9]+', '', 'g')),
                '<' || reverse(mobile),
                '<' || reverse({PLAIN.format("imei")}),
                '<' || reverse(lower(request_id))
            ] || array_remove(
                string_to_array('w' || replace({SPACED.format("name || ' ' || city")}, ' ', ' w'), ' '), 'w'
            )
        )
    $$
    """,
    f"CREATE INDEX order_words ON repairs_repairorder USING gin (repairs_order_words({COLUMNS})) "
    "WITH (fastupdate = off)",
)
DROP = ("DROP INDEX order_words", "DROP FUNCTION repairs_order_words")


def create(apps: Any, schema_editor: Any) -> None:
    run(schema_editor, CREATE)


def drop(apps: Any, schema_editor: Any) -> None:
    run(schema_editor, DROP)


def run(schema_editor: Any, statements: tuple[str, ...]) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [("repairs", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
