"""The tag that lets a form take files."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from palier.pages import attaching, kept, viewing

register = template.Library()


@register.simple_tag(takes_context=True)
def attach(context: Context, drafted: Sequence[UUID] = ()) -> SafeString:
    """The input for files with what waits to be sent; `drafted`: ids of a draft's. The form sends multipart/form-data."""
    request = context["request"]
    viewer = viewing.viewer_of(request)
    if viewer is None:
        raise template.TemplateSyntaxError(
            "{% attach %}: nobody is signed in, and files belong to an account"
        )
    shown = attaching.view(request, viewer, drafted or ())
    # Most forms have no file yet, and look the same for all.
    make = kept.once if shown.waiting else kept.part
    return make("pages/attach.html", shown, token=str(context["csrf_token"]), nonce=str(context["CSP_NONCE"]))
