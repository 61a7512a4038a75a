
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('partners', '0001_initial'),
        ('repairs', '0002_order_words'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Approver',
            fields=[
                ('partner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='approver', serialize=False, to='partners.partner')),
                ('kind', models.CharField(choices=[('nobody', 'nobody by mail'), ('partner', "the partner's approver"), ('customer', "the order's customer")], default='nobody', max_length=10)),
                ('email', models.EmailField(blank=True, max_length=254)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'partner'), models.Q(('email', ''), _negated=True)), models.Q(('email', ''), ('kind__in', ['nobody', 'customer'])), _connector='OR'), name='approver_of_partner_has_an_email')],
            },
        ),
        migrations.CreateModel(
            name='Estimate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('is_current', models.BooleanField(default=True)),
                ('state', models.CharField(choices=[('raised', 'raised'), ('awaiting_approval', 'awaiting approval'), ('approved', 'approved'), ('declined', 'declined'), ('expired', 'expired'), ('superseded', 'superseded')], default='raised', max_length=20)),
                ('tax_percent', models.DecimalField(decimal_places=2, max_digits=5)),
                ('total_paise', models.BigIntegerField()),
                ('note', models.CharField(blank=True, max_length=1000)),
                ('valid_until', models.DateField()),
                ('raised_at', models.DateTimeField()),
                ('waiting_since', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.CharField(blank=True, max_length=200)),
                ('decided_through', models.CharField(blank=True, choices=[('staff', 'staff'), ('api', 'API'), ('partner_link', "link to the partner's approver"), ('customer_link', 'link to the customer')], max_length=20)),
                ('reason', models.CharField(blank=True, max_length=1000)),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='estimates', to='repairs.repairorder')),
                ('raised_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['order', 'number'],
            },
        ),
        migrations.CreateModel(
            name='ApprovalLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('door', models.CharField(choices=[('staff', 'staff'), ('api', 'API'), ('partner_link', "link to the partner's approver"), ('customer_link', 'link to the customer')], max_length=20)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('estimate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='estimates.estimate')),
            ],
        ),
        migrations.CreateModel(
            name='EstimateLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('part', 'part'), ('labour', 'labour'), ('other', 'other')], max_length=10)),
                ('description', models.CharField(max_length=200)),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=10)),
                ('unit_price', models.DecimalField(decimal_places=2, max_digits=9)),
                ('estimate', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='estimates.estimate')),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.AddIndex(
            model_name='estimate',
            index=models.Index(condition=models.Q(('decided_at__isnull', False)), fields=['decided_at'], name='estimate_decided'),
        ),
        migrations.AddConstraint(
            model_name='estimate',
            constraint=models.UniqueConstraint(fields=('order', 'number'), name='estimate_number_unique'),
        ),
        migrations.AddConstraint(
            model_name='estimate',
            constraint=models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('order',), name='estimate_one_current'),
        ),
        migrations.AddConstraint(
            model_name='estimate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_current', True), ('state__in', ['raised', 'awaiting_approval', 'approved', 'declined', 'superseded']), models.Q(('state', 'superseded'), _negated=True)), models.Q(('is_current', False), ('state__in', ['approved', 'declined', 'superseded'])), _connector='OR'), name='estimate_undecided_is_current'),
        ),
        migrations.AddConstraint(
            model_name='estimate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', False), ('state__in', ['approved', 'declined']), models.Q(('decided_by', ''), _negated=True), models.Q(('decided_through', ''), _negated=True)), models.Q(models.Q(('state__in', ['approved', 'declined']), _negated=True), ('decided_at', None), ('decided_by', ''), ('decided_through', ''), ('reason', '')), _connector='OR'), name='estimate_decision_says_who_and_when'),
        ),
        migrations.AddConstraint(
            model_name='estimate',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), ('state', 'declined'), _negated=True), name='estimate_decline_says_why'),
        ),
        migrations.AddConstraint(
            model_name='estimate',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'awaiting_approval'), ('waiting_since', None), _negated=True), name='estimate_waiting_says_since_when'),
        ),
        migrations.AddConstraint(
            model_name='estimate',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1), ('tax_percent__gte', 0), ('tax_percent__lte', 100), ('total_paise__gte', 0)), name='estimate_amounts_in_range'),
        ),
        migrations.AddConstraint(
            model_name='estimateline',
            constraint=models.UniqueConstraint(fields=('estimate', 'position'), name='estimate_line_position_unique'),
        ),
        migrations.AddConstraint(
            model_name='estimateline',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['part', 'labour', 'other']), ('position__gte', 1), ('position__lte', 50), ('quantity__gt', 0), ('quantity__lt', 10000000), ('unit_price__gte', 0), ('unit_price__lt', 10000000), models.Q(('description', ''), _negated=True)), name='estimate_line_in_range'),
        ),
    ]
