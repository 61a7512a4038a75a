"""The database router."""

from django.db import router
from pytest_django.fixtures import Settings

from partners.models import Partner
from warrantify.replicas import REPLICA, ReplicaRouter


def test_without_a_replica_every_read_goes_to_the_primary() -> None:
    assert router.db_for_read(Partner, may_lag=True) == "default"


def test_only_reads_that_may_lag_go_to_the_replica(settings: Settings) -> None:
    settings.DATABASE_ROUTERS = ["warrantify.replicas.ReplicaRouter"]
    asked = (
        router.db_for_read(Partner, may_lag=True),
        router.db_for_read(Partner),
        router.db_for_write(Partner),
    )
    assert asked == (REPLICA, "default", "default")


def test_the_replica_is_not_migrated() -> None:
    rules = ReplicaRouter()
    assert (rules.allow_migrate(REPLICA, "repairs"), rules.allow_migrate("default", "repairs")) == (
        False,
        None,
    )
