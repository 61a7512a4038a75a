"""The replica (`REPLICA_DATABASE_URL`): a copy that PostgreSQL keeps, for reads that may lag.

Nothing goes there unasked. Whatever validates, writes or shows staff their own change reads the
primary; a look-up that partners poll asks `sql.read` for the replica by `may_lag`.
"""

from typing import Any

REPLICA = "replica"


class ReplicaRouter:
    """The database router: the ORM knows the replica but neither reads nor migrates it."""

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        """Both hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """The replica's tables come from the primary."""
        return False if db == REPLICA else None
