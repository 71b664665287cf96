import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('routing', '0004_drop_rule_groups'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='routersettings',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='routersettings',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='routersettings',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='routersettings',
            name='time_zone',
            field=models.CharField(default='UTC', help_text='Hours and weekdays in rules are meant in it: Europe/Berlin, for example.', max_length=60, verbose_name='time zone'),
        ),
        migrations.AddField(
            model_name='routersettingsevent',
            name='time_zone',
            field=models.CharField(default='UTC', help_text='Hours and weekdays in rules are meant in it: Europe/Berlin, for example.', max_length=60, verbose_name='time zone'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routersettings',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "routing_routersettingsevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "threshold", "time_zone", "updated_at", "updated_by_id") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."threshold", NEW."time_zone", NEW."updated_at", NEW."updated_by_id"); RETURN NULL;', hash='9fb376b40adade626a3bba68e2b551def923d974', operation='INSERT', pgid='pgtrigger_insert_insert_334aa', table='routing_routersettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routersettings',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "routing_routersettingsevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "threshold", "time_zone", "updated_at", "updated_by_id") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."threshold", NEW."time_zone", NEW."updated_at", NEW."updated_by_id"); RETURN NULL;', hash='9184748154bbeab8aaa4034843ecd1fa5d7da418', operation='UPDATE', pgid='pgtrigger_update_update_4a2ec', table='routing_routersettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routersettings',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "routing_routersettingsevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "threshold", "time_zone", "updated_at", "updated_by_id") VALUES (OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."threshold", OLD."time_zone", OLD."updated_at", OLD."updated_by_id"); RETURN NULL;', hash='1ae298b22a67525dca12204666dcf30eccdbf721', operation='DELETE', pgid='pgtrigger_delete_delete_eee5d', table='routing_routersettings', when='AFTER')),
        ),
    ]
