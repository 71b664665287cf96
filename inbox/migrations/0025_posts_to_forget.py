from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("inbox", "0024_words_kept_from"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='post',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False), ('is_private', True), ('words_removed_at__isnull', True)), fields=['channel', 'deleted_at'], name='post_to_forget'),
        ),
    ]
