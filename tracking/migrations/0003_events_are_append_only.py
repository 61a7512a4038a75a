"""The database itself refuses to delete an event, and to change one but by voiding it once."""

from typing import Any

from django.db import migrations

TABLE = "tracking_trackingevent"
KEPT = (
    "id",
    "tracking_id",
    "step_id",
    "visit",
    "occurred_at",
    "recorded_at",
    "recorded_by_id",
    "source",
    "note",
)
NO_DELETE = "Tracking events are never deleted"
NO_UPDATE = "Tracking events are never changed, only voided, once"


def _not_a_voiding(different: str) -> str:
    changed = " OR ".join(f"OLD.{column} {different} NEW.{column}" for column in KEPT)
    return f"OLD.voided_at IS NOT NULL OR NEW.voided_at IS NULL OR {changed}"


POSTGRESQL = (
    f"""
    CREATE FUNCTION tracking_event_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION '{NO_DELETE}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF {_not_a_voiding("IS DISTINCT FROM")} THEN
            RAISE EXCEPTION '{NO_UPDATE}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    f"CREATE TRIGGER tracking_event_guard BEFORE UPDATE OR DELETE ON {TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION tracking_event_guard()",
)
SQLITE = (
    f"CREATE TRIGGER tracking_event_no_delete BEFORE DELETE ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, '{NO_DELETE}'); END",
    f"CREATE TRIGGER tracking_event_no_update BEFORE UPDATE ON {TABLE} "
    f"WHEN {_not_a_voiding('IS NOT')} BEGIN SELECT RAISE(ABORT, '{NO_UPDATE}'); END",
)
DROP = {
    "postgresql": (
        f"DROP TRIGGER tracking_event_guard ON {TABLE}",
        "DROP FUNCTION tracking_event_guard()",
    ),
    "sqlite": ("DROP TRIGGER tracking_event_no_delete", "DROP TRIGGER tracking_event_no_update"),
}
CREATE = {"postgresql": POSTGRESQL, "sqlite": SQLITE}


def create(apps: Any, schema_editor: Any) -> None:
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop(apps: Any, schema_editor: Any) -> None:
    for statement in DROP[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [("tracking", "0002_documented_workflows")]

    operations = [migrations.RunPython(create, drop)]
