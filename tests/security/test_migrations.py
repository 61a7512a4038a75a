"""Migrations under way: a filled database survives each one, and the code of before works on after it.

The code of before is stood in for by its models: what the previous release reads and writes.
"""

from collections.abc import Iterator

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

APPS = ("partners", "repairs", "tracking")
Key = tuple[str, str]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _back_at_the_newest() -> Iterator[None]:
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def later_migrations() -> list[Key]:
    """Ours that are not applied, in the order in which they will be."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(migration.app_label, migration.name) for migration, _ in plan if migration.app_label in APPS]


def write(models: Apps, mark: str) -> None:
    """A partner, a user, an order: as that release would."""
    partner = models.get_model("partners", "Partner").objects.create(name=mark, email="a@example.com")
    models.get_model("partners", "User").objects.create(username=mark, password="x", partner=partner)
    models.get_model("repairs", "RepairOrder").objects.create(
        request_id=mark, partner=partner, repair_ref_no=mark, created_at=timezone.now()
    )
    models.get_model("repairs", "BulkUpload").objects.create(
        partner=partner, client_email="a@example.com", file_size=1, rows=[{"row": 2}]
    )


def read(models: Apps) -> list[str]:
    orders = models.get_model("repairs", "RepairOrder").objects.select_related("partner").order_by("pk")
    assert models.get_model("repairs", "BulkUpload").objects.values_list("rows", flat=True)[0] == [{"row": 2}]
    return [order.partner.name for order in orders]


def test_the_release_before_each_migration_works_after_it() -> None:
    MigrationExecutor(connection).migrate([(app, None) for app in APPS[::-1]])
    applied = [(app, "0001_initial") for app in APPS]
    MigrationExecutor(connection).migrate(applied)
    later, written = later_migrations(), []
    assert later
    for app, name in later:
        executor = MigrationExecutor(connection)
        models = executor.loader.project_state(applied).apps
        written += [f"before {app}-{name[:4]}", f"meanwhile {app}-{name[:4]}"]
        write(models, written[-2])
        executor.migrate([(app, name)])
        write(models, written[-1])
        assert read(models) == written
        applied.append((app, name))
