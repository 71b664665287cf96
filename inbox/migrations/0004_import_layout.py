from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0003_empty_secrets")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="digest",
            field=models.CharField(
                blank=True, default="", help_text="SHA-256 of the file", max_length=64
            ),
        ),
        migrations.AddField(
            model_name="import",
            name="layout",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="format, encoding, delimiter, columns, time zone",
            ),
        ),
    ]
