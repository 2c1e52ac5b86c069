"""Messages that a provider posts to an address of a source (Mailgun, Postmark, SendGrid, Amazon SES by SNS).

Whether a post is the provider's is django-anymail's to judge: by its signature, or by the user and password of the
address. The message itself is taken as it came, never rebuilt from fields: only so its signatures can be proved. The
provider hears 200 after the commit; anything else makes it post again, which then changes nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from anymail import exceptions
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from palier.mail import intake, sources
from palier.mail.incoming_models import SourceKind
from palier.mail.models import Source
from palier.mail.sources import Failed, Provider
from palier.people import secrets, tenancy

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One message of a post, as it came, with the envelope as far as the provider tells it."""

    content: bytes
    sender: str
    recipients: tuple[str, ...]


def offered() -> tuple[Provider, ...]:
    """The providers there are views for here: Amazon's needs boto3 (`palier[s3]`)."""
    try:
        import boto3  # noqa: F401
    except ImportError:
        return tuple(one for one in Provider if one is not Provider.SES)
    return tuple(Provider)


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def webhook(request: HttpRequest, token: str) -> HttpResponse:
    """Take what a provider posts. 404: no such address; 400: not the provider's, or not a whole message; 413: too large."""
    vendor_id = tenancy.current()
    source = Source.objects.filter(
        vendor_id=vendor_id,
        kind=SourceKind.WEBHOOK,
        enabled=True,
        settings__token_hash=sources.hash_of(token),
    ).first()
    if source is None:
        return HttpResponse(status=404)
    if request.method == "HEAD":
        return HttpResponse()
    now = timezone.now()
    try:
        for one in posted(source, request):
            intake.accept(
                vendor_id=vendor_id,
                content=one.content,
                reached_at=sources.reached_at(
                    one.content, borders=source.trusted_borders, internal=now, now=now
                ),
                now=now,
                source=source,
                envelope_from=one.sender,
                recipients=one.recipients,
            )
    except Failed as failed:
        log.warning(
            "post of a provider refused", source=str(source.id), code=failed.code, detail=failed.detail
        )
        sources.note_failed(source, failed, now=now)
        return HttpResponse(str(failed), status=400, content_type="text/plain")
    except intake.TooLarge as refusal:
        sources.note_failed(source, Failed("too-large", str(refusal.size)), now=now)
        return HttpResponse(str(refusal), status=413, content_type="text/plain")
    except intake.Empty as refusal:
        return HttpResponse(str(refusal), status=400, content_type="text/plain")
    sources.note_checked(source, now=now)
    return HttpResponse()


# Fields of a post are a message as it came, of any bytes, and are read by its own rules.
webhook.takes_bytes = True  # type: ignore[attr-defined]


def posted(source: Source, request: HttpRequest) -> list[Posted]:
    """The messages of a post. Raises Failed: `not-signed`, `not-raw`, `not-understood`, `cannot-open`."""
    try:
        key = sources.secret(source).signing_key
    except secrets.CannotOpen as error:
        raise Failed("cannot-open") from error
    provider = Provider(source.settings["provider"])
    if provider in (Provider.MAILGUN, Provider.SENDGRID):
        # Raw messages come in fields of a form: read as Latin-1 they are the bytes they were.
        request.encoding = "latin-1"
    try:
        view = _view(provider, key)
        view.run_validators(request)
        if provider is Provider.MAILGUN and "body-mime" not in request.POST:
            raise Failed("not-raw")
        if provider is Provider.SES:
            _only_messages_inside(request)
        events = view.parse_events(request)
    except exceptions.AnymailWebhookValidationFailure as error:
        raise Failed("not-signed", str(error)) from error
    except (
        exceptions.AnymailError,
        ImproperlyConfigured,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        LookupError,
    ) as error:
        # What a provider posts is taken apart by a library that does not expect other shapes than the provider's.
        raise Failed("not-understood", f"{type(error).__name__}: {error}") from error
    return [_posted(provider, event) for event in events]


def _view(provider: Provider, key: str) -> Any:
    """django-anymail's view for a provider: who posts, and of what shape, it knows."""
    with warnings.catch_warnings():
        # Without a user and password it is the unguessable address that says who posts.
        warnings.simplefilter("ignore")
        if provider is Provider.MAILGUN:
            from anymail.webhooks import mailgun

            return mailgun.MailgunInboundWebhookView(webhook_signing_key=key, webhook_secret=[])
        if provider is Provider.POSTMARK:
            from anymail.webhooks import postmark

            return postmark.PostmarkInboundWebhookView(webhook_secret=key or [])
        if provider is Provider.SENDGRID:
            from anymail.webhooks import sendgrid

            return sendgrid.SendGridInboundWebhookView(webhook_secret=key or [])
        from anymail.webhooks import amazon_ses

        return amazon_ses.AmazonSESInboundWebhookView(webhook_secret=key or [])


def _only_messages_inside(request: HttpRequest) -> None:
    """Of Amazon's notifications only those that hold the message. One that names a place in S3 would have us read it there
    with our own rights, whoever posted it; a subscription is confirmed by a person, who opens the address it names."""
    told = json.loads(request.body)
    if told.get("Type") == "SubscriptionConfirmation":
        raise Failed("confirm", str(told.get("SubscribeURL", "")))
    if told.get("Type") == "Notification":
        inside = json.loads(told["Message"])
        if inside.get("receipt", {}).get("action", {}).get("type") != "SNS":
            raise Failed("not-raw")


def _posted(provider: Provider, event: Any) -> Posted:
    content = _raw(provider, event.esp_event)
    if content is None:
        raise Failed("not-raw")
    sender = event.message.envelope_sender or ""
    recipient = event.message.envelope_recipient or ""
    return Posted(content=content, sender=sender, recipients=(recipient,) if recipient else ())


def _raw(provider: Provider, told: Any) -> bytes | None:
    """The message as it came; None where the provider was not told to send it so."""
    if provider in (Provider.MAILGUN, Provider.SENDGRID):
        field = told.POST.get("body-mime" if provider is Provider.MAILGUN else "email")
        return field.encode("latin-1") if isinstance(field, str) else None
    found: Mapping[str, Any] = told if isinstance(told, Mapping) else json.loads(told)
    text = found.get("RawEmail" if provider is Provider.POSTMARK else "content")
    if not isinstance(text, str):
        return None
    if provider is Provider.SES and found.get("receipt", {}).get("action", {}).get("encoding") == "BASE64":
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise Failed("not-understood", str(error)) from error
    return text.encode("utf-8", "surrogateescape")
