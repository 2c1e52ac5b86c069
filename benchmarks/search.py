"""The desk's search through the whole stack at 1,000,000 tickets (PALIER_BENCH_TICKETS for another number), row-level security on.

Words of two languages are drawn from forty thousand each, a few in most tickets and most in a few (palier.demo.vocabulary).
Server time of Django's test client: middleware, session, transaction, queries and rendering.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks import Row, _scaled, _service, at_most, reported
from benchmarks import queue as queues

LOADS, WARM = 40, 8
RARE, MIDDLING, COMMON = 38_000, 1_200, 2
"""The places of the words sought in the English vocabulary: in some hundred tickets of a million, in one in fifty or so, in a third."""


def run() -> list[Row]:
    """The page of results and what the palette asks, for words of each kind; a customer's own search."""
    filled = _scaled.filled(_scaled.LARGE)
    from django.urls import reverse

    from palier.demo import vocabulary

    desk = filled.desk
    rare, middling, common = (vocabulary.words("en")[place] for place in (RARE, MIDDLING, COMMON))
    browser = _service.client(desk)
    customer = _customer(desk)
    page = f"/{desk.slug}{reverse('desk:find')}?kind=tickets&q="
    options = f"/{desk.slug}{reverse('desk:find-results')}?q="
    mine = f"/{desk.slug}{reverse('portal:requests')}?q="
    size = f"at {filled.size:,} tickets"
    return [
        at_most(f"a rare word {size}, p50", _p50(browser, page + rare), "ms", 15),
        at_most(f"a common word {size}, p50", _p50(browser, page + common), "ms", 40),
        reported(f"a word of one in fifty {size}, p50", _p50(browser, page + middling), "ms"),
        reported(f"a rare and a common word {size}, p50", _p50(browser, f"{page}{rare}+{common}"), "ms"),
        reported(f"a word in no ticket {size}, p50", _p50(browser, f"{page}nowhere"), "ms"),
        reported(
            f"everything, a rare word {size}, p50",
            _p50(browser, page.replace("kind=tickets&", "") + rare),
            "ms",
        ),
        reported(
            f"the palette, a common beginning {size}, p50", _p50(browser, f"{options}{common[:3]}"), "ms"
        ),
        reported(f"a customer, a rare word {size}, p50", _p50(customer, mine + rare), "ms"),
        reported(f"a customer, a common word {size}, p50", _p50(customer, mine + common), "ms"),
        reported(f"words kept {size}", _megabytes(), "MB"),
    ]


def _customer(desk: _service.Desk) -> Any:
    """A browser signed in as a contact of one of the fifty customers."""
    import dataclasses

    from palier.people import actions, tenancy
    from palier.people.models import Contact

    with tenancy.vendor(desk.vendor_id):
        user = actions.add_user(
            vendor_id=desk.vendor_id, email="camille@0.example", name="Camille", now=_service.NOW
        )
        Contact.objects.filter(id=desk.contacts[0].as_contact()).update(user=user)
    return _service.client(dataclasses.replace(desk, user=user))


def _p50(browser: Any, address: str) -> float:
    load: Callable[[], None] = functools.partial(queues.load, browser, address)
    taken = []
    for turn in range(WARM + LOADS):
        begun = time.perf_counter()
        load()
        if turn >= WARM:
            taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def _megabytes() -> float:
    from palier.site import database

    with database.as_owner() as connection, connection.cursor() as cursor:
        cursor.execute(
            "select sum(pg_total_relation_size(c)) / 1e6 from unnest("
            "array['tickets_publicwords', 'tickets_internalwords']::regclass[]) c"
        )
        return float(cursor.fetchone()[0])
