"""Accounts: giving somebody one, a new password, and taking it away with all its sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.auth import password_validation
from django.contrib.sessions.models import Session
from uuid_utils.compat import uuid7

from palier.people import access, actions, jobs, tenancy
from palier.people.models import Contact, Role, Staff, Team, User


def create_contact_account(
    *, by: access.Viewer, contact: Contact, now: datetime, password: str | None = None
) -> User:
    """A sign-in for a contact. Without `password` it gets a letter with a link to choose one."""
    _require_over(by, contact)
    if contact.user_id is not None or contact.removed_at is not None:
        raise access.Refused(
            code="account-exists",
            en=f"{contact.name} already has an account, or was removed: send a link to a new password instead.",
            fr=f"{contact.name} a déjà un compte, ou a été retiré : envoyez plutôt un lien vers un nouveau mot de passe.",
        )
    user = actions.add_user(
        vendor_id=contact.vendor_id,
        email=contact.email.lower(),
        name=contact.name,
        now=now,
        language=contact.language,
    )
    contact.user = user
    contact.save(update_fields=["user"])
    _first_password(user, password)
    return user


def create_staff_account(
    *,
    by: access.Viewer,
    name: str,
    email: str,
    roles: Sequence[Role],
    now: datetime,
    teams: Sequence[Team] = (),
    language: str = "en",
    zone: str = "",
    password: str | None = None,
) -> Staff:
    """A person of the vendor with a sign-in. Without `password` there goes a letter with a link to choose one."""
    access.require_role(by, access.RUNS_THE_DESK)
    user = actions.add_user(
        vendor_id=by.vendor_id, email=email.strip().lower(), name=name, now=now, language=language
    )
    if zone:
        user.zone = actions.known_zone(zone)
        user.save(update_fields=["zone"])
    staff = actions.add_staff(by=by, user=user, roles=roles, teams=teams, now=now)
    _first_password(user, password)
    return staff


def set_password(*, by: access.Viewer, user: User, password: str, now: datetime) -> None:
    """Give somebody a new password and end all sessions. Oneself, or who runs the desk; raises ValidationError if weak."""
    del now
    if by.user_id != user.pk:
        access.require_role(by, access.RUNS_THE_DESK)
    password_validation.validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user=user)


def remove_contact(*, by: access.Viewer, contact: Contact, now: datetime) -> None:
    """Take a contact's account and sessions away. What the contact wrote stays, with the name."""
    _require_over(by, contact)
    contact.removed_at = now
    contact.save(update_fields=["removed_at"])
    if contact.user is not None:
        _close(contact.user)


def remove_staff(*, by: access.Viewer, staff: Staff, now: datetime) -> None:
    """Take a person of the vendor's account and sessions away. The last one who runs the desk stays."""
    access.require_role(by, access.RUNS_THE_DESK)
    runs = [role.value for role in access.RUNS_THE_DESK]
    active = Staff.objects.filter(vendor_id=by.vendor_id, removed_at=None, roles__overlap=runs)
    if set(staff.roles) & set(runs) and not active.exclude(pk=staff.pk).exists():
        raise access.Refused(
            code="last-administrator",
            en=f"{staff.name} is the last who runs the desk: name another manager or administrator first.",
            fr=f"{staff.name} est la dernière personne à diriger le service : nommez d’abord un autre responsable.",
        )
    staff.removed_at = now
    staff.save(update_fields=["removed_at"])
    _close(staff.user)


def queue_password_letter(*, vendor_id: UUID, user: User | None) -> None:
    """Queue the letter with a link to a new password; the same work when there is nobody to write to."""
    # A job that finds nobody: an unknown address costs as much as a known one, and no letter is sent while asked.
    jobs.password_letter.defer(
        **tenancy.arguments(vendor_id=vendor_id, user_id=user.pk if user is not None else uuid7())
    )


def end_sessions(*, user: User, but: str | None = None) -> int:
    """End the account's sessions, all but the one with that key; how many."""
    mine = UserSession.objects.filter(user_id=user.pk).exclude(session_key=but or "")
    keys = list(mine.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    mine.delete()
    return len(keys)


def _require_over(by: access.Viewer, contact: Contact) -> None:
    """People of the vendor who deal with customers, and the administrator of the contact's own organisation."""
    if by.is_customer and by.is_administrator and by.organisation_id == contact.organisation_id:
        return
    access.require_role(by, access.WORKS_ON_TICKETS | access.DRAWS_UP)


def _first_password(user: User, password: str | None) -> None:
    if password is None:
        queue_password_letter(vendor_id=user.vendor_id, user=user)
        return
    password_validation.validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])


def _close(user: User) -> None:
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    end_sessions(user=user)
