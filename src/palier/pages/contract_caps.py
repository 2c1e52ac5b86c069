"""A cap in one sentence, as both faces show it."""

from __future__ import annotations

from palier.contracts.caps import CapOn
from palier.pages.catalogue import gettext as _
from palier.pages.moments import MINUTE
from palier.pages.speech import Speech
from palier.programme import locales


def sentence(cap: CapOn | None, speech: Speech) -> str:
    """`Without asking: up to 2 h or €300.00 a request, €1,000.00 a month.`; empty without a cap."""
    if cap is None:
        return ""
    parts: list[str] = []
    if cap.per_request_minutes is not None:
        parts.append(
            _("up to %(time)s a request") % {"time": locales.duration(cap.per_request_minutes * MINUTE)}
        )
    if cap.per_request_amount is not None:
        parts.append(
            _("up to %(amount)s a request")
            % {"amount": locales.money(cap.per_request_amount, cap.currency, speech.locale)}
        )
    if cap.per_month_amount is not None:
        parts.append(
            _("up to %(amount)s a month")
            % {"amount": locales.money(cap.per_month_amount, cap.currency, speech.locale)}
        )
    return speech.typeset(_("Without asking: %(limits)s.") % {"limits": ", ".join(parts)})
