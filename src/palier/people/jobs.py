"""What is done about accounts outside a request. Jobs carry ids and read the rows as they are when they run."""

from __future__ import annotations

from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from palier.people import invitations, letters, tenancy
from palier.people.models import IdentityProvider, User, Vendor

_AGAIN = RetryStrategy(max_attempts=8, exponential_wait=4)


@app.task(name="people.password_letter", queue="mail", retry=_AGAIN)
@tenancy.job
def password_letter(*, vendor_id: UUID, user_id: UUID) -> None:
    """Send the link to a new password, if there is still somebody to send it to."""
    user = User.objects.filter(vendor_id=vendor_id, pk=user_id, is_active=True).first()
    if user is not None:
        letters.password_letter(vendor=Vendor.objects.get(pk=vendor_id), user=user).send()


@app.task(name="people.invitation_letter", queue="mail", retry=_AGAIN)
@tenancy.job
def invitation_letter(*, vendor_id: UUID, user_id: UUID, provider_id: UUID) -> None:
    """Send the invitation to sign in through a provider."""
    user = User.objects.filter(vendor_id=vendor_id, pk=user_id, is_active=True).first()
    provider = IdentityProvider.objects.filter(vendor_id=vendor_id, pk=provider_id, enabled=True).first()
    if user is not None and provider is not None:
        letters.invitation_letter(
            vendor=Vendor.objects.get(pk=vendor_id),
            user=user,
            provider=provider.name,
            token=invitations.token(user_id=user_id, provider_id=provider_id),
        ).send()


@app.periodic(cron="23 3 * * *", periodic_id="sweep-sessions")
@app.task(name="people.sweep", queue="upkeep", queueing_lock="people.sweep")
def sweep(timestamp: int) -> None:
    """Every night: delete the sessions and the counts of attempts whose time is over."""
    del timestamp
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    with connection.cursor() as cursor:
        cursor.execute("delete from palier_cache where expires < %s", [now])
