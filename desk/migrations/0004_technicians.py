"""The group whose users work on the orders assigned to them, and do nothing else at the desk."""

from django.db import migrations

GROUP = "Technicians"


def create_group(apps, schema_editor):
    # The permission is otherwise made after all migrations; Django then finds this one.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="desk", model="assignment"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename="work_assignment",
        defaults={"name": "Can work on the orders assigned to oneself"},
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.add(permission)


def delete_group(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name=GROUP).delete()


class Migration(migrations.Migration):

    dependencies = [("desk", "0003_notes_files_and_assignments")]

    operations = [migrations.RunPython(create_group, delete_group)]
