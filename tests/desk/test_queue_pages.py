"""The queue's pages: filters as chips, saved views, groups by due, many at once with undo, what a live page fetches, next."""

from __future__ import annotations

import itertools
import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from tests.pages import world
from tests.pages.world import World

from palier.people import tenancy
from palier.people.access import Viewer
from palier.tickets import answering, narrowing, reopening, tags, watching
from palier.tickets.models import Event, Ticket
from palier.workspace import saved_views
from palier.workspace.models import Bulk, Reach, SavedView
from palier.workspace.saved_views import Sharing, Shown


@pytest.fixture
def agent(northern: World, client: Client) -> Client:
    client.force_login(northern.agent_user)
    return client


def get(client: Client, made: World, path: str, status: int = 200) -> str:
    answer = client.get(f"{made.path}/desk/{path}", follow=True)
    assert answer.status_code == status, path
    return unescape(answer.content.decode())


def numbers(page: str) -> list[str]:
    return re.findall(r'<tr data-row="([^"]+)"', page)


def figures(made: World, *names: str) -> str:
    return "&".join(f"t={made.tickets[one].number}" for one in names)


def number(made: World, name: str) -> str:
    return f"NOR-{made.tickets[name].number}"


def ticket(made: World, name: str) -> Ticket:
    return Ticket.objects.select_related("organisation").get(id=made.tickets[name].id)


def test_filters_are_said_as_chips_and_taken_away_one_by_one(northern: World, agent: Client) -> None:
    page = get(agent, northern, "queue?person=nobody&status=new&status=open&due=72")
    for said in ("<b>State</b> New, Open", "<b>With</b> nobody", "<b>Due within</b> 72 hours"):
        assert said in page
    away = re.search(r'href="([^"]+)"[^>]*aria-label="With nobody: take this filter away"', page)
    assert away is not None
    fewer = agent.get(away.group(1)).content.decode()
    assert "<b>With</b>" not in fewer
    assert "<b>State</b>" in fewer
    assert "Nothing fits these filters" in get(agent, northern, "queue?severity=nonsense")


def test_words_find_the_tickets_they_stand_in(northern: World, agent: Client) -> None:
    found = numbers(get(agent, northern, "queue?words=GIGABYTES"))
    assert found == [number(northern, "missed")]
    assert numbers(get(agent, northern, "queue?words=zanzibarine")) == []
    # A view with words is kept like any other, but not counted.
    with tenancy.vendor(northern.vendor.id):
        shown = Shown(narrow=narrowing.read({"words": ["gigabytes"]}))
        viewer = Viewer.staff(northern.agent)
        view = saved_views.save(by=viewer, name="Giga", shown=shown, sharing=Sharing(), now=timezone.now())
    assert f'view={view.id}"><span>Giga</span><span></span>' in get(agent, northern, "queue")
    assert numbers(get(agent, northern, f"queue?view={view.id}")) == found


def test_the_form_of_filters_leads_to_a_short_address(northern: World, agent: Client) -> None:
    page = get(agent, northern, "queue?panel=filter")
    for said in (
        "Filter, columns and order",
        'name="status" value="held"',
        'name="col" value="tags"',
        "Ferronor",
    ):
        assert said in page
    answer = agent.get(
        f"{northern.path}/desk/queue?view=all&set=1&words=&status=held&organisation=&order=queue&show=1"
        "&col=due&col=number&col=severity&col=verdict&col=state&col=person"
    )
    assert answer["Location"] == f"{northern.path}/desk/queue?set=1&status=held"
    assert "<b>State</b> Held" in get(agent, northern, "queue?set=1&status=held")


@pytest.mark.parametrize(
    "odd",
    [
        "view=nonsense",
        "view=018f0000-0000-7000-8000-000000000000",
        "status=x",
        "tag=x",
        "order=x",
        "col=x",
        "due=-1",
    ],
)
def test_what_there_is_not_is_404(northern: World, agent: Client, odd: str) -> None:
    get(agent, northern, f"queue?{odd}", status=404)
    get(agent, northern, f"queue/rows?{odd}", status=404)


def test_columns_are_chosen(northern: World, agent: Client) -> None:
    with tenancy.vendor(northern.vendor.id):
        viewer = Viewer.staff(northern.agent)
        tags.change(by=viewer, ticket=ticket(northern, "fresh"), add=["<export>"], now=timezone.now())
    columns = "&".join(f"col={one}" for one in saved_views.COLUMNS)
    raw = agent.get(f"{northern.path}/desk/queue?{columns}").content.decode()
    assert "&lt;export&gt;" in raw
    assert raw.count('<th scope="col"') == len(saved_views.COLUMNS) + 1
    few = get(agent, northern, "queue?col=number")
    assert few.count('<th scope="col"') == 3


