"""Periodic jobs of the service itself: jobs whose worker died are queued again, finished ones are swept away."""

from __future__ import annotations

import structlog
from procrastinate import JobContext
from procrastinate.contrib.django import app

from palier.site.worker import HEARTBEAT_LIMIT_S

log = structlog.get_logger(__name__)
KEEP_FAILED_HOURS = 24 * 30


@app.periodic(cron="* * * * * */10", periodic_id="retry-stalled")
@app.task(name="site.retry_stalled", queue="upkeep", queueing_lock="site.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> int:
    """Queue again the jobs of workers that have not been heard of for a while; how many.

    Nothing else does: a killed worker's job would be `doing` for ever. Jobs are therefore written to be run twice.
    """
    del timestamp
    manager = context.app.job_manager
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=HEARTBEAT_LIMIT_S))
    for job in stalled:
        log.warning("job of a dead worker queued again", job=job.id, task=job.task_name)
        await manager.retry_job(job)
    return len(stalled)


@app.periodic(cron="17 3 * * *", periodic_id="sweep-jobs")
@app.task(name="site.sweep_jobs", queue="upkeep", queueing_lock="site.sweep_jobs", pass_context=True)
async def sweep_jobs(context: JobContext, timestamp: int) -> None:
    """Delete failed, cancelled and aborted jobs after a month; successful ones go when they end."""
    del timestamp
    await context.app.job_manager.delete_old_jobs(
        nb_hours=KEEP_FAILED_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )
