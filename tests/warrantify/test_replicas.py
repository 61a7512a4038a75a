"""The database router."""

from warrantify.replicas import REPLICA, ReplicaRouter


def test_the_replica_is_not_migrated() -> None:
    rules = ReplicaRouter()
    assert (rules.allow_migrate(REPLICA, "repairs"), rules.allow_migrate("default", "repairs")) == (
        False,
        None,
    )
