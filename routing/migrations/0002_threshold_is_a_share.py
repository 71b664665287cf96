import django.core.validators
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="routersettings",
            name="threshold",
            field=models.FloatField(
                default=0.6,
                help_text="A post the classifier is less sure of waits in triage. 0 to 1.",
                validators=[
                    django.core.validators.MinValueValidator(0.0),
                    django.core.validators.MaxValueValidator(1.0),
                ],
                verbose_name="threshold",
            ),
        ),
        migrations.AlterField(
            model_name="routersettingsevent",
            name="threshold",
            field=models.FloatField(
                default=0.6,
                help_text="A post the classifier is less sure of waits in triage. 0 to 1.",
                validators=[
                    django.core.validators.MinValueValidator(0.0),
                    django.core.validators.MaxValueValidator(1.0),
                ],
                verbose_name="threshold",
            ),
        ),
        migrations.AddConstraint(
            model_name="routersettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("threshold__gte", 0), ("threshold__lte", 1)),
                name="router_threshold_is_a_share",
            ),
        ),
    ]
