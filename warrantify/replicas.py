"""Where reads go that may lag behind: to the replica, where one is set (`REPLICA_DATABASE_URL`).

Nothing goes there unasked. Whoever judges, writes or shows staff their own change reads the
primary; a look-up that partners poll asks with the hint `may_lag` and, where the replica knows
nothing, asks the primary before it says so.
"""

from typing import Any

REPLICA = "replica"


class ReplicaRouter:
    """The database router; `may_lag` is the hint that sends a read to the replica."""

    def db_for_read(self, model: Any, may_lag: bool = False, **hints: Any) -> str | None:
        """The replica for reads that may lag; no opinion on the others."""
        return REPLICA if may_lag else None

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        """Both hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """The replica's tables come from the primary."""
        return False if db == REPLICA else None
