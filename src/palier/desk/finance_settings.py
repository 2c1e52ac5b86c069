"""The settings of the finance desk: who sells, which taxes, and the payment provider."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.billing import selling, sums
from palier.desk import finance_settings_forms as forms
from palier.desk import finance_shared as desk
from palier.pages import saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Form, Sent
from palier.pages.speech import Speech
from palier.people.access import Refused, Viewer
from palier.programme import locales


@desk.for_finance
@require_safe
def settings_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Who sells, which taxes, and the payment provider."""
    return render(request, "desk/finance_settings.html", _settings(request, viewer))


def _settings_forms(request: HttpRequest, viewer: Viewer) -> dict[str, Form]:
    found, today = selling.settings_of(viewer.vendor_id), desk.today(request)
    rules = {
        str(rule.id): _rule_words(rule, speeches.of(request))
        for rule in selling.tax_rules(viewer)
        if rule.valid_until is None
    }
    made = {
        "seller": forms.seller_form(found, desk.vendor(request).name),
        "provider": forms.provider_form(found),
        "usual": forms.usual_form(found.country if found is not None else "", today.replace(month=1, day=1)),
        "rule": forms.rule_form(today),
    }
    if rules:
        made["end-rule"] = forms.end_rule_form(rules, today)
    if found is not None and (found.stripe_key or found.stripe_signing):
        made["forget"] = forms.forget_form()
    return made


def _rule_words(rule: Any, speech: Speech) -> str:
    place = "-".join(part for part in (rule.country, rule.subdivision) if part) or _("everywhere else")
    name = rule.name_fr if speech.language == "fr" else rule.name_en
    rate = locales.percentage(sums.percent(rule.rate).normalize() + 0, speech.locale)
    who = {"yes": _("with a VAT number"), "no": _("without one"), "": ""}[rule.vat_id]
    return ", ".join(part for part in (place, f"{name} {rate} ({rule.category})", who) if part)


def _settings(request: HttpRequest, viewer: Viewer, tried: str = "", refusal: str = "") -> dict[str, Any]:
    speech = speeches.of(request)
    made = _settings_forms(request, viewer)
    if tried in made:
        made[tried] = small_forms.filled(made[tried], request.POST, refusal)
        # A secret that was typed is not sent back.
        if tried == "provider":
            made[tried] = (
                small_forms.filled(_settings_forms(request, viewer)[tried], None, refusal) or made[tried]
            )
    account = selling.account_of(viewer.vendor_id)
    found = selling.settings_of(viewer.vendor_id)
    problem = ""
    try:
        selling.seller(found)
    except Refused as refused:
        problem = saying.refusal(refused, speech)
    return {
        "forms": made,
        "seller": found,
        "problem": problem,
        "on": account is not None,
        "is_test": account is not None and account.is_test,
        "endpoint": request.build_absolute_uri(reverse("billing:stripe", args=[desk.vendor(request).slug])),
        "rules": [
            (
                _rule_words(rule, speech),
                speech.moments.date(rule.valid_from),
                speech.moments.date(rule.valid_until) if rule.valid_until is not None else "",
            )
            for rule in selling.tax_rules(viewer)
        ],
        "refusal": refusal,
    }


@viewing.shown_by(settings_page, dropping="deed")
@desk.for_finance
@require_POST
def settings_act(request: HttpRequest, viewer: Viewer, deed: str) -> HttpResponse:
    """Change one of them."""
    now, made = timezone.now(), _settings_forms(request, viewer)
    deeds: dict[str, Callable[[Sent], str]] = {
        "seller": lambda sent: forms.save_seller(viewer, sent, now),
        "provider": lambda sent: forms.save_provider(viewer, sent, now),
        "usual": lambda sent: forms.add_usual(viewer, sent),
        "rule": lambda sent: forms.add_rule(viewer, sent),
        "end-rule": lambda sent: forms.end_rule(viewer, sent),
        "forget": lambda _: _forget(viewer, now),
    }
    if deed not in deeds or deed not in made:
        raise Http404
    sent = Sent(data=request.POST, files=request.FILES, form=made[deed], zone=desk.vendor(request).zone)
    try:
        with transaction.atomic():
            done = deeds[deed](sent)
    except saying.REFUSALS as problem:
        words = saying.refusal(problem, speeches.of(request))
        return render(
            request, "desk/finance_settings.html", _settings(request, viewer, deed, words), status=422
        )
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:finance-settings"))


def _forget(viewer: Viewer, now: datetime) -> str:
    selling.forget_provider(by=viewer, now=now)
    return _("The provider is off, and its secrets are forgotten.")
