"""What a worker does from time to time."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from outbox import periodic
from partners.models import FailedLogin

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_deletes_old_failed_log_ins_each_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    old = timezone.now() - timedelta(days=8)
    FailedLogin.objects.create(username="amit", address="192.0.2.1", door="desk", first_at=old, last_at=old)
    in_an_hour = time.monotonic() + 3601
    monkeypatch.setattr("outbox.periodic.time.monotonic", lambda: in_an_hour)
    periodic.run_due()
    assert not FailedLogin.objects.exists()
