"""Ticks are not logged: a crash of the database loses the last minutes' counts, and no post."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inbox', '0013_post_conversation_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='IntakeHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('deliveries', models.PositiveIntegerField(db_default=0, default=0)),
                ('polls', models.PositiveIntegerField(db_default=0, default=0)),
                ('doubled', models.PositiveIntegerField(db_default=0, default=0, help_text='posts known already')),
                ('edited', models.PositiveIntegerField(db_default=0, default=0)),
                ('errors', models.PositiveIntegerField(db_default=0, default=0, help_text='failed questions, and parts put in quarantine')),
                ('gaps', models.PositiveIntegerField(db_default=0, default=0, help_text='posts found by reading conversations again')),
                ('hour', models.DateTimeField(help_text='its beginning')),
                ('new', models.PositiveIntegerField(db_default=0, default=0, help_text="others' posts that came within a day of being written")),
                ('old', models.PositiveIntegerField(db_default=0, default=0, help_text="others' posts that came later: history")),
                ('lag_median', models.FloatField(help_text='seconds from written to here, of new ones', null=True)),
                ('lag_most', models.FloatField(help_text='seconds', null=True)),
                ('last_at', models.DateTimeField(help_text='when the last of the new ones came', null=True)),
            ],
            options={
                'ordering': ['channel', 'hour'],
            },
        ),
        migrations.CreateModel(
            name='IntakeTick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('deliveries', models.PositiveIntegerField(db_default=0, default=0)),
                ('polls', models.PositiveIntegerField(db_default=0, default=0)),
                ('doubled', models.PositiveIntegerField(db_default=0, default=0, help_text='posts known already')),
                ('edited', models.PositiveIntegerField(db_default=0, default=0)),
                ('errors', models.PositiveIntegerField(db_default=0, default=0, help_text='failed questions, and parts put in quarantine')),
                ('gaps', models.PositiveIntegerField(db_default=0, default=0, help_text='posts found by reading conversations again')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='channelstate',
            name='active_since',
            field=models.DateTimeField(help_text='when it was last switched on', null=True),
        ),
        migrations.AddField(
            model_name='intakehour',
            name='channel',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='inbox.channel'),
        ),
        migrations.AddField(
            model_name='intaketick',
            name='channel',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inbox.channel'),
        ),
        migrations.AddIndex(
            model_name='intakehour',
            index=models.Index(fields=['hour'], name='intake_by_hour'),
        ),
        migrations.AddConstraint(
            model_name='intakehour',
            constraint=models.UniqueConstraint(fields=('channel', 'hour'), name='intake_hour_once'),
        ),
        migrations.RunSQL(
            "ALTER TABLE inbox_intaketick SET UNLOGGED",
            "ALTER TABLE inbox_intaketick SET LOGGED",
        ),
    ]
