import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('routing', '0003_rules_from_groups'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='rule',
            name='channel_ids',
        ),
        migrations.RemoveField(
            model_name='rule',
            name='handles',
        ),
        migrations.RemoveField(
            model_name='rule',
            name='languages',
        ),
        migrations.RemoveField(
            model_name='rule',
            name='networks',
        ),
        migrations.RemoveField(
            model_name='rule',
            name='phrases',
        ),
        migrations.RemoveField(
            model_name='rule',
            name='words',
        ),
        migrations.RemoveField(
            model_name='ruleevent',
            name='channel_ids',
        ),
        migrations.RemoveField(
            model_name='ruleevent',
            name='handles',
        ),
        migrations.RemoveField(
            model_name='ruleevent',
            name='languages',
        ),
        migrations.RemoveField(
            model_name='ruleevent',
            name='networks',
        ),
        migrations.RemoveField(
            model_name='ruleevent',
            name='phrases',
        ),
        migrations.RemoveField(
            model_name='ruleevent',
            name='words',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "routing_ruleevent" ("assignee_id", "conditions", "consult_id", "created_at", "created_by_id", "department_id", "ends_on", "goes_on", "id", "is_active", "name", "notes", "notify_department_id", "notify_user_id", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "position", "priority", "starts_on", "tags", "updated_at", "updated_by_id", "version") VALUES (NEW."assignee_id", NEW."conditions", NEW."consult_id", NEW."created_at", NEW."created_by_id", NEW."department_id", NEW."ends_on", NEW."goes_on", NEW."id", NEW."is_active", NEW."name", NEW."notes", NEW."notify_department_id", NEW."notify_user_id", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."place", NEW."position", NEW."priority", NEW."starts_on", NEW."tags", NEW."updated_at", NEW."updated_by_id", NEW."version"); RETURN NULL;', hash='619c359c1fcec8ce5761769ffed6f7dfa820212e', operation='INSERT', pgid='pgtrigger_insert_insert_36f9b', table='routing_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "routing_ruleevent" ("assignee_id", "conditions", "consult_id", "created_at", "created_by_id", "department_id", "ends_on", "goes_on", "id", "is_active", "name", "notes", "notify_department_id", "notify_user_id", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "position", "priority", "starts_on", "tags", "updated_at", "updated_by_id", "version") VALUES (NEW."assignee_id", NEW."conditions", NEW."consult_id", NEW."created_at", NEW."created_by_id", NEW."department_id", NEW."ends_on", NEW."goes_on", NEW."id", NEW."is_active", NEW."name", NEW."notes", NEW."notify_department_id", NEW."notify_user_id", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."place", NEW."position", NEW."priority", NEW."starts_on", NEW."tags", NEW."updated_at", NEW."updated_by_id", NEW."version"); RETURN NULL;', hash='42f935215810528242478065c12182c94570aaec', operation='UPDATE', pgid='pgtrigger_update_update_39876', table='routing_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "routing_ruleevent" ("assignee_id", "conditions", "consult_id", "created_at", "created_by_id", "department_id", "ends_on", "goes_on", "id", "is_active", "name", "notes", "notify_department_id", "notify_user_id", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "position", "priority", "starts_on", "tags", "updated_at", "updated_by_id", "version") VALUES (OLD."assignee_id", OLD."conditions", OLD."consult_id", OLD."created_at", OLD."created_by_id", OLD."department_id", OLD."ends_on", OLD."goes_on", OLD."id", OLD."is_active", OLD."name", OLD."notes", OLD."notify_department_id", OLD."notify_user_id", OLD."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."place", OLD."position", OLD."priority", OLD."starts_on", OLD."tags", OLD."updated_at", OLD."updated_by_id", OLD."version"); RETURN NULL;', hash='a3af0193e1feb4a0288dfd24e1b2c782b2a224df', operation='DELETE', pgid='pgtrigger_delete_delete_3110c', table='routing_rule', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('department__isnull', False), ('place', 'department')), models.Q(models.Q(('place', 'department'), _negated=True), ('department', None)), _connector='OR'), name='rule_place_names_its_department'),
        ),
    ]
