"""What the database itself refuses, and what its migrations undo."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from partners.models import User
from partners.services import NewPartner
from tests.support.tracked_orders import ADMIN, make_tracked, workflow
from tracking import queries, services
from tracking.models import TrackingEvent, Workflow, WorkflowStep

ROWS = import_module("tracking.migrations.0002_documented_workflows")
TRIGGERS = import_module("tracking.migrations.0003_events_are_append_only")


@pytest.mark.django_db
def test_an_event_is_not_deleted(acme: NewPartner) -> None:
    event = queries.full_history(make_tracked(acme.partner, "assigned"))[0]
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        TrackingEvent.objects.filter(pk=event.pk).delete()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [{"note": "x"}, {"visit": 7}, {"source": "command"}, {"occurred_at": timezone.now()}, {"step_id": 3}],
)
def test_an_event_is_not_changed(acme: NewPartner, values: dict[str, Any]) -> None:
    make_tracked(acme.partner)
    with pytest.raises(IntegrityError, match="only voided"), transaction.atomic():
        TrackingEvent.objects.update(**values)


@pytest.mark.django_db
def test_an_event_is_not_changed_while_it_is_voided(acme: NewPartner) -> None:
    make_tracked(acme.partner)
    voiding = {"voided_at": timezone.now(), "voided_by": acme.user, "void_reason": "x"}
    with pytest.raises(IntegrityError, match="only voided"), transaction.atomic():
        TrackingEvent.objects.update(**voiding, note="another")


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{"void_reason": "another"}, {"voided_at": None, "void_reason": ""}])
def test_a_voiding_is_final(acme: NewPartner, values: dict[str, Any]) -> None:
    event = queries.full_history(make_tracked(acme.partner, "assigned"))[1]
    services.void(event, by=acme.user, reason="mistake")
    with pytest.raises(IntegrityError, match="only voided"), transaction.atomic():
        TrackingEvent.objects.filter(pk=event.pk).update(**values)


@pytest.mark.django_db
def test_a_voiding_says_who_and_why(acme: NewPartner) -> None:
    make_tracked(acme.partner)
    with pytest.raises(IntegrityError, match="event_void_says_who_and_why"), transaction.atomic():
        TrackingEvent.objects.update(voided_at=timezone.now(), void_reason="x")


@pytest.mark.django_db
def test_an_order_is_tracked_once(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner)
    with pytest.raises(IntegrityError), transaction.atomic():
        tracking.save(force_insert=True)


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{"position": 1, "code": "new"}, {"position": 99, "code": "created"}])
def test_positions_and_codes_are_unique_in_a_workflow(values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkflowStep.objects.create(workflow=workflow("no_part"), description="x", **values)


@pytest.mark.django_db
def test_whoever_recorded_an_event_is_not_deleted(acme: NewPartner, clerk: User) -> None:
    order = make_tracked(acme.partner).order
    services.record(order, "assigned", by=clerk, source=ADMIN)
    with pytest.raises(ProtectedError):
        clerk.delete()


@pytest.mark.django_db
def test_the_rows_migration_undoes_itself() -> None:
    rows = WorkflowStep.objects.values_list("workflow__code", "position", "code", "waiting_on")
    before = list(rows)
    ROWS.remove(apps, connection.schema_editor())
    assert not Workflow.objects.exists()
    ROWS.add(apps, connection.schema_editor())
    assert before == list(
        WorkflowStep.objects.values_list("workflow__code", "position", "code", "waiting_on")
    )


@pytest.mark.django_db
def test_the_rows_stay_while_an_order_is_tracked(acme: NewPartner) -> None:
    make_tracked(acme.partner)
    with pytest.raises(ProtectedError):
        ROWS.remove(apps, connection.schema_editor())


@pytest.mark.django_db
def test_the_trigger_migration_undoes_itself(acme: NewPartner) -> None:
    make_tracked(acme.partner)
    TRIGGERS.drop(apps, connection.schema_editor())
    TrackingEvent.objects.update(note="possible now")
    TRIGGERS.create(apps, connection.schema_editor())
    with pytest.raises(IntegrityError, match="only voided"), transaction.atomic():
        TrackingEvent.objects.update(note="and not any more")
