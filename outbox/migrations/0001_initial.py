
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Destination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('is_paused', models.BooleanField(default=False)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('retry_at', models.DateTimeField(blank=True, null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'name'), name='outbox_destination_unique')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lane', models.CharField(blank=True, max_length=40)),
                ('reference', models.CharField(max_length=100)),
                ('payload', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('pending', 'pending'), ('delivered', 'delivered'), ('failed', 'failed')], default='pending', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('error', models.CharField(blank=True, max_length=500)),
                ('result', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('destination', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='outbox.destination')),
            ],
            options={
                'ordering': ['-pk'],
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['destination', 'due_at'], name='outbox_due'), models.Index(condition=models.Q(('state', 'pending')), fields=['destination', 'id'], name='outbox_oldest'), models.Index(fields=['destination', 'reference'], name='outbox_reference'), models.Index(fields=['destination', '-id'], name='outbox_newest'), models.Index(condition=models.Q(('state', 'failed')), fields=['destination'], name='outbox_failed')],
            },
        ),
    ]
