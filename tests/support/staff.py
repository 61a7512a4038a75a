"""Staff at the desk."""

import re
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group
from django.test import Client
from openpyxl import Workbook

from partners.models import User
from tracking.models import OrderTracking

PASSWORD = "a-long-enough-pass-phrase"
GROUPS = ("Operations", "Partner managers", "Auditors", "Leads")


def staff(group: str | None) -> User:
    """A user of the desk: in a group, or with None a superuser."""
    name = (group or "root").lower().replace(" ", "-")
    if group is None:
        return User.objects.create_superuser(name, password=PASSWORD)
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


class DeskClient(Client):
    """A browser that sends forms as the pages make them: with a fresh token, and of orders with the
    present version."""

    def post(self, path: str, data: Any = None, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        if data is None or isinstance(data, dict):
            data = {"once": uuid4().hex, **(data or {})}
            if order := re.search(r"/repairorder/(\d+)/", path):
                data.setdefault("version", str(version_of(int(order[1]))))
        return super().post(path, data, *args, **kwargs)


def version_of(order_pk: int) -> int:
    """The version of an order's tracking, 0 before it starts."""
    return OrderTracking.objects.filter(pk=order_pk).values_list("version", flat=True).first() or 0


def at_desk(group: str | None) -> Client:
    """That user's browser, logged in."""
    client = DeskClient()
    client.force_login(staff(group))
    return client


def status_sheet(*rows: list[str]) -> BytesIO:
    """A workbook of these rows, as a browser uploads it."""
    book, content = Workbook(), BytesIO()
    assert book.active is not None
    for row in (["Reference", "Status", "Date"], *rows):
        book.active.append(row)
    book.save(content)
    content.seek(0)
    content.name = "statuses.xlsx"
    return content
