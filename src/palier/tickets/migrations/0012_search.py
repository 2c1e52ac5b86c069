"""The words of each ticket, public and internal apart, kept by triggers; the two ways to look into them."""

from __future__ import annotations

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

from palier.people import tenancy

TABLES = ("tickets_publicwords", "tickets_internalwords")

# Punctuation parts words, wherever the database's own parser would see a host name, a path or a negative number; what is
# sought is cut by the same function. Chinese and Japanese put no spaces: there each sign is a word.
# In PL/pgSQL, whose plans are kept: a function in SQL is planned anew each time, which takes longer than all it does.
TEXT = r"""
create function tickets_word_text(given text) returns text language plpgsql stable strict as $palier$
declare
    t text := translate(lower(public.unaccent('public.unaccent'::regdictionary, left(given, 20000))),
        E'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r', repeat(' ', 40));
begin
    if octet_length(t) = length(t) then
        return t;
    end if;
    return regexp_replace(regexp_replace(t, '[\u0080-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uff0f]+', ' ', 'g'),
        '([\u3040-\u30ff\u3400-\u9fff])', ' \1 ', 'g');
end
$palier$
"""
# French and English stems side by side: a message may be in either, quote the other, and be sought in both. Places are
# kept of both: a word without one would count as one of the subject.
WORDS = """
create function tickets_words(given text) returns tsvector language plpgsql stable strict as $palier$
declare
    t text := public.tickets_word_text(given);
begin
    return to_tsvector('pg_catalog.french'::regconfig, t) || to_tsvector('pg_catalog.english'::regconfig, t);
end
$palier$
"""
SUBJECT = """
create function tickets_subject_words(given text) returns tsvector language plpgsql stable strict as $palier$
begin
    return setweight(public.tickets_words(given), 'A');
end
$palier$
"""
# An answer that was taken back is the vendor's own from then on; what its people wrote after `shown_until` is left out. A
# ticket of very many words stops taking more: the database holds a megabyte.
WORDS_OF = """
create function tickets_words_of(sought uuid, with_internal boolean, shown_until timestamptz) returns tsvector language plpgsql stable
set search_path = pg_catalog, public, pg_temp as $palier$
declare
    found tsvector;
    body text;
begin
    select tickets_subject_words(t.subject) || tickets_words(t.version || ' ' || coalesce((
        select string_agg(value, ' ' order by key) from jsonb_each_text(t.answers -> 'fields')), ''))
    into found from tickets_ticket t where t.id = sought;
    for body in
        select m.body from tickets_message m
        where m.vendor_id = (select t.vendor_id from tickets_ticket t where t.id = sought) and m.ticket_id = sought
            and (with_internal or m.public and not exists (
                select from tickets_event e where e.vendor_id = m.vendor_id and e.ticket_id = m.ticket_id
                    and e.kind = 'answer-withdrawn' and e.message_id = m.id))
            and (shown_until is null or m.recorded_at <= shown_until or not m.from_vendor)
        order by m.reached_at, m.id
    loop
        exit when length(found) > 20000;
        found := found || tickets_words(body);
    end loop;
    return found;
end
$palier$
"""
REBUILD = """
create function tickets_rebuild_words(sought uuid) returns void language plpgsql volatile
set search_path = pg_catalog, public, pg_temp as $palier$
begin
    insert into tickets_publicwords as w (ticket_id, vendor_id, number, words)
    select t.id, t.vendor_id, t.number, tickets_words_of(t.id, false, null) from tickets_ticket t where t.id = sought
    on conflict (ticket_id) do update set number = excluded.number, words = excluded.words;
    if exists (
        select from tickets_message m join tickets_ticket t on t.vendor_id = m.vendor_id and t.id = m.ticket_id
        where t.id = sought and (not m.public or exists (
            select from tickets_event e where e.vendor_id = m.vendor_id and e.ticket_id = m.ticket_id
                and e.kind = 'answer-withdrawn' and e.message_id = m.id)))
    then
        insert into tickets_internalwords as w (ticket_id, vendor_id, number, words)
        select t.id, t.vendor_id, t.number, tickets_words_of(t.id, true, null) from tickets_ticket t where t.id = sought
        on conflict (ticket_id) do update set number = excluded.number, words = excluded.words;
    else
        delete from tickets_internalwords where ticket_id = sought;
    end if;
end
$palier$
"""
ON_MESSAGE = """
declare
    more tsvector;
begin
    if tg_op = 'INSERT' then
        more := tickets_words(new.body);
        update tickets_internalwords set words = words || more
        where ticket_id = new.ticket_id and length(words) <= 20000;
        if not new.public then
            if not exists (select from tickets_internalwords where ticket_id = new.ticket_id) then
                perform tickets_rebuild_words(new.ticket_id);
            end if;
            return null;
        end if;
        update tickets_publicwords set words = words || more
        where ticket_id = new.ticket_id and length(words) <= 20000;
        if not found and not exists (select from tickets_publicwords where ticket_id = new.ticket_id) then
            perform tickets_rebuild_words(new.ticket_id);
        end if;
        return null;
    end if;
    perform tickets_rebuild_words(old.ticket_id);
    if tg_op = 'UPDATE' and new.ticket_id <> old.ticket_id then
        perform tickets_rebuild_words(new.ticket_id);
    end if;
    return null;
end
"""
ON_TICKET = "begin perform tickets_rebuild_words(new.id); return null; end"
ON_WITHDRAWN = "begin perform tickets_rebuild_words(new.ticket_id); return null; end"

# How many tickets the database expects to match, by its statistics: that decides how it is looked for. What nearly every
# tenth ticket holds is met soon by reading the newest first; what few hold the index names at once, to be put in order.
_GUESS = """
    execute 'explain (format json) select from public.{table} where words @@ ' || quote_literal(sought::text)
        || '::tsquery' into guess;
    many := (guess #>> '{{0,Plan,Plan Rows}}')::float8;
    select greatest(c.reltuples, 1) into total from pg_class c where c.oid = 'public.{table}'::regclass;
"""
# Of few the index is not asked for the vendor as well: to go through a large vendor's rows there takes longer than to see
# whose the few are. `is true` is what it does not understand.
_RARE = """
    if many < 0.005 * total then
        return query with matching as materialized (
            select w.ticket_id, w.number, w.words @@ in_subject as named from public.{table} w
            where (w.vendor_id = here) is true and w.words @@ sought
        )
        select m.ticket_id, m.number, m.named from matching m{joined}
        where m.number < lowest{also} order by m.number desc limit most - done;
        return;
    end if;
    return query with matching as materialized (
        select w.ticket_id, w.number, w.words @@ in_subject as named from public.{table} w
        where w.vendor_id = here and w.words @@ sought
    )
    select m.ticket_id, m.number, m.named from matching m{joined}
    where m.number < lowest{also} order by m.number desc limit most - done;
"""
_NEWEST = """
    if many * many > 5.0 * most * total then
        for one in
            select w.ticket_id as id, w.number as no, case when w.words @@ sought then w.words @@ in_subject end as named
            from public.{table} w where w.vendor_id = here and w.number < lowest order by w.number desc limit 20000
        loop
            lowest := one.no;
            continue when one.named is null;
            continue when only_open and not exists (
                select from public.tickets_ticket t where t.id = one.id and t.is_open);
            ticket_id := one.id; number := one.no; in_subject_too := one.named;
            return next;
            done := done + 1;
            exit when done >= most;
        end loop;
        if done >= most then
            return;
        end if;
    end if;
"""
_DECLARE = """
declare
    here uuid := current_setting('palier.vendor')::uuid;
    guess json;
    many float8;
    total float8;
    one record;
    lowest integer := below;
    done integer := 0;
begin
"""
_OPEN = " and (not only_open or exists (select from public.tickets_ticket t where t.id = m.ticket_id and t.is_open))"
# Of a customer: the index, or its own requests newest first, of which there are never too many.
_OF_CUSTOMER = """
    if many * many > 5.0 * most * total then
        return query select c.id, c.no, c.named from unnest(organisations) organisation cross join lateral (
            select t.id, t.number as no, w.words @@ in_subject as named
            from public.tickets_ticket t join public.{table} w on w.ticket_id = t.id
            where t.vendor_id = here and t.organisation_id = organisation and t.number < below
                and (author is null or t.author_id = author or t.adopted_by_id = author)
                and (not only_open or t.is_open) and w.words @@ sought
            order by t.number desc limit most
        ) c order by c.no desc limit most;
        return;
    end if;
"""
_MINE = """ join public.tickets_ticket t on t.id = m.ticket_id"""
_MINE_ALSO = """ and t.vendor_id = here and t.organisation_id = any(organisations) and (not only_open or t.is_open)
        and (author is null or t.author_id = author or t.adopted_by_id = author)"""


