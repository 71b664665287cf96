from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def fill(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Until now every model took charge as soon as it was trained."""
    model = apps.get_model("routing", "RouterModel")
    model.objects.filter(promoted_at=None).update(promoted_at=F("trained_at"))


class Migration(migrations.Migration):
    dependencies = [("routing", "0006_lessons")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
