"""The clock by itself: `celery -A workers.clock beat` knows the table and no room.

It sends task names only, so it starts in a moment and stays small.
"""

from celery import Celery

from indii.settings import settings
from workers.schedule import beat_schedule

app = Celery("indii", broker=settings().redis())
app.conf.update(
    task_ignore_result=True,
    task_default_queue="default",
    broker_connection_retry_on_startup=True,
    beat_schedule=beat_schedule(),
)