def test_by_due_has_groups_with_counts(northern: World, agent: Client) -> None:
    page = get(agent, northern, "queue?order=due")
    heads = re.findall(r'rowgroup">([^<]+?) <span class="pl-3rd">([^<]+)</span>', page)
    assert heads[0][0] == "Missed"
    assert heads[-1][0] == "Clock stopped"
    counted = sum(int(count.split(",")[0]) for _title, count in heads)
    assert counted == len(numbers(page)) == len(numbers(get(agent, northern, "queue")))
    assert 'rowgroup"' not in get(agent, northern, "queue")


def test_a_view_is_saved_shown_changed_shared_ordered_and_deleted(northern: World, agent: Client) -> None:
    base = f"{northern.path}/desk/queue"
    asked = "set=1&status=held&order=newest"
    assert "Save as a view" in get(agent, northern, f"queue?{asked}&panel=save")
    saved = agent.post(f"{base}/views", {"list": asked, "name": "On hold, newest", "sharing": "mine"})
    with tenancy.vendor(northern.vendor.id):
        view = SavedView.objects.get()
        assert view.filters == {"status": ["held"]}
    assert saved["Location"] == f"{base}?view={view.id}"
    page = get(agent, northern, f"queue?view={view.id}")
    assert "<h1>On hold, newest" in page
    assert "Saved by you" in page
    assert len(numbers(page)) == 1
    assert f'view={view.id}" aria-current="page"><span>On hold, newest</span><span>1</span>' in page
    # Changed by hand it says so, and can be kept.
    changed = get(agent, northern, f"queue?view={view.id}&set=1&status=waiting&panel=save")
    assert "Or change “On hold, newest” to this" in changed
    act = f"{base}/views/{view.id}"
    agent.post(f"{act}/change", {"list": f"view={view.id}&set=1&status=waiting"})
    agent.post(f"{act}/rename", {"name": "Waits"})
    listed = get(agent, northern, "queue/views")
    assert "Waits" in listed
    assert "<b>State</b> Waiting" in listed
    refused = agent.post(f"{act}/share", {"sharing": "all"})
    assert refused.status_code == 422
    assert "Only a manager" in refused.content.decode()
    assert agent.post(f"{base}/views", {"list": "", "name": " "}).status_code == 422
    assert agent.post(f"{act}/explode").status_code == 404
    agent.post(f"{base}/views", {"list": "view=mine", "name": "Second"})
    agent.post(f"{act}/down")
    assert re.findall(r"<h2><a[^>]*>([^<]+)", get(agent, northern, "queue/views")) == ["Second", "Waits"]
    agent.post(f"{act}/delete")
    get(agent, northern, f"queue?view={view.id}", status=404)


def test_a_managers_view_is_everybodys_and_not_anothers_to_change(northern: World, agent: Client) -> None:
    with tenancy.vendor(northern.vendor.id):
        boss = Viewer.staff(northern.manager)
        shown = Shown(base="waiting")
        view = saved_views.save(
            by=boss, name="House", shown=shown, sharing=Sharing(reach=Reach.ALL), now=timezone.now()
        )
        private = saved_views.save(by=boss, name="Secret", shown=shown, sharing=Sharing(), now=timezone.now())
    page = get(agent, northern, f"queue?view={view.id}")
    assert "Shared with all" in page
    assert "Secret" not in page
    listed = get(agent, northern, "queue/views")
    assert "shared with everybody, by somebody else" in listed
    assert "Rename" not in listed
    refused = agent.post(f"{northern.path}/desk/queue/views/{view.id}/rename", {"name": "x"})
    assert refused.status_code == 422
    for path in (f"queue?view={private.id}", f"queue/views/{private.id}/rename"):
        assert agent.post(f"{northern.path}/desk/{path}", {"name": "x"}).status_code in (404, 405)


def test_many_are_assigned_at_once_and_put_back(northern: World, agent: Client) -> None:
    form = get(agent, northern, f"queue/bulk?do=assign&{figures(northern, 'fresh', 'answered')}")
    assert "2 tickets" in form
    assert form.index("Maude Tremblay") < form.index("Étienne Roy")
    sent = {
        "do": "assign",
        "t": [northern.tickets[one].number for one in ("fresh", "answered")],
        "assignee": str(northern.manager.id),
    }
    done = agent.post(f"{northern.path}/desk/queue/bulk", sent, follow=True).content.decode()
    assert "Assign: done on 2 tickets." in done
    undo = re.search(r'action="([^"]+/undo)"', done)
    assert undo is not None
    with tenancy.vendor(northern.vendor.id):
        assert ticket(northern, "fresh").assignee_id == northern.manager.id
    assert "Undone on 2 tickets." in agent.post(undo.group(1), follow=True).content.decode()
    with tenancy.vendor(northern.vendor.id):
        assert ticket(northern, "fresh").assignee_id is None
    assert "cannot be undone" in agent.post(undo.group(1), follow=True).content.decode()


def test_what_was_refused_is_said_ticket_by_ticket(northern: World, agent: Client) -> None:
    names = ["fresh", "tokyo"]
    with tenancy.vendor(northern.vendor.id):
        viewer = Viewer.staff(northern.agent)
        reopening.close(by=viewer, ticket=ticket(northern, "fresh"), now=timezone.now())
    sent = {
        "do": "answer",
        "t": [northern.tickets[one].number for one in names],
        "body": "Hello",
        "then": "keep",
    }
    page = agent.post(f"{northern.path}/desk/queue/bulk", sent, follow=True).content.decode()
    refused, done = page.split("Left as they were")[1].split("Done</h2>")
    assert number(northern, "fresh") in refused
    assert "You cannot write in this request" in refused
    assert number(northern, "tokyo") in done
    assert "Undo" not in done


def test_bulk_forms_of_every_kind_open_and_say_what_is_wrong(northern: World, agent: Client) -> None:
    picked = figures(northern, "fresh")
    for deed in ("assign", "team", "tag", "snooze", "watch", "answer", "severity", "close"):
        assert "1 ticket" in get(agent, northern, f"queue/bulk?do={deed}&{picked}")
    get(agent, northern, f"queue/bulk?do=explode&{picked}", status=404)
    assert "No ticket is ticked" in get(agent, northern, "queue/bulk?do=assign")
    url, figure = f"{northern.path}/desk/queue/bulk", northern.tickets["fresh"].number
    for sent, said in (
        ({"do": "answer", "then": "keep"}, "is needed"),
        ({"do": "assign", "assignee": "018f0000-0000-7000-8000-000000000000"}, "must be one of those listed"),
        ({"do": "snooze", "when": "at"}, "Give the moment"),
        ({"do": "snooze", "when": "at", "at": "2020-01-01T09:00"}, "still to come"),
    ):
        answer = agent.post(url, {**sent, "t": figure})
        # Some are refused for the form, some for each ticket.
        page = (
            answer.content.decode()
            if answer.status_code == 422
            else agent.get(answer["Location"]).content.decode()
        )
        assert said in unescape(page), sent


def test_each_can_be_put_aside_watched_and_tagged_on_its_page(northern: World, agent: Client) -> None:
    at = f"{northern.path}/desk/tickets/{number(northern, 'fresh')}"
    agent.post(f"{at}/work/tags", {"tags": "Export, DXF"})
    agent.post(f"{at}/work/watch", {"watching": "yes"})
    agent.post(f"{at}/work/snooze", {"when": "customer"})
    page = unescape(agent.get(at).content.decode())
    for said in (
        "Export",
        "DXF",
        "Watched: stop",
        "put aside until the customer writes; the clock runs on",
        "Take back",
    ):
        assert said in page
    assert number(northern, "fresh") not in numbers(get(agent, northern, "queue"))
    aside = get(agent, northern, "queue?view=snoozed")
    assert numbers(aside) == [number(northern, "fresh")]
    assert "put aside until the customer writes; the clock runs on" in aside
    agent.post(f"{at}/work/wake")
    agent.post(f"{at}/work/watch", {"watching": "no"})
    assert number(northern, "fresh") in numbers(get(agent, northern, "queue"))
    assert "Give the moment" in agent.post(f"{at}/work/snooze", {"when": "at"}, follow=True).content.decode()
    assert agent.post(f"{at}/work/explode").status_code == 404
    assert agent.get(f"{at}/work/tags", follow=True).status_code == 200
    with tenancy.vendor(northern.vendor.id):
        kinds = set(Event.objects.filter(ticket=ticket(northern, "fresh")).values_list("kind", flat=True))
    assert {"tagged", "watched", "snoozed", "woken"} <= kinds


