"""The flat groups of a rule become a tree, in the rules and in their trail; and back where it fits.

The rules' triggers are off between the migrations around this one, so it leaves no trace of its own.
"""

from django.db import migrations

GROUPS = {
    "channel_ids": "channel",
    "networks": "network",
    "handles": "author",
    "languages": "language",
    "phrases": "phrase",
    "words": "word",
}
KINDS = {kind: group for group, kind in GROUPS.items()}
LISTS = {"employees": "Employees", "journalists": "Journalists", "vip": "VIP"}

_LEAVES = ", ".join(
    f"(CASE WHEN cardinality({group}) > 0"
    f" THEN jsonb_build_object('{kind}', to_jsonb({group})) END)"
    for group, kind in GROUPS.items()
)
_CONVERT = f"""
    UPDATE {{table}} SET
        place = CASE WHEN department_id IS NULL THEN 'triage' ELSE 'department' END,
        conditions = jsonb_build_object('format', 1, 'tree', jsonb_build_object('all', (
            SELECT coalesce(jsonb_agg(leaf), '[]')
            FROM (VALUES {_LEAVES}) AS leaves(leaf) WHERE leaf IS NOT NULL
        )))
"""  # noqa: S608 - names of our own columns
TABLES = ("routing_rule", "routing_ruleevent")


def _on_both(schema_editor, statement):
    # The trail is append-only; this changes how it is written, not what it says.
    schema_editor.execute("ALTER TABLE routing_ruleevent DISABLE TRIGGER USER")
    for table in TABLES:
        schema_editor.execute(statement.format(table=table))
    schema_editor.execute("ALTER TABLE routing_ruleevent ENABLE TRIGGER USER")


def forwards(apps, schema_editor):
    _on_both(schema_editor, _CONVERT)
    rules = apps.get_model("routing", "Rule").objects.select_related("department", "updated_by")
    versions = apps.get_model("routing", "RuleVersion")
    versions.objects.bulk_create(
        versions(
            rule_id=rule.pk,
            number=rule.version,
            action="created" if rule.version == 1 else "changed",
            definition=_definition(rule),
            by=rule.updated_by,
            at=rule.updated_at,
        )
        for rule in rules.all()
    )
    lists = apps.get_model("routing", "AuthorList")
    for slug, name in LISTS.items():
        lists.objects.get_or_create(slug=slug, defaults={"name": name})


def backwards(apps, schema_editor):
    """Trees that are more than groups cannot be said in them: such a rule is switched off."""
    for model in (apps.get_model("routing", "Rule"), apps.get_model("routing", "RuleEvent")):
        if model.__name__ == "RuleEvent":
            schema_editor.execute("ALTER TABLE routing_ruleevent DISABLE TRIGGER USER")
        for row in model.objects.all():
            groups = _groups(row.conditions)
            values = groups or {"is_active": False}
            if row.place in ("spam", "unchanged"):
                values = {**values, "is_active": False}
            model.objects.filter(pk=row.pk).update(**values)
    schema_editor.execute("ALTER TABLE routing_ruleevent ENABLE TRIGGER USER")
    apps.get_model("routing", "RuleVersion").objects.all().delete()


def _groups(conditions):
    leaves = (conditions.get("tree") or {}).get("all") or []
    if not all(set(leaf) <= set(KINDS) for leaf in leaves):
        return None
    found = {}
    for leaf in leaves:
        for kind, entries in leaf.items():
            if KINDS[kind] in found:
                return None
            found[KINDS[kind]] = entries
    return found or None


def _definition(rule):
    return {
        "name": rule.name,
        "is_active": rule.is_active,
        "conditions": rule.conditions,
        "place": rule.place,
        "department": rule.department.slug if rule.department else None,
        "priority": rule.priority,
        "tags": [],
        "assignee": None,
        "consult": None,
        "notify_user": None,
        "notify_department": None,
        "goes_on": False,
        "starts_on": None,
        "ends_on": None,
        "owner": None,
        "notes": "",
    }


class Migration(migrations.Migration):

    dependencies = [("routing", "0002_rule_conditions")]

    operations = [migrations.RunPython(forwards, backwards)]
