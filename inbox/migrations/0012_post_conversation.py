from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inbox', '0011_reconciliation'),
    ]

    operations = [
        migrations.AddField(
            model_name='post',
            name='conversation',
            field=models.CharField(blank=True, db_default='', default='', help_text='of direct messages: with whom, or in which group, as the network names it', max_length=300),
        ),
    ]
