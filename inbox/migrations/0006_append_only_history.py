import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0005_chain_indexes"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="channel",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="channel",
            name="update_update",
        ),
        # From a link to a table that may be changed, to a copy in the row itself.
        migrations.RemoveField(model_name="channelevent", name="pgh_context"),
        migrations.AddField(
            model_name="channelevent",
            name="pgh_context",
            field=pghistory.utils.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="channelevent",
            name="pgh_context_id",
            field=models.UUIDField(null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="channel",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "inbox_channelevent" ("connector", "created_at", "id", "is_active", "name", "network", "own_ids", "page_name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_secret_until", "reopen_within", "url") VALUES (NEW."connector", NEW."created_at", NEW."id", NEW."is_active", NEW."name", NEW."network", NEW."own_ids", NEW."page_name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."previous_secret_until", NEW."reopen_within", NEW."url"); RETURN NULL;',
                    hash="dc57460f00ee96daabfe523afd7a825b068eadb9",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_eed9a",
                    table="inbox_channel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="channel",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."connector" IS DISTINCT FROM (NEW."connector") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."network" IS DISTINCT FROM (NEW."network") OR OLD."own_ids" IS DISTINCT FROM (NEW."own_ids") OR OLD."page_name" IS DISTINCT FROM (NEW."page_name") OR OLD."previous_secret_until" IS DISTINCT FROM (NEW."previous_secret_until") OR OLD."reopen_within" IS DISTINCT FROM (NEW."reopen_within") OR OLD."url" IS DISTINCT FROM (NEW."url"))',
                    func='INSERT INTO "inbox_channelevent" ("connector", "created_at", "id", "is_active", "name", "network", "own_ids", "page_name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_secret_until", "reopen_within", "url") VALUES (NEW."connector", NEW."created_at", NEW."id", NEW."is_active", NEW."name", NEW."network", NEW."own_ids", NEW."page_name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."previous_secret_until", NEW."reopen_within", NEW."url"); RETURN NULL;',
                    hash="f27e720c35862b45f789ddc3f6c4fb5b9b1c2011",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_eaeb7",
                    table="inbox_channel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="channel",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "inbox_channelevent" ("connector", "created_at", "id", "is_active", "name", "network", "own_ids", "page_name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_secret_until", "reopen_within", "url") VALUES (OLD."connector", OLD."created_at", OLD."id", OLD."is_active", OLD."name", OLD."network", OLD."own_ids", OLD."page_name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."previous_secret_until", OLD."reopen_within", OLD."url"); RETURN NULL;',
                    hash="7453fa3df3f5d3dd119000cd5049a601309ab9af",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_8a35b",
                    table="inbox_channel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="channelevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="df71d0fa654c154570b3de8b3f8fb45a1ec9fa65",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a5eab",
                    table="inbox_channelevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
