"""The groups of the operations desk and what each may do."""

from django.db import migrations

READ_ALL = (
    "partners.partner partners.apikey partners.user partners.failedlogin repairs.repairorder repairs.bulkupload "
    "tracking.workflow tracking.workflowstep tracking.ordertracking tracking.trackingevent admin.logentry auth.group "
    "outbox.message webhooks.webhook"
).split()

GROUPS = {
    # Starting and recording add events, voiding changes one; correcting changes the order itself.
    "Operations": [
        "repairs.view_repairorder",
        "repairs.change_repairorder",
        "repairs.view_bulkupload",
        "repairs.change_bulkupload",
        "tracking.view_workflow",
        "tracking.view_workflowstep",
        "tracking.view_ordertracking",
        "tracking.change_ordertracking",
        "tracking.view_trackingevent",
        "tracking.add_trackingevent",
        "tracking.change_trackingevent",
        "outbox.view_message",
        "outbox.change_message",
        "webhooks.view_webhook",
    ],
    "Partner managers": [
        *(f"partners.{verb}_{model}" for model in ("partner", "apikey", "user") for verb in ("view", "add", "change")),
        "webhooks.view_webhook",
        "webhooks.change_webhook",
    ],
    "Auditors": [f"{app}.view_{model}" for app, model in (name.split(".") for name in READ_ALL)],
    # They work on the orders assigned to them, and do nothing else at the desk.
    "Technicians": ["desk.work_assignment"],
}
# A lead also decides what is expected of each step.
GROUPS["Leads"] = [*GROUPS["Operations"], "tracking.change_workflowstep"]
# Permissions that are not Django's own four of each model.
NAMES = {"work_assignment": "Can work on the orders assigned to oneself"}


def create_groups(apps, schema_editor):
    # Permissions are otherwise made after all migrations, which is too late for us; Django then
    # finds these and leaves them be.
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    for group_name, permissions in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=group_name)
        for dotted in permissions:
            app, codename = dotted.split(".")
            verb, model = codename.split("_")
            content_type, _ = ContentType.objects.get_or_create(app_label=app, model=model)
            label = apps.get_model(app, model)._meta.verbose_name
            name = NAMES.get(codename, f"Can {verb} {label}")
            permission, _ = Permission.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": name}
            )
            group.permissions.add(permission)


def delete_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):

    dependencies = [
        ("desk", "0001_initial"),
        ("partners", "0001_initial"),
        ("outbox", "0001_initial"),
        ("repairs", "0001_initial"),
        ("tracking", "0001_initial"),
        ("webhooks", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_groups, delete_groups)]
