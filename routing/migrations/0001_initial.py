import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100, unique=True)),
                ('severity', models.CharField(choices=[('warning', 'Warning'), ('critical', 'Critical')], max_length=10)),
                ('message', models.TextField()),
                ('raised_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('cleared_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-raised_at'],
            },
        ),
        migrations.CreateModel(
            name='RouterModelEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('version', models.CharField(max_length=60)),
                ('file_name', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('sklearn_version', models.CharField(max_length=20)),
                ('trained_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('metrics', models.JSONField(default=dict)),
                ('is_active', models.BooleanField(default=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RouterSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('threshold', models.FloatField(default=0.6, help_text='A post the classifier is less sure of waits in triage. 0 to 1.', validators=[django.core.validators.MinValueValidator(0.0), django.core.validators.MaxValueValidator(1.0)], verbose_name='threshold')),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name='RouterSettingsEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('threshold', models.FloatField(default=0.6, help_text='A post the classifier is less sure of waits in triage. 0 to 1.', validators=[django.core.validators.MinValueValidator(0.0), django.core.validators.MaxValueValidator(1.0)], verbose_name='threshold')),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('position', models.PositiveIntegerField(verbose_name='position')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('phrases', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None)),
                ('words', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, size=None)),
                ('channel_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None)),
                ('networks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), blank=True, default=list, size=None)),
                ('handles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None)),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=8), blank=True, default=list, size=None)),
                ('priority', models.SmallIntegerField(blank=True, null=True, verbose_name='priority')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='RuleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('position', models.PositiveIntegerField(verbose_name='position')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('phrases', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None)),
                ('words', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, size=None)),
                ('channel_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None)),
                ('networks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), blank=True, default=list, size=None)),
                ('handles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None)),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=8), blank=True, default=list, size=None)),
                ('priority', models.SmallIntegerField(blank=True, null=True, verbose_name='priority')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('method', models.CharField(choices=[('rule', 'Rule'), ('classifier', 'Classifier'), ('triage', 'Triage')], max_length=10)),
                ('confidence', models.FloatField(default=0)),
                ('probabilities', models.JSONField(default=dict)),
                ('runner_up', models.CharField(blank=True, default='', max_length=60)),
                ('rule_version', models.PositiveIntegerField(null=True)),
                ('model_version', models.CharField(blank=True, default='', max_length=60)),
                ('priority', models.SmallIntegerField(null=True)),
                ('reasons', models.JSONField(default=list)),
                ('facts', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('department', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.department')),
            ],
        ),
        migrations.CreateModel(
            name='RouterModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.CharField(max_length=60, unique=True)),
                ('file_name', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('sklearn_version', models.CharField(max_length=20)),
                ('trained_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('metrics', models.JSONField(default=dict)),
                ('is_active', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['-trained_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('is_active',), name='router_model_one_active')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routermodel',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "routing_routermodelevent" ("file_name", "id", "is_active", "metrics", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sha256", "sklearn_version", "trained_at", "version") VALUES (NEW."file_name", NEW."id", NEW."is_active", NEW."metrics", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."sha256", NEW."sklearn_version", NEW."trained_at", NEW."version"); RETURN NULL;', hash='efad2d790e64b9c33d62f3191570713900f4ddcc', operation='INSERT', pgid='pgtrigger_insert_insert_84953', table='routing_routermodel', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routermodel',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "routing_routermodelevent" ("file_name", "id", "is_active", "metrics", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sha256", "sklearn_version", "trained_at", "version") VALUES (NEW."file_name", NEW."id", NEW."is_active", NEW."metrics", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."sha256", NEW."sklearn_version", NEW."trained_at", NEW."version"); RETURN NULL;', hash='5632a22a108e3d3709f0498611fb7c18e0d171b9', operation='UPDATE', pgid='pgtrigger_update_update_60eb3', table='routing_routermodel', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routermodel',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "routing_routermodelevent" ("file_name", "id", "is_active", "metrics", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sha256", "sklearn_version", "trained_at", "version") VALUES (OLD."file_name", OLD."id", OLD."is_active", OLD."metrics", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."sha256", OLD."sklearn_version", OLD."trained_at", OLD."version"); RETURN NULL;', hash='6bd20cce7d8f54092112b94d1b25744b680b9227', operation='DELETE', pgid='pgtrigger_delete_delete_a0b58', table='routing_routermodel', when='AFTER')),
        ),
        migrations.AddField(
            model_name='routermodelevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='routing.routermodel'),
        ),
        migrations.AddField(
            model_name='routersettings',
            name='updated_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='routersettingsevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='routing.routersettings'),
        ),
        migrations.AddField(
            model_name='routersettingsevent',
            name='updated_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='rule',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='rule',
            name='department',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='accounts.department'),
        ),
        migrations.AddField(
            model_name='rule',
            name='updated_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='decision',
            name='rule',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='routing.rule'),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='created_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='department',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.department'),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='routing.rule'),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='updated_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routermodelevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b7880d9f7c488131e90c528b646e5e1501d63231', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_741cc', table='routing_routermodelevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='routersettings',
            constraint=models.CheckConstraint(condition=models.Q(('pk', 1)), name='router_settings_one_row'),
        ),
        migrations.AddConstraint(
            model_name='routersettings',
            constraint=models.CheckConstraint(condition=models.Q(('threshold__gte', 0), ('threshold__lte', 1)), name='router_threshold_is_a_share'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routersettings',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "routing_routersettingsevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "threshold", "updated_at", "updated_by_id") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."threshold", NEW."updated_at", NEW."updated_by_id"); RETURN NULL;', hash='d0478b2c08aecffa78e75d75d775b67c7492fea8', operation='INSERT', pgid='pgtrigger_insert_insert_334aa', table='routing_routersettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routersettings',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "routing_routersettingsevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "threshold", "updated_at", "updated_by_id") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."threshold", NEW."updated_at", NEW."updated_by_id"); RETURN NULL;', hash='fe1e8874370880957819527626838f426edf3127', operation='UPDATE', pgid='pgtrigger_update_update_4a2ec', table='routing_routersettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routersettings',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "routing_routersettingsevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "threshold", "updated_at", "updated_by_id") VALUES (OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."threshold", OLD."updated_at", OLD."updated_by_id"); RETURN NULL;', hash='ffc20e26671da66ede9060ab0dbe3edce9fa6e4b', operation='DELETE', pgid='pgtrigger_delete_delete_eee5d', table='routing_routersettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routersettingsevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='451b6df6c5d2518c8997f806dff20477afc7b206', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5ee6f', table='routing_routersettingsevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "routing_ruleevent" ("channel_ids", "created_at", "created_by_id", "department_id", "handles", "id", "is_active", "languages", "name", "networks", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phrases", "position", "priority", "updated_at", "updated_by_id", "version", "words") VALUES (NEW."channel_ids", NEW."created_at", NEW."created_by_id", NEW."department_id", NEW."handles", NEW."id", NEW."is_active", NEW."languages", NEW."name", NEW."networks", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."phrases", NEW."position", NEW."priority", NEW."updated_at", NEW."updated_by_id", NEW."version", NEW."words"); RETURN NULL;', hash='e64851279d414f20a3b1a86c5d00d3b4dc2fe2f1', operation='INSERT', pgid='pgtrigger_insert_insert_36f9b', table='routing_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "routing_ruleevent" ("channel_ids", "created_at", "created_by_id", "department_id", "handles", "id", "is_active", "languages", "name", "networks", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phrases", "position", "priority", "updated_at", "updated_by_id", "version", "words") VALUES (NEW."channel_ids", NEW."created_at", NEW."created_by_id", NEW."department_id", NEW."handles", NEW."id", NEW."is_active", NEW."languages", NEW."name", NEW."networks", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."phrases", NEW."position", NEW."priority", NEW."updated_at", NEW."updated_by_id", NEW."version", NEW."words"); RETURN NULL;', hash='5996065510208abfd2fa15ac57476df5d294397b', operation='UPDATE', pgid='pgtrigger_update_update_39876', table='routing_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "routing_ruleevent" ("channel_ids", "created_at", "created_by_id", "department_id", "handles", "id", "is_active", "languages", "name", "networks", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phrases", "position", "priority", "updated_at", "updated_by_id", "version", "words") VALUES (OLD."channel_ids", OLD."created_at", OLD."created_by_id", OLD."department_id", OLD."handles", OLD."id", OLD."is_active", OLD."languages", OLD."name", OLD."networks", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."phrases", OLD."position", OLD."priority", OLD."updated_at", OLD."updated_by_id", OLD."version", OLD."words"); RETURN NULL;', hash='96b0e77a60977a6e7e83b63b75b8dffb17876c3c', operation='DELETE', pgid='pgtrigger_delete_delete_3110c', table='routing_rule', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['created_at'], name='decision_by_time'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('rule__isnull', False)), fields=['rule'], name='decision_by_rule'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ruleevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5161cef752621da470339df4e3b0e8ccbefd699d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_54e38', table='routing_ruleevent', when='BEFORE')),
        ),
    ]
