import datetime
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import encrypted_fields.fields
import inbox.models.search
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('routing', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Channel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('network', models.SlugField(help_text='Where the page is: facebook, x, forum …', max_length=30, verbose_name='network')),
                ('connector', models.SlugField(help_text='How its posts come in: webhook, feed, import.', max_length=30, verbose_name='connector')),
                ('page_name', models.CharField(blank=True, max_length=120, verbose_name='page name')),
                ('own_ids', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, help_text="Posts by these authors are the page's own.", size=None, verbose_name="the page's own ids and handles")),
                ('url', models.URLField(blank=True, max_length=500, verbose_name='address')),
                ('secret', encrypted_fields.fields.EncryptedTextField(blank=True, default='', editable=False, null=True)),
                ('previous_secret', encrypted_fields.fields.EncryptedTextField(blank=True, default='', editable=False, null=True)),
                ('previous_secret_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('reopen_within', models.DurationField(default=datetime.timedelta(days=14), help_text='A reply to a ticket resolved longer ago opens a new, linked one.', verbose_name='re-open within')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='ChannelEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('network', models.SlugField(db_index=False, help_text='Where the page is: facebook, x, forum …', max_length=30, verbose_name='network')),
                ('connector', models.SlugField(db_index=False, help_text='How its posts come in: webhook, feed, import.', max_length=30, verbose_name='connector')),
                ('page_name', models.CharField(blank=True, max_length=120, verbose_name='page name')),
                ('own_ids', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, help_text="Posts by these authors are the page's own.", size=None, verbose_name="the page's own ids and handles")),
                ('url', models.URLField(blank=True, max_length=500, verbose_name='address')),
                ('previous_secret_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('reopen_within', models.DurationField(default=datetime.timedelta(days=14), help_text='A reply to a ticket resolved longer ago opens a new, linked one.', verbose_name='re-open within')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('network', models.CharField(max_length=30)),
                ('external_id', models.CharField(max_length=200)),
                ('handle', models.CharField(blank=True, default='', max_length=200)),
                ('name', models.CharField(blank=True, default='', max_length=200)),
                ('url', models.URLField(blank=True, default='', max_length=500)),
                ('followers', models.PositiveIntegerField(null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('search', models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.SearchVector('name', 'handle', config='simple'), output_field=django.contrib.postgres.search.SearchVectorField())),
            ],
        ),
        migrations.CreateModel(
            name='DeliveryWindow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('minute', models.PositiveBigIntegerField(help_text='minutes since 1970')),
                ('posts', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='HandOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(blank=True, default='', max_length=500)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('undone_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-at'],
            },
        ),
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(max_length=300, upload_to='imports/%Y/%m/')),
                ('name', models.CharField(max_length=200, verbose_name='file name')),
                ('digest', models.CharField(blank=True, default='', help_text='SHA-256 of the file', max_length=64)),
                ('layout', models.JSONField(blank=True, default=dict, help_text='format, encoding, delimiter, columns, time zone')),
                ('mapping', models.JSONField(blank=True, default=dict, help_text='our field: their column')),
                ('is_dry_run', models.BooleanField(default=False, verbose_name='dry run')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=10)),
                ('position', models.PositiveBigIntegerField(default=0, help_text='rows already dealt with')),
                ('total', models.PositiveBigIntegerField(help_text='rows in the file', null=True)),
                ('report', models.JSONField(blank=True, default=dict)),
                ('error', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('read_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(max_length=20000)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('search_config', inbox.models.search.ConfigurationField(default='simple', max_length=40)),
                ('search', models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.SearchVector('text', config=models.F('search_config')), output_field=django.contrib.postgres.search.SearchVectorField())),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Post',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(max_length=300)),
                ('parent_external_id', models.CharField(blank=True, default='', max_length=300)),
                ('kind', models.CharField(choices=[('post', 'Post'), ('comment', 'Comment'), ('mention', 'Mention'), ('direct_message', 'Direct message'), ('review', 'Review')], default='post', max_length=20)),
                ('text', models.TextField(blank=True, default='')),
                ('language', models.CharField(blank=True, default='', max_length=8)),
                ('search_config', inbox.models.search.ConfigurationField(default='simple', max_length=40)),
                ('is_own', models.BooleanField(default=False, help_text='written by the page itself')),
                ('is_private', models.BooleanField(default=False)),
                ('is_stub', models.BooleanField(default=False, help_text='only a deletion or a count has come so far, no content')),
                ('url', models.CharField(blank=True, default='', max_length=1000)),
                ('attachments', models.JSONField(blank=True, default=list)),
                ('counts', models.JSONField(blank=True, default=dict, help_text='reactions by name')),
                ('counts_at', models.DateTimeField(null=True)),
                ('rating', models.PositiveSmallIntegerField(help_text='stars of a review, 1 to 5', null=True)),
                ('posted_at', models.DateTimeField()),
                ('edited_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('search', models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.SearchVector('text', config=models.F('search_config')), output_field=django.contrib.postgres.search.SearchVectorField())),
            ],
        ),
        migrations.CreateModel(
            name='PostVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(blank=True)),
                ('written_at', models.DateTimeField(help_text='when this wording appeared on the network')),
                ('replaced_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['written_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Presence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='QuarantinedPayload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('webhook', 'Webhook'), ('feed', 'Feed'), ('import', 'File import')], max_length=10)),
                ('line', models.PositiveBigIntegerField(help_text='line of the imported file, from 1', null=True)),
                ('raw', models.BinaryField()),
                ('digest', models.CharField(help_text='SHA-256 of raw', max_length=64)),
                ('field', models.CharField(blank=True, default='', help_text='path of the culprit', max_length=200)),
                ('reason', models.TextField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('replayed', 'Taken in'), ('discarded', 'Discarded')], default='waiting', max_length=10)),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('settled_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-received_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('open', 'Open'), ('pending', 'Pending'), ('snoozed', 'Snoozed'), ('resolved', 'Resolved')], default='open', max_length=10)),
                ('priority', models.SmallIntegerField(choices=[(0, 'Low'), (1, 'Normal'), (2, 'High'), (3, 'Urgent')], default=1)),
                ('excerpt', models.CharField(blank=True, default='', help_text='start of the newest post that is not ours', max_length=280)),
                ('language', models.CharField(blank=True, default='', max_length=8)),
                ('is_private', models.BooleanField(default=False)),
                ('is_answered', models.BooleanField(default=False, help_text="the newest post is the page's own")),
                ('is_touched', models.BooleanField(default=False, help_text='a person acted on it, so that healing no longer re-routes it')),
                ('post_count', models.PositiveIntegerField(default=0)),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_post_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('snoozed_until', models.DateTimeField(null=True)),
                ('resolved_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='TicketEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('received', 'received'), ('routed', 'routed'), ('edited', 'post edited'), ('deleted', 'post deleted'), ('merged', 'merged'), ('claimed', 'claimed'), ('assigned', 'assigned'), ('unassigned', 'unassigned'), ('noted', 'note added'), ('tagged', 'tags changed'), ('prioritised', 'priority changed'), ('pending', 'set to pending'), ('snoozed', 'snoozed'), ('woken', 'woken'), ('resolved', 'resolved'), ('reopened', 're-opened'), ('handed_over', 'handed over'), ('undone', 'undone')], max_length=20)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('data', models.JSONField(blank=True, default=dict, help_text='before, after and why')),
            ],
        ),
        migrations.CreateModel(
            name='ChannelState',
            fields=[
                ('channel', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='state', serialize=False, to='inbox.channel')),
                ('cursor', models.JSONField(default=dict, help_text="ETag, Last-Modified or the network's own cursor")),
                ('last_polled_at', models.DateTimeField(null=True)),
                ('next_poll_at', models.DateTimeField(null=True)),
                ('last_received_at', models.DateTimeField(null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('last_error', models.TextField(blank=True, default='')),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='channel',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "inbox_channelevent" ("connector", "created_at", "id", "is_active", "name", "network", "own_ids", "page_name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_secret_until", "reopen_within", "url") VALUES (NEW."connector", NEW."created_at", NEW."id", NEW."is_active", NEW."name", NEW."network", NEW."own_ids", NEW."page_name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."previous_secret_until", NEW."reopen_within", NEW."url"); RETURN NULL;', hash='dc57460f00ee96daabfe523afd7a825b068eadb9', operation='INSERT', pgid='pgtrigger_insert_insert_eed9a', table='inbox_channel', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='channel',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."connector" IS DISTINCT FROM (NEW."connector") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."network" IS DISTINCT FROM (NEW."network") OR OLD."own_ids" IS DISTINCT FROM (NEW."own_ids") OR OLD."page_name" IS DISTINCT FROM (NEW."page_name") OR OLD."previous_secret_until" IS DISTINCT FROM (NEW."previous_secret_until") OR OLD."reopen_within" IS DISTINCT FROM (NEW."reopen_within") OR OLD."url" IS DISTINCT FROM (NEW."url"))', func='INSERT INTO "inbox_channelevent" ("connector", "created_at", "id", "is_active", "name", "network", "own_ids", "page_name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_secret_until", "reopen_within", "url") VALUES (NEW."connector", NEW."created_at", NEW."id", NEW."is_active", NEW."name", NEW."network", NEW."own_ids", NEW."page_name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."previous_secret_until", NEW."reopen_within", NEW."url"); RETURN NULL;', hash='f27e720c35862b45f789ddc3f6c4fb5b9b1c2011', operation='UPDATE', pgid='pgtrigger_update_update_eaeb7', table='inbox_channel', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='channel',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "inbox_channelevent" ("connector", "created_at", "id", "is_active", "name", "network", "own_ids", "page_name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_secret_until", "reopen_within", "url") VALUES (OLD."connector", OLD."created_at", OLD."id", OLD."is_active", OLD."name", OLD."network", OLD."own_ids", OLD."page_name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."previous_secret_until", OLD."reopen_within", OLD."url"); RETURN NULL;', hash='7453fa3df3f5d3dd119000cd5049a601309ab9af', operation='DELETE', pgid='pgtrigger_delete_delete_8a35b', table='inbox_channel', when='AFTER')),
        ),
        migrations.AddField(
            model_name='channelevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='inbox.channel'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='contact_search'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(django.db.models.functions.text.Lower('handle'), name='contact_handle'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.UniqueConstraint(fields=('network', 'external_id'), name='contact_once_a_network'),
        ),
        migrations.AddField(
            model_name='deliverywindow',
            name='channel',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inbox.channel'),
        ),
        migrations.AddField(
            model_name='handover',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='hand_overs', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='from_department',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.department'),
        ),
        migrations.AddField(
            model_name='handover',
            name='to_department',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.department'),
        ),
        migrations.AddField(
            model_name='import',
            name='channel',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='inbox.channel'),
        ),
        migrations.AddField(
            model_name='import',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mention',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='note',
            name='author',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='notes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mention',
            name='note',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='inbox.note'),
        ),
        migrations.AddField(
            model_name='post',
            name='channel',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='inbox.channel'),
        ),
        migrations.AddField(
            model_name='post',
            name='contact',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='inbox.contact'),
        ),
        migrations.AddField(
            model_name='post',
            name='parent',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='inbox.post'),
        ),
        migrations.AddField(
            model_name='postversion',
            name='post',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='inbox.post'),
        ),
        migrations.AddField(
            model_name='presence',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='quarantinedpayload',
            name='channel',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='quarantine', to='inbox.channel'),
        ),
        migrations.AddField(
            model_name='quarantinedpayload',
            name='from_import',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='quarantine', to='inbox.import'),
        ),
        migrations.AddField(
            model_name='quarantinedpayload',
            name='settled_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='tag',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='tag_once_any_case'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='assignee',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='assigned_tickets', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ticket',
            name='channel',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='inbox.channel'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='contact',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='inbox.contact'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='decision',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='routing.decision'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='department',
            field=models.ForeignKey(db_index=False, help_text='empty: triage', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='accounts.department'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='merged_into',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='inbox.ticket'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='opening_post',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='inbox.post'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='previous',
            field=models.ForeignKey(db_index=False, help_text='the resolved ticket this one continues', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='followed_by', to='inbox.ticket'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='tags',
            field=models.ManyToManyField(blank=True, related_name='tickets', to='inbox.tag'),
        ),
        migrations.AddField(
            model_name='presence',
            name='ticket',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='presences', to='inbox.ticket'),
        ),
        migrations.AddField(
            model_name='post',
            name='ticket',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='inbox.ticket'),
        ),
        migrations.AddField(
            model_name='note',
            name='ticket',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='inbox.ticket'),
        ),
        migrations.AddField(
            model_name='handover',
            name='ticket',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hand_overs', to='inbox.ticket'),
        ),
        migrations.AddField(
            model_name='ticketevent',
            name='actor',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ticketevent',
            name='ticket',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='inbox.ticket'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='channelevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='df71d0fa654c154570b3de8b3f8fb45a1ec9fa65', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a5eab', table='inbox_channelevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='deliverywindow',
            constraint=models.UniqueConstraint(fields=('channel', 'minute'), name='delivery_window_once'),
        ),
        migrations.AddIndex(
            model_name='mention',
            index=models.Index(condition=models.Q(('read_at', None)), fields=['user'], name='mention_unread'),
        ),
        migrations.AddConstraint(
            model_name='mention',
            constraint=models.UniqueConstraint(fields=('note', 'user'), name='mention_once_a_note'),
        ),
        migrations.AddConstraint(
            model_name='postversion',
            constraint=models.UniqueConstraint(models.F('post'), models.F('written_at'), django.db.models.functions.text.MD5('text'), name='post_version_once'),
        ),
        migrations.AddConstraint(
            model_name='quarantinedpayload',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('channel', 'digest'), name='quarantine_once_while_waiting'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(models.Q(('state', 'resolved'), _negated=True), ('merged_into', None)), fields=['-last_post_at', '-id'], name='ticket_todo_by_time'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(models.Q(('state', 'resolved'), _negated=True), ('merged_into', None)), fields=['department', '-last_post_at', '-id'], name='ticket_todo_by_department'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(models.Q(('state', 'resolved'), _negated=True), ('merged_into', None)), fields=['-priority', '-last_post_at', '-id'], name='ticket_todo_by_priority'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(models.Q(('state', 'resolved'), _negated=True), ('merged_into', None)), fields=['department', '-priority', '-last_post_at', '-id'], name='ticket_todo_urgent'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(models.Q(('state', 'resolved'), _negated=True), ('merged_into', None)), fields=['department', 'state', 'assignee'], name='ticket_counts'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('merged_into', None)), fields=['assignee', '-last_post_at', '-id'], name='ticket_by_assignee'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('assignee', None), ('merged_into', None), ('state', 'open')), fields=['department', '-last_post_at', '-id'], name='ticket_unassigned'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('state', 'snoozed')), fields=['snoozed_until'], name='ticket_snoozed'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('merged_into', None)), fields=['-last_post_at', '-id'], name='ticket_by_time'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('merged_into', None)), fields=['department', '-last_post_at', '-id'], name='ticket_by_department'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('merged_into', None)), fields=['channel', '-last_post_at', '-id'], name='ticket_by_channel'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('merged_into', None)), fields=['language', '-last_post_at', '-id'], name='ticket_by_language'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['contact', '-last_post_at'], name='ticket_contact'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('previous__isnull', False)), fields=['previous'], name='ticket_previous'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='ticket_merged'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('snoozed_until__isnull', False), ('state', 'snoozed')), models.Q(models.Q(('state', 'snoozed'), _negated=True), ('snoozed_until', None)), _connector='OR'), name='ticket_snoozed_has_an_end'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', False), ('state', 'resolved')), models.Q(models.Q(('state', 'resolved'), _negated=True), ('resolved_at', None)), _connector='OR'), name='ticket_resolved_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='presence',
            constraint=models.UniqueConstraint(fields=('ticket', 'user'), name='presence_once_a_ticket'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(fields=['ticket', 'posted_at'], name='post_thread'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(fields=['contact', '-posted_at'], name='post_contact'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent'], name='post_parent'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('parent', None), models.Q(('parent_external_id', ''), _negated=True)), fields=['channel', 'parent_external_id'], name='post_orphans'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('is_stub', False), ('ticket__isnull', False)), fields=['-posted_at', '-id'], name='post_newest'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='post_search'),
        ),
        migrations.AddConstraint(
            model_name='post',
            constraint=models.UniqueConstraint(fields=('channel', 'external_id'), name='post_once_a_channel'),
        ),
        migrations.AddIndex(
            model_name='note',
            index=models.Index(fields=['-at', '-id'], name='note_newest'),
        ),
        migrations.AddIndex(
            model_name='note',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='note_search'),
        ),
        migrations.AddIndex(
            model_name='ticketevent',
            index=models.Index(fields=['ticket', 'at'], name='event_timeline'),
        ),
    ]
