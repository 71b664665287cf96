import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0003_append_only_history")]

    operations = [
        migrations.AddIndex(
            model_name="decision",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["created_at"], name="decision_by_time"
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("rule__isnull", False)),
                fields=["rule"],
                name="decision_by_rule",
            ),
        ),
    ]
