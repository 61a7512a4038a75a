"""Staff at the desk."""

from django.contrib.auth.models import Group
from django.test import Client

from partners.models import User

PASSWORD = "a-long-enough-pass-phrase"
GROUPS = ("Operations", "Partner managers", "Auditors")


def staff(group: str | None) -> User:
    """A user of the desk: in a group, or with None a superuser."""
    name = (group or "root").lower().replace(" ", "-")
    if group is None:
        return User.objects.create_superuser(name, password=PASSWORD)
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def at_desk(group: str | None) -> Client:
    """That user's browser, logged in."""
    client = Client()
    client.force_login(staff(group))
    return client