def looking(table: str, parts: str, *, joined: str = "", also: str = "") -> str:
    """The body of a function that looks into a table."""
    body = _DECLARE + _GUESS + parts + _RARE + "end"
    return body.format(table=table, joined=joined, also=also)


FOUND = "table (ticket_id uuid, number integer, in_subject_too boolean)"
# `explain` is allowed in volatile functions only; they change nothing.
SETTINGS = ("jit = off", "plan_cache_mode = force_custom_plan")
ARGUMENTS = "sought tsquery, in_subject tsquery, only_open boolean, below integer, most integer"

# What is sought, each word as its French or English stem. A word that says nothing in either is left out, unless there
# is no other. `unfinished`: the last word is being typed. Weight A are the words of the subject.
QUERY = """
create function tickets_query(sought text, phrases text[], unfinished boolean, weight text) returns tsquery
language plpgsql stable strict set search_path = pg_catalog, public, pg_temp as $palier$
declare
    asked text[] := array(select one from regexp_split_to_table(tickets_word_text(sought), ' +') one where one <> '');
    mark text;
    french tsquery;
    english tsquery;
    found tsquery;
    spare tsquery;
    phrase text;
begin
    for i in 1 .. cardinality(asked) loop
        mark := quote_literal(asked[i]) || case
            when unfinished and i = cardinality(asked) then ':*' || weight when weight <> '' then ':' || weight else '' end;
        french := to_tsquery('french', mark);
        english := to_tsquery('english', mark);
        if numnode(french) > 0 and numnode(english) > 0 and asked[i] not in (
            'les', 'meme', 'memes', 'etait', 'etaient', 'tres', 'apres', 'deja', 'etre', 'plus') then
            french := case when french = english then french else french || english end;
            found := case when found is null then french else found && french end;
        elsif numnode(french) + numnode(english) > 0 then
            french := case when numnode(french) = 0 then english when numnode(english) = 0 then french
                else french || english end;
            spare := case when spare is null then french else spare && french end;
        end if;
    end loop;
    foreach phrase in array phrases loop
        french := phraseto_tsquery('french', tickets_word_text(phrase));
        if numnode(french) > 0 then
            found := case when found is null then french else found && french end;
        end if;
    end loop;
    return coalesce(found, spare, ''::tsquery);
end
$palier$
"""


