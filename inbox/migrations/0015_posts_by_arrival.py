"""Made beside the running system: posts are many."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0014_ledger")]

    operations = [
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(fields=["received_at"], name="post_arrived"),
        ),
    ]
