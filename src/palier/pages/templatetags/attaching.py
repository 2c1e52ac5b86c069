"""The tag that lets a form take files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import template
from django.template import Context

from palier.pages import attaching, viewing

register = template.Library()


@register.inclusion_tag("pages/attach.html", takes_context=True)
def attach(context: Context, drafted: Sequence[UUID] = ()) -> dict[str, Any]:
    """The input for files with what waits to be sent; `drafted`: ids of a draft's. The form sends multipart/form-data."""
    request = context["request"]
    viewer = viewing.viewer_of(request)
    if viewer is None:
        raise template.TemplateSyntaxError(
            "{% attach %}: nobody is signed in, and files belong to an account"
        )
    return {
        "attach": attaching.view(request, viewer, drafted or ()),
        "nonce": context["CSP_NONCE"],
        "csrf_token": context["csrf_token"],
    }
