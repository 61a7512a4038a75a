
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('outbox', '0001_initial'),
        ('partners', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('webhook_id', models.CharField(max_length=27, unique=True, verbose_name='ID')),
                ('url', models.CharField(max_length=500, verbose_name='URL')),
                ('events', models.JSONField(null=True)),
                ('description', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('enabled', 'enabled'), ('disabled', 'disabled'), ('suspended', 'suspended')], default='enabled', max_length=10)),
                ('state_reason', models.CharField(blank=True, max_length=200)),
                ('warnings_sent', models.PositiveSmallIntegerField(default=0)),
                ('secret', models.TextField()),
                ('previous_secret', models.TextField(blank=True)),
                ('previous_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('destination', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='webhook', to='outbox.destination')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to='partners.partner')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('event_id', models.CharField(max_length=28, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(max_length=20)),
                ('request_id', models.CharField(max_length=24, null=True)),
                ('sequence', models.PositiveIntegerField(null=True)),
                ('body', models.TextField()),
                ('created_at', models.DateTimeField(db_index=True)),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('request_id__isnull', False)), fields=('request_id', 'sequence'), name='event_sequence_unique')],
            },
        ),
    ]
