from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Without holding up who writes posts."""

    atomic = False

    dependencies = [
        ('inbox', '0012_post_conversation'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='post',
            index=models.Index(condition=models.Q(('conversation', ''), _negated=True), fields=['channel', 'conversation', '-posted_at'], name='post_conversation'),
        ),
    ]
