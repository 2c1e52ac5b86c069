"""All that a customer can do to its contract. Each deed is a form, whether this viewer sees it, and one action.

The page shows the forms of its sections. Refusals come from the actions themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import QueryDict

from palier.pages import small_forms
from palier.pages.small_forms import Form, Sent
from palier.people import access
from palier.portal import contract_limits, contract_places
from palier.portal.deeds import Deed, Ground

DEEDS: Mapping[str, Deed] = {**contract_places.DEEDS, **contract_limits.DEEDS}


def shown(
    ground: Ground, *, tried: str = "", sent: QueryDict | None = None, refusal: str = ""
) -> dict[str, list[Form]]:
    """The forms open to this viewer by section; the one that was `tried` as it was sent, with the refusal."""
    found: dict[str, list[Form]] = {}
    for name, deed in DEEDS.items():
        form = deed.show(ground)
        if form is not None:
            kept = small_forms.filled(form, sent, refusal) if name == tried else form
            found.setdefault(deed.section, []).append(kept)
    return found


def do(ground: Ground, action: str, data: QueryDict) -> str:
    """Do one thing; the sentence that says so. Raises Refused with the reader's way out."""
    deed = DEEDS[action]
    form = deed.show(ground)
    if form is None:
        raise access.Refused(
            code="not-as-it-stands",
            en="This cannot be done to this contract as it stands, or not by you: its authorised contacts and your"
            " account's administrator can.",
            fr="Cela ne peut pas être fait à ce contrat dans son état, ou pas par vous : ses contacts autorisés et"
            " l’administrateur de votre compte le peuvent.",
        )
    return deed.do(ground, Sent(data=data, files={}, form=form, zone=ground.contract.zone))