class Functions(tenancy.SqlOperation):
    """What cuts texts into words, and the triggers that keep the words of each ticket."""

    def forwards(self) -> list[str]:
        trigger = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as"
        return [
            *(TEXT, WORDS, SUBJECT, WORDS_OF, REBUILD, QUERY),
            f"create function tickets_words_on_message() {trigger} $palier$ {ON_MESSAGE} $palier$",
            f"create function tickets_words_on_ticket() {trigger} $palier$ {ON_TICKET} $palier$",
            f"create function tickets_words_on_withdrawn() {trigger} $palier$ {ON_WITHDRAWN} $palier$",
            "create trigger tickets_words_added after insert or delete on tickets_message "
            "for each row execute function tickets_words_on_message()",
            "create trigger tickets_words_changed after update of body, public, ticket_id on tickets_message "
            "for each row when (old.body is distinct from new.body or old.public <> new.public "
            "or old.ticket_id <> new.ticket_id) execute function tickets_words_on_message()",
            "create trigger tickets_words_named after update of subject, number, version, answers on tickets_ticket "
            "for each row when (old.subject <> new.subject or old.number <> new.number or old.version <> new.version "
            "or (old.answers -> 'fields') is distinct from (new.answers -> 'fields')) "
            "execute function tickets_words_on_ticket()",
            "create trigger tickets_words_withdrawn after insert on tickets_event for each row "
            "when (new.kind = 'answer-withdrawn') execute function tickets_words_on_withdrawn()",
            "select tickets_rebuild_words(id) from tickets_ticket",
            # The rows just written are checked now: tables with checks pending cannot be altered, and the constraints that
            # Django adds come last.
            "set constraints all immediate",
            "set constraints all deferred",
        ]

    def backwards(self) -> list[str]:
        return [
            "drop trigger tickets_words_withdrawn on tickets_event",
            "drop trigger tickets_words_named on tickets_ticket",
            "drop trigger tickets_words_changed on tickets_message",
            "drop trigger tickets_words_added on tickets_message",
            "drop function tickets_words_on_withdrawn()",
            "drop function tickets_words_on_ticket()",
            "drop function tickets_words_on_message()",
            "drop function tickets_query(text, text[], boolean, text)",
            "drop function tickets_rebuild_words(uuid)",
            "drop function tickets_words_of(uuid, boolean, timestamptz)",
            "drop function tickets_subject_words(text)",
            "drop function tickets_words(text)",
            "drop function tickets_word_text(text)",
        ]

    def describe(self) -> str:
        return "Keep the words of each ticket"


def words(name: str, short: str) -> migrations.CreateModel:
    return migrations.CreateModel(
        name=name,
        fields=[
            ("ticket", models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to="tickets.ticket")),
            ("number", models.PositiveIntegerField()),
            ("words", django.contrib.postgres.search.SearchVectorField()),
            ("vendor", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.vendor")),
        ],
        options={
            "abstract": False,
            "indexes": [
                django.contrib.postgres.indexes.GinIndex(fields=["vendor", "words"], gin_pending_list_limit=256, name=f"tickets_{short}_words"),
                models.Index(fields=["vendor", "number"], name=f"tickets_{short}_newest"),
            ],
        },
    )


class Migration(migrations.Migration):
    dependencies = [("tickets", "0011_links_walls"), ("people", "0006_search")]

    operations = [
        words("PublicWords", "public"),
        words("InternalWords", "internal"),
        *(tenancy.TenantForeignKey(table, "ticket_id", "tickets_ticket", on_delete="cascade") for table in TABLES),
        *(tenancy.EnableRowSecurity(table) for table in TABLES),
        Functions(),
        tenancy.DefinerFunction(
            f"tickets_found_public({ARGUMENTS})",
            looking("tickets_publicwords", _NEWEST, also=_OPEN),
            returns=FOUND, language="plpgsql", volatility="volatile", settings=SETTINGS,
        ),
        tenancy.DefinerFunction(
            f"tickets_found_internal({ARGUMENTS})",
            looking("tickets_internalwords", _NEWEST, also=_OPEN),
            returns=FOUND, language="plpgsql", volatility="volatile", settings=SETTINGS,
        ),
        tenancy.DefinerFunction(
            f"tickets_found_by_customer({ARGUMENTS}, organisations uuid[], author uuid)",
            looking("tickets_publicwords", _OF_CUSTOMER, joined=_MINE, also=_MINE_ALSO),
            returns=FOUND, language="plpgsql", volatility="volatile", settings=SETTINGS,
        ),
    ]
