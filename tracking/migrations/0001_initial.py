
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('partners', '0001_initial'),
        ('repairs', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SandboxDecision',
            fields=[
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='repairs.repairorder')),
                ('approves', models.BooleanField()),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.CharField(max_length=200)),
                ('reason', models.CharField(blank=True, max_length=1000)),
            ],
        ),
        migrations.CreateModel(
            name='Workflow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=50)),
                ('position', models.PositiveSmallIntegerField(unique=True)),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='OrderTracking',
            fields=[
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='tracking', serialize=False, to='repairs.repairorder')),
                ('current_since', models.DateTimeField()),
                ('is_closed', models.BooleanField(default=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
                ('event_sequence', models.PositiveIntegerField(default=0)),
                ('estimate_no', models.PositiveSmallIntegerField(null=True)),
                ('estimate_state', models.CharField(max_length=20, null=True)),
                ('estimate_total_paise', models.BigIntegerField(null=True)),
                ('estimate_valid_until', models.DateField(null=True)),
                ('waiting_on_override', models.CharField(blank=True, choices=[('us', 'us'), ('customer', 'customer'), ('approval', 'partner approval'), ('parts', 'parts')], max_length=10)),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner')),
            ],
        ),
        migrations.CreateModel(
            name='TrackingEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('visit', models.PositiveSmallIntegerField(null=True)),
                ('occurred_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('source', models.CharField(choices=[('admin', 'admin'), ('command', 'command'), ('sheet', 'status sheet'), ('api', 'API'), ('link', 'approval link')], max_length=10)),
                ('note', models.CharField(blank=True, max_length=1000)),
                ('voided_at', models.DateTimeField(null=True)),
                ('void_reason', models.CharField(blank=True, max_length=500)),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tracking', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='tracking.ordertracking')),
                ('voided_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='ordertracking',
            name='current_event',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tracking.trackingevent'),
        ),
        migrations.AddField(
            model_name='ordertracking',
            name='workflow',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tracking.workflow'),
        ),
        migrations.CreateModel(
            name='WorkflowChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changed_at', models.DateTimeField()),
                ('source', models.CharField(choices=[('admin', 'admin'), ('command', 'command'), ('sheet', 'status sheet'), ('api', 'API'), ('link', 'approval link')], max_length=10)),
                ('changed_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('chosen', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tracking.workflow')),
                ('previous', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tracking.workflow')),
                ('tracking', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='workflow_changes', to='tracking.ordertracking')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='WorkflowStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('code', models.CharField(max_length=40)),
                ('description', models.CharField(max_length=100)),
                ('numbered', models.BooleanField(default=False)),
                ('repeatable', models.BooleanField(default=False)),
                ('terminal', models.BooleanField(default=False)),
                ('expected_hours', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('waiting_on', models.CharField(choices=[('us', 'us'), ('customer', 'customer'), ('approval', 'partner approval'), ('parts', 'parts')], default='us', max_length=10)),
                ('workflow', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='tracking.workflow')),
            ],
            options={
                'ordering': ['workflow', 'position'],
            },
        ),
        migrations.AddField(
            model_name='trackingevent',
            name='step',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tracking.workflowstep'),
        ),
        migrations.AddField(
            model_name='ordertracking',
            name='current_step',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tracking.workflowstep'),
        ),
        migrations.AddConstraint(
            model_name='workflowstep',
            constraint=models.UniqueConstraint(fields=('workflow', 'position'), name='step_position_unique'),
        ),
        migrations.AddConstraint(
            model_name='workflowstep',
            constraint=models.UniqueConstraint(fields=('workflow', 'code'), name='step_code_unique'),
        ),
        migrations.AddIndex(
            model_name='trackingevent',
            index=models.Index(fields=['tracking', 'id'], name='event_history'),
        ),
        migrations.AddConstraint(
            model_name='trackingevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('void_reason', ''), ('voided_at', None), ('voided_by', None)), models.Q(('voided_at__isnull', False), ('voided_by__isnull', False), models.Q(('void_reason', ''), _negated=True)), _connector='OR'), name='event_void_says_who_and_why'),
        ),
        migrations.AddIndex(
            model_name='ordertracking',
            index=models.Index(condition=models.Q(('is_closed', False)), fields=['current_step', 'current_since'], name='tracking_open'),
        ),
        migrations.AddIndex(
            model_name='ordertracking',
            index=models.Index(condition=models.Q(('is_closed', True)), fields=['current_since'], name='tracking_closed'),
        ),
        migrations.AddIndex(
            model_name='ordertracking',
            index=models.Index(condition=models.Q(('is_closed', False), models.Q(('waiting_on_override', ''), _negated=True)), fields=['waiting_on_override', 'current_since'], name='tracking_overridden'),
        ),
        migrations.AddIndex(
            model_name='ordertracking',
            index=models.Index(fields=['partner', 'changed_at', 'order'], name='tracking_changed'),
        ),
        migrations.AddIndex(
            model_name='ordertracking',
            index=models.Index(condition=models.Q(('estimate_state__isnull', False)), fields=['estimate_state', 'current_since'], name='tracking_estimate'),
        ),
        migrations.AddConstraint(
            model_name='ordertracking',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('estimate_no', None), ('estimate_state', None), ('estimate_total_paise', None), ('estimate_valid_until', None)), models.Q(('estimate_no__isnull', False), ('estimate_state__isnull', False), ('estimate_total_paise__isnull', False), ('estimate_valid_until__isnull', False)), _connector='OR'), name='tracking_estimate_whole_or_absent'),
        ),
    ]