def test_customers_reach_none_of_it_and_see_no_tag(northern: World, client: Client) -> None:
    with tenancy.vendor(northern.vendor.id):
        viewer = Viewer.staff(northern.agent)
        tags.change(by=viewer, ticket=ticket(northern, "fresh"), add=["zanzibarine"], now=timezone.now())
        watching.watch(by=viewer, ticket=ticket(northern, "fresh"), now=timezone.now())
    client.force_login(northern.customers["Ferronor"].user)
    at = f"tickets/{number(northern, 'fresh')}"
    for path in ("queue", "queue/rows", "queue/views", "queue/bulk?do=tag", "queue/next", f"{at}/pulse"):
        assert client.get(f"{northern.path}/desk/{path}").status_code == 404
    for path in ("queue/bulk", "queue/views", f"{at}/work/tags"):
        assert client.post(f"{northern.path}/desk/{path}").status_code == 404
    page = client.get(f"{northern.path}/requests/{number(northern, 'fresh')}").content.decode()
    assert "zanzibarine" not in page


def test_the_next_ticket_is_the_one_after_in_the_list_last_looked_at(northern: World, agent: Client) -> None:
    order = numbers(get(agent, northern, "queue"))
    for here, following in itertools.pairwise(order[:4]):
        agent.get(f"{northern.path}/desk/tickets/{here}")
        answer = agent.get(f"{northern.path}/desk/queue/next?from={here}")
        assert answer["Location"] == f"{northern.path}/desk/tickets/{following}"
    # An answer moves it: what came after it where it stood is next all the same.
    agent.get(f"{northern.path}/desk/tickets/{order[1]}")
    with tenancy.vendor(northern.vendor.id):
        moved = Ticket.objects.select_related("organisation").get(number=int(order[1].removeprefix("NOR-")))
        answering.reply(
            by=Viewer.staff(northern.agent),
            ticket=moved,
            body="Which?",
            now=timezone.now(),
            then="wait-customer",
        )
    assert agent.get(f"{northern.path}/desk/queue/next?from={order[1]}")["Location"].endswith(order[2])
    assert "That was the last of this view" in get(agent, northern, f"queue/next?from={order[-1]}")
    waiting = get(agent, northern, "queue?view=waiting")
    assert f"/desk/tickets/{numbers(waiting)[0]}" in agent.get(f"{northern.path}/desk/queue/next")["Location"]
    assert "?view=waiting" in agent.get(f"{northern.path}/desk/tickets/{order[0]}").content.decode()


def test_who_works_on_the_next_one_is_passed_over(
    northern: World, agent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from palier.desk import queue_next

    order = numbers(get(agent, northern, "queue"))
    monkeypatch.setattr(queue_next, "busy", lambda viewer, ids: frozenset(list(ids)[:2]))
    answer = agent.get(f"{northern.path}/desk/queue/next?from={order[0]}")
    assert answer["Location"].endswith(order[3])


def test_the_rows_of_other_languages_are_theirs(northern: World, agent: Client) -> None:
    world.read_in(northern, "fr")
    page = get(agent, northern, "queue?order=due&status=new&panel=filter&col=tags")
    for said in ("Étiquettes", "Manquées", "État", "Filtres, colonnes et ordre"):
        assert said in page, said


def test_another_vendors_views_and_deeds_are_not_found(northern: World, agent: Client) -> None:
    other = world.build("horizant")
    with tenancy.vendor(other.vendor.id):
        boss = Viewer.staff(other.manager)
        view = saved_views.save(
            by=boss, name="Theirs", shown=Shown(), sharing=Sharing(reach=Reach.ALL), now=timezone.now()
        )
        done = Bulk.objects.create(
            vendor_id=other.vendor.id,
            staff=other.manager,
            deed="watch",
            done=[{"ticket": "x"}],
            at=timezone.now(),
        )
    get(agent, northern, f"queue?view={view.id}", status=404)
    get(agent, northern, f"queue/bulk/{done.id}", status=404)
    assert agent.post(f"{northern.path}/desk/queue/bulk/{done.id}/undo").status_code == 404
    assert agent.post(f"{northern.path}/desk/queue/views/{view.id}/delete").status_code == 404
    assert "Theirs" not in get(agent, northern, f"queue?done={done.id}")
