
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('outbox', '0001_initial'),
        ('partners', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DayCounter',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False)),
                ('issued', models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='BulkUpload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client_name', models.CharField(max_length=200)),
                ('client_email', models.EmailField(max_length=254)),
                ('file_name', models.CharField(max_length=255)),
                ('file_size', models.PositiveIntegerField(verbose_name='size in bytes')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('uploaded_count', models.PositiveIntegerField(default=0)),
                ('duplicate_count', models.PositiveIntegerField(default=0)),
                ('invalid_count', models.PositiveIntegerField(default=0)),
                ('header', models.JSONField(default=list)),
                ('rows', models.JSONField(default=list)),
                ('api_key', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='partners.apikey')),
                ('mail', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='upload', to='outbox.message')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to='partners.partner')),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='RepairOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request_id', models.CharField(max_length=24)),
                ('repair_ref_no', models.CharField(max_length=100, verbose_name='reference')),
                ('client_name', models.CharField(max_length=200)),
                ('customer_name', models.CharField(max_length=200)),
                ('customer_mobile', models.CharField(max_length=10, verbose_name='mobile')),
                ('customer_email', models.CharField(max_length=254, verbose_name='e-mail')),
                ('engagement_type', models.CharField(max_length=10, verbose_name='engagement')),
                ('address_line1', models.CharField(max_length=500)),
                ('address_line2', models.CharField(blank=True, max_length=500)),
                ('city', models.CharField(max_length=100)),
                ('state', models.CharField(max_length=100)),
                ('pincode', models.CharField(max_length=6, verbose_name='PIN code')),
                ('asset_type', models.CharField(max_length=100, verbose_name='device')),
                ('make', models.CharField(max_length=100)),
                ('model', models.CharField(max_length=100)),
                ('imei_no', models.CharField(max_length=100, verbose_name='IMEI or serial number')),
                ('issue', models.CharField(max_length=2000)),
                ('centre_city', models.CharField(blank=True, max_length=100)),
                ('size', models.CharField(blank=True, max_length=100)),
                ('source', models.CharField(choices=[('api', 'API'), ('upload', 'Upload')], default='api', max_length=6)),
                ('created_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='partners.partner')),
                ('upload', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='repairs.bulkupload')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
                'indexes': [models.Index(fields=['repair_ref_no'], name='order_reference', opclasses=['varchar_pattern_ops']), models.Index(fields=['customer_mobile'], name='order_mobile', opclasses=['varchar_pattern_ops']), models.Index(fields=['imei_no'], name='order_imei', opclasses=['varchar_pattern_ops']), models.Index(fields=['created_at', 'partner'], name='order_created'), models.Index(condition=models.Q(('started_at', None)), fields=['created_at'], name='order_new'), models.Index(condition=models.Q(('upload__isnull', False)), fields=['upload'], name='order_upload')],
                'constraints': [models.UniqueConstraint(fields=('request_id',), name='order_request_id_unique', opclasses=['varchar_pattern_ops']), models.UniqueConstraint(fields=('partner', 'repair_ref_no'), name='order_reference_unique')],
            },
        ),
    ]
