"""The four departments every organisation starts with; admins rename them and add more."""

from django.db import migrations

DEPARTMENTS = [
    # name, slug, letter, hue, confidential
    ("Customer service", "customer_service", "C", "blue", False),
    ("PR", "pr", "P", "orange", False),
    ("Marketing", "marketing", "M", "violet", False),
    ("HR", "hr", "H", "green", True),
]


def create(apps, schema_editor):
    Department = apps.get_model("accounts", "Department")
    for position, (name, slug, letter, hue, confidential) in enumerate(DEPARTMENTS, 1):
        Department.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "letter": letter,
                "hue": hue,
                "is_confidential": confidential,
                "position": position,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    # Backwards nothing is removed: tickets may already stand in these departments.
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
