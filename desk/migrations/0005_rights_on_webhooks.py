from django.db import migrations

ADDED = {
    "Operations": ["outbox.view_message", "outbox.change_message", "webhooks.view_webhook"],
    "Partner managers": ["webhooks.view_webhook", "webhooks.change_webhook"],
    "Auditors": ["outbox.view_message", "webhooks.view_webhook"],
}


def add(apps, schema_editor):
    # Permissions are otherwise made after all migrations; Django then finds these and leaves them be.
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    for name, permissions in ADDED.items():
        group = apps.get_model("auth", "Group").objects.filter(name=name).first()
        for dotted in permissions if group else ():
            app, codename = dotted.split(".")
            verb, model = codename.split("_")
            content_type, _ = ContentType.objects.get_or_create(app_label=app, model=model)
            permission, _ = Permission.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": f"Can {verb} {model}"}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ("desk", "0004_technicians"),
        ("outbox", "0001_initial"),
        ("webhooks", "0001_initial"),
    ]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
