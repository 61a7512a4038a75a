"""The documentation's three workflows: codes and descriptions verbatim, quirks included.

Repeatability, expected hours and who is waited on are ours; staff may tune the last two.
"""

from typing import Any

from django.db import migrations

FLOWS = (
    ("service_center", "Service Center Flow"),
    ("technician", "Technician Flow"),
    ("no_part", "No Part Call Flow"),
)
ALL = ("service_center", "technician", "no_part")
WITH_PARTS = ("service_center", "technician")

# Code, description, the flows it belongs to, expected hours, who is waited on. The order of the
# lines is the order of the steps in every flow.
STEPS = (
    ("created", "Order created in system", ALL, 4, "us"),
    ("assigned", "Assigned to technician", ALL, 4, "us"),
    ("accepted", "Technician accepted the order", ALL, 24, "us"),
    ("reached customer location", "Technician reached customer location", ALL, 2, "us"),
    ("customer not in location", "Customer unavailable at location", ALL, 48, "customer"),
    ("pickup done", "Device picked up from customer", ALL, 24, "us"),
    ("estimation raised", "Repair estimation created", ALL, 24, "us"),
    ("verified date", "Estimation verified", ALL, 24, "us"),
    ("diagnosis complete", "Diagnosis completed (no parts needed)", ("no_part",), 24, "us"),
    ("reached service centre", "Device reached service center", ("service_center",), 24, "us"),
    ("part demanded", "Replacement part requested", WITH_PARTS, 72, "parts"),
    ("awaiting approval", "Waiting for approval", ALL, 48, "approval"),
    ("approved", "Repair approved", ALL, 24, "us"),
    # With parts, what comes next is their allocation; without, the repair itself.
    ("handed over to ASP", "Handed to authorized service provider", WITH_PARTS, 48, "parts"),
    ("handed over to ASP", "Handed to authorized service provider", ("no_part",), 24, "us"),
    ("part allocated", "Replacement part allocated", WITH_PARTS, 72, "parts"),
    ("part received", "Part received at service center", ("service_center",), 24, "us"),
    ("part received", "Part received by technician", ("technician",), 24, "us"),
    ("technician visit", "Technician visit scheduled/completed", ("technician",), 48, "us"),
    ("performing service", "Device under repair", ALL, 48, "us"),
    ("devicecollectedfromasp", "Device collected from ASP", WITH_PARTS, 24, "us"),
    ("device collected from ASP", "Device collected from ASP", ("no_part",), 24, "us"),
    ("repair completed", "Repair work completed", ALL, 24, "us"),
    ("Servicer visit", "Service personnel visit scheduled/completed", ("service_center",), 48, "us"),
    ("delivered", "Device delivered to customer", ALL, None, "us"),
)
REPEATABLE = {
    "assigned",
    "accepted",
    "reached customer location",
    "customer not in location",
    "estimation raised",
    "part demanded",
    "awaiting approval",
    "Servicer visit",
    "technician visit",
}


def _steps_of(flow: str) -> list[dict[str, Any]]:
    rows = [row for row in STEPS if flow in row[2]]
    return [
        {
            "position": position,
            "code": code,
            "description": description,
            "numbered": code == "reached customer location",
            "repeatable": code in REPEATABLE,
            "terminal": code == "delivered",
            "expected_hours": hours,
            "waiting_on": waiting_on,
        }
        for position, (code, description, _, hours, waiting_on) in enumerate(rows, 1)
    ]


def add(apps: Any, schema_editor: Any) -> None:
    workflows = apps.get_model("tracking", "Workflow").objects.using(schema_editor.connection.alias)
    steps = apps.get_model("tracking", "WorkflowStep")
    for position, (code, name) in enumerate(FLOWS, 1):
        workflow = workflows.create(code=code, name=name, position=position)
        steps.objects.using(schema_editor.connection.alias).bulk_create(
            steps(workflow=workflow, **values) for values in _steps_of(code)
        )


def remove(apps: Any, schema_editor: Any) -> None:
    """Fails, as it must, while an order is tracked."""
    codes = [code for code, _ in FLOWS]
    for model, lookup in (("WorkflowStep", "workflow__code__in"), ("Workflow", "code__in")):
        rows = apps.get_model("tracking", model).objects.using(schema_editor.connection.alias)
        rows.filter(**{lookup: codes}).delete()


class Migration(migrations.Migration):

    dependencies = [("tracking", "0001_initial")]

    operations = [migrations.RunPython(add, remove)]
