import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0002_threshold_is_a_share"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="routermodel",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="routermodel",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="routersettings",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="routersettings",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="rule",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="rule",
            name="update_update",
        ),
        # From a link to a table that may be changed, to a copy in the row itself.
        migrations.RemoveField(model_name="routermodelevent", name="pgh_context"),
        migrations.AddField(
            model_name="routermodelevent",
            name="pgh_context",
            field=pghistory.utils.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="routermodelevent",
            name="pgh_context_id",
            field=models.UUIDField(null=True),
        ),
        # From a link to a table that may be changed, to a copy in the row itself.
        migrations.RemoveField(model_name="routersettingsevent", name="pgh_context"),
        migrations.AddField(
            model_name="routersettingsevent",
            name="pgh_context",
            field=pghistory.utils.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="routersettingsevent",
            name="pgh_context_id",
            field=models.UUIDField(null=True),
        ),
        # From a link to a table that may be changed, to a copy in the row itself.
        migrations.RemoveField(model_name="ruleevent", name="pgh_context"),
        migrations.AddField(
            model_name="ruleevent",
            name="pgh_context",
            field=pghistory.utils.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="ruleevent",
            name="pgh_context_id",
            field=models.UUIDField(null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routermodel",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "routing_routermodelevent" ("file_name", "id", "is_active", "metrics", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sha256", "sklearn_version", "trained_at", "version") VALUES (NEW."file_name", NEW."id", NEW."is_active", NEW."metrics", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."sha256", NEW."sklearn_version", NEW."trained_at", NEW."version"); RETURN NULL;',
                    hash="efad2d790e64b9c33d62f3191570713900f4ddcc",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_84953",
                    table="routing_routermodel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routermodel",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "routing_routermodelevent" ("file_name", "id", "is_active", "metrics", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sha256", "sklearn_version", "trained_at", "version") VALUES (NEW."file_name", NEW."id", NEW."is_active", NEW."metrics", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."sha256", NEW."sklearn_version", NEW."trained_at", NEW."version"); RETURN NULL;',
                    hash="5632a22a108e3d3709f0498611fb7c18e0d171b9",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_60eb3",
                    table="routing_routermodel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routermodel",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "routing_routermodelevent" ("file_name", "id", "is_active", "metrics", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sha256", "sklearn_version", "trained_at", "version") VALUES (OLD."file_name", OLD."id", OLD."is_active", OLD."metrics", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."sha256", OLD."sklearn_version", OLD."trained_at", OLD."version"); RETURN NULL;',
                    hash="6bd20cce7d8f54092112b94d1b25744b680b9227",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_a0b58",
                    table="routing_routermodel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routermodelevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b7880d9f7c488131e90c528b646e5e1501d63231",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_741cc",
                    table="routing_routermodelevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routersettings",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "routing_routersettingsevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "threshold", "updated_at", "updated_by_id") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."threshold", NEW."updated_at", NEW."updated_by_id"); RETURN NULL;',
                    hash="d0478b2c08aecffa78e75d75d775b67c7492fea8",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_334aa",
                    table="routing_routersettings",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routersettings",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "routing_routersettingsevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "threshold", "updated_at", "updated_by_id") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."threshold", NEW."updated_at", NEW."updated_by_id"); RETURN NULL;',
                    hash="fe1e8874370880957819527626838f426edf3127",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_4a2ec",
                    table="routing_routersettings",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routersettings",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "routing_routersettingsevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "threshold", "updated_at", "updated_by_id") VALUES (OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."threshold", OLD."updated_at", OLD."updated_by_id"); RETURN NULL;',
                    hash="ffc20e26671da66ede9060ab0dbe3edce9fa6e4b",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_eee5d",
                    table="routing_routersettings",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="routersettingsevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="451b6df6c5d2518c8997f806dff20477afc7b206",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_5ee6f",
                    table="routing_routersettingsevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rule",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "routing_ruleevent" ("channel_ids", "created_at", "created_by_id", "department_id", "handles", "id", "is_active", "languages", "name", "networks", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phrases", "position", "priority", "updated_at", "updated_by_id", "version", "words") VALUES (NEW."channel_ids", NEW."created_at", NEW."created_by_id", NEW."department_id", NEW."handles", NEW."id", NEW."is_active", NEW."languages", NEW."name", NEW."networks", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."phrases", NEW."position", NEW."priority", NEW."updated_at", NEW."updated_by_id", NEW."version", NEW."words"); RETURN NULL;',
                    hash="e64851279d414f20a3b1a86c5d00d3b4dc2fe2f1",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_36f9b",
                    table="routing_rule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rule",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "routing_ruleevent" ("channel_ids", "created_at", "created_by_id", "department_id", "handles", "id", "is_active", "languages", "name", "networks", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phrases", "position", "priority", "updated_at", "updated_by_id", "version", "words") VALUES (NEW."channel_ids", NEW."created_at", NEW."created_by_id", NEW."department_id", NEW."handles", NEW."id", NEW."is_active", NEW."languages", NEW."name", NEW."networks", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."phrases", NEW."position", NEW."priority", NEW."updated_at", NEW."updated_by_id", NEW."version", NEW."words"); RETURN NULL;',
                    hash="5996065510208abfd2fa15ac57476df5d294397b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_39876",
                    table="routing_rule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rule",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "routing_ruleevent" ("channel_ids", "created_at", "created_by_id", "department_id", "handles", "id", "is_active", "languages", "name", "networks", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phrases", "position", "priority", "updated_at", "updated_by_id", "version", "words") VALUES (OLD."channel_ids", OLD."created_at", OLD."created_by_id", OLD."department_id", OLD."handles", OLD."id", OLD."is_active", OLD."languages", OLD."name", OLD."networks", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."phrases", OLD."position", OLD."priority", OLD."updated_at", OLD."updated_by_id", OLD."version", OLD."words"); RETURN NULL;',
                    hash="96b0e77a60977a6e7e83b63b75b8dffb17876c3c",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_3110c",
                    table="routing_rule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ruleevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5161cef752621da470339df4e3b0e8ccbefd699d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_54e38",
                    table="routing_ruleevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
