"""An encrypted field stores an empty secret as NULL."""

import encrypted_fields.fields
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inbox", "0002_initial")]

    operations = [
        migrations.AlterField(
            model_name="channel",
            name=name,
            field=encrypted_fields.fields.EncryptedTextField(
                blank=True, default="", editable=False, null=True
            ),
        )
        for name in ("secret", "previous_secret")
    ]
