from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built beside the work: deliveries go on meanwhile."""

    atomic = False

    dependencies = [
        ("inbox", "0021_consults"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(condition=models.Q(models.Q(('consulted', []), _negated=True), models.Q(('state', 'resolved'), _negated=True), ('merged_into', None)), fields=['-last_post_at', '-id'], name='ticket_consulted'),
        ),
    ]
