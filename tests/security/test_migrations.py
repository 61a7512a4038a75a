"""Migrations under way: a filled database survives each one, and the code of before works on after it.

The code of before is stood in for by its models: what the previous release reads and writes.
"""

from collections.abc import Iterator

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

APPS = ("partners", "repairs", "tracking")
Key = tuple[str, str]

pytestmark = pytest.mark.django_db(transaction=True)


def later_migrations() -> list[Key]:
    """Ours, but for the first of each app, which nothing can precede."""
    nodes = MigrationLoader(None, ignore_no_migrations=True).graph.nodes
    return sorted(key for key in nodes if key[0] in APPS and not key[1].startswith("0001"))


@pytest.fixture(autouse=True)
def _back_at_the_newest() -> Iterator[None]:
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def go_to(targets: list[Key]) -> Apps:
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


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


@pytest.mark.parametrize("key", later_migrations(), ids="-".join)
def test_the_release_before_a_migration_works_after_it(key: Key) -> None:
    graph = MigrationExecutor(connection).loader.graph
    before = [parent.key for parent in graph.node_map[key].parents]
    MigrationExecutor(connection).migrate([(app, None) for app in APPS[::-1]])
    firsts = [(app, "0001_initial") for app in APPS]
    models = go_to([*firsts, *before])
    write(models, "before")
    go_to([key])
    assert read(models) == ["before"]
    write(models, "meanwhile")
    assert read(models) == ["before", "meanwhile"]
