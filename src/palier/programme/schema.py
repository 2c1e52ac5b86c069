"""The programme format, version 1, as a table: one line a key (name, form, what it means, required, default).

The same table reads a file, fills in its defaults, makes the reference (docs/reference/programme-format.md) and the
JSON Schema 2020-12 that editors use.
"""

from __future__ import annotations

from typing import Any

from palier.core.programme import CUSTOMER
from palier.programme import forms, scalars, schema_promises
from palier.programme.forms import TEXT, AsWritten, ListOf, MapOf, OneOf, Reference, WordOr
from palier.programme.records import Named, Record, key
from palier.programme.scalars import DATE, DAYS, ID, LANGUAGE, LOCALE, MAIL, POSITIVE, WORDS, YES

VERSION = "1"
BY_EFFECT = "by-effect"
BUILT_IN_FIELDS = ("subject", "description", "product", "version", "environment", "effect")
WORDS_REQUIRED = ("request", "requests", "support", "mail")
WEEK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"$ref": "#/$defs/text"},
        "zone": {"type": "string"},
        "week": {"anyOf": [{"const": "always"}, {"type": "object"}]},
        "holidays": {
            "anyOf": [{"const": CUSTOMER}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]
        },
        "closures": {"type": "array", "items": {"type": "string"}},
        "openings": {"type": "array", "items": {"type": "string"}},
        **{
            one: {"type": "array", "items": {"type": "string"}, "minItems": 2}
            for one in ("union", "intersection", "difference")
        },
        forms.ASSUMED: forms.ASSUMED_SCHEMA,
    },
    "required": ["name"],
    "additionalProperties": False,
}
CALENDAR = AsWritten("[calendar](calendars.md)", {"$ref": "#/$defs/calendar"})

_NAME = schema_promises.NAME

TELEPHONE = Record(
    name="telephone",
    doc="A number and the hours in which it is answered.",
    keys=(
        key("number", scalars.TELEPHONE, "The number.", required=True),
        key("calendar", Reference("calendars"), "When it is answered.", required=True),
        key("toll_free", YES, "Whether the call costs the caller nothing.", default=False),
    ),
)
REACH = Record(
    name="reach",
    doc="How to reach the vendor.",
    keys=(
        key("telephone", TELEPHONE, "The support line."),
        key("mail", MAIL, "The support address."),
        key("sales", MAIL, "The address of the sales staff."),
        key(
            "channels",
            ListOf(form=OneOf(("portal", "telephone", "mail"))),
            "How a request can be sent.",
            default=("portal",),
        ),
        key(
            "mail_kind",
            Reference("kinds"),
            "The kind of a request that comes by mail and says none. Required where `mail` is a channel.",
        ),
        key("regions", MapOf(form=TEXT), "Account managers by region."),
    ),
)
LANGUAGES = Record(
    name="languages",
    doc="In which languages a customer writes, is answered, and reads documents.",
    keys=(
        key(
            "write",
            WordOr(choices=("any",), form=ListOf(form=LANGUAGE)),
            "Languages to write in, or `any`.",
            required=True,
        ),
        key("reply", ListOf(form=LANGUAGE), "Languages of the answers.", required=True),
        key("documents", ListOf(form=LANGUAGE), "Languages of the documents.", required=True),
    ),
)
WORD_LIST = Record(
    name="words",
    doc="The vendor's own words; further ones may be added.",
    keys=tuple(key(one, TEXT, f"The vendor's word for *{one}*.", required=True) for one in WORDS_REQUIRED),
    others=TEXT,
)
SEVERITY = Record(
    name="severity",
    doc="How bad it is. The order in the file is the rank, worst first.",
    keys=(_NAME, key("definition", TEXT, "When a failure is of this severity.", required=True)),
)
EFFECT = Record(
    name="effect",
    doc="What a failure does to the customer's work, in the customer's words.",
    keys=(
        _NAME,
        key("hint", TEXT, "An example, shown under the name."),
        key("severity", Reference("severities"), "The severity it proposes.", required=True),
        key("outage", Reference("outages"), "The kind of outage it tells of."),
    ),
)
KIND = Record(
    name="kind",
    doc="What can be asked.",
    keys=(
        _NAME,
        key("hint", TEXT, "An example, shown under the name."),
        key(
            "severity",
            WordOr(choices=(BY_EFFECT,), form=Reference("severities")),
            "Its severity, or `by-effect`.",
            required=True,
        ),
        key("else", Reference("severities"), "With `by-effect`: the severity when no effect was chosen."),
        key("causes", ListOf(form=Reference("causes")), "What it can turn out to be.", default=()),
        key(
            "required",
            ListOf(form=Reference("fields")),
            "What must be there before the clock starts.",
            default=(),
        ),
    ),
)
FACT = Record(
    name="fact",
    doc="A vocabulary: the values of `cause`, `impact`, `outage`, `option`, or a question of one's own.",
    keys=(
        key("name", TEXT, "What people read."),
        key("question", TEXT, "The question on the form."),
        key("values", MapOf(form=TEXT, filled=True), "Its values.", required=True),
        key("default", ID, "The value when nobody said."),
        key("asked_of", OneOf(("customer", "staff", "nobody")), "Who answers."),
        key(
            "kinds",
            ListOf(form=Reference("kinds")),
            "The kinds of request it is asked for; left out: all.",
            default=(),
        ),
    ),
)
PRODUCT = Record(
    name="product",
    doc="A product of the vendor.",
    keys=(
        _NAME,
        key("family", Reference("families"), "The family it belongs to.", required=True),
        key(
            "maintenance",
            YES,
            "Whether it is under maintenance unless a contract says otherwise.",
            default=True,
        ),
    ),
)
TERM = Record(
    name="term",
    doc="A kind of term a contract can have.",
    keys=(
        _NAME,
        key("months", POSITIVE, "Its length in months.", required=True),
        key("codes", ListOf(form=WORDS), "The vendor's own codes of it.", default=()),
    ),
)
FIELD = Record(
    name="field",
    doc="Something the form asks in words.",
    keys=(
        _NAME,
        key("hint", TEXT, "Help under the field."),
        key("long", YES, "Several lines.", default=False),
    ),
)
DOCUMENT = Record(
    name="document",
    doc="A binding text of the vendor.",
    keys=(
        _NAME,
        key("version", WORDS, "Its version.", required=True),
        key("dated", DATE, "Its date."),
    ),
)
QUESTION = Record(
    name="question",
    doc="A question customers ask, and the vendor's answer.",
    keys=(
        key("question", TEXT, "The question.", required=True),
        key("answer", TEXT, "The answer.", required=True),
        key("about", ListOf(form=Reference("clauses")), "The clauses behind it.", default=()),
    ),
)
PATIENCE = Record(
    name="patience",
    doc="When a silent request is reminded and closed, in local days.",
    keys=(
        key("remind", ListOf(form=DAYS), "Reminders, in days from the start.", required=True),
        key("close", DAYS, "When it is closed.", required=True),
    ),
)
PROGRAMME = Record(
    name="programme",
    doc="A vendor's support programme.",
    keys=(
        key("palier", WORDS, "The version of this format: `1`.", required=True),
        key("programme", ID, "The id of the programme.", required=True),
        key("vendor", WORDS, "The vendor's name.", required=True),
        key("prefix", scalars.PREFIX, "What request numbers start with.", required=True),
        key("effective", DATE, "From when it is in force.", required=True),
        key("currency", scalars.CURRENCY, "The currency of its prices.", required=True),
        key(
            "locales",
            MapOf(form=LOCALE, keys=LANGUAGE),
            "The regional form of each language: `{fr: fr-CA, en: en-CA}`.",
            required=True,
        ),
        key("languages", LANGUAGES, "Languages in and out.", required=True),
        key("words", WORD_LIST, "The vendor's own words.", required=True),
        key("reach", REACH, "How to reach the vendor.", required=True),
        key("calendars", MapOf(form=CALENDAR, filled=True), "Hours.", required=True),
        key(
            "desk_calendar",
            Reference("calendars"),
            "When people of the vendor are at the desk.",
            required=True,
        ),
        key("severities", MapOf(form=SEVERITY, filled=True), "Severities, worst first.", required=True),
        key("effects", MapOf(form=EFFECT), "Effects of a failure; each proposes one severity.", default={}),
        key("kinds", MapOf(form=KIND, filled=True), "What can be asked.", required=True),
        key(
            "required",
            ListOf(form=Reference("fields")),
            "Asked of every kind, on top of its own.",
            default=(),
        ),
        key("facts", MapOf(form=FACT), "Vocabularies and further questions.", default={}),
        key("families", MapOf(form=TEXT), "Families of products.", default={}),
        key("products", MapOf(form=PRODUCT), "Products.", default={}),
        key("environments", MapOf(form=TEXT), "Environments.", default={}),
        key("terms", MapOf(form=TERM), "Terms of contracts.", default={}),
        key(
            "fields",
            MapOf(form=FIELD),
            "What the form asks in words, besides the built-in fields.",
            default={},
        ),
        key("targets", MapOf(form=schema_promises.TARGET_SET, filled=True), "Target sets.", required=True),
        key("allowances", MapOf(form=schema_promises.ALLOWANCE), "What is counted.", default={}),
        key("prices", MapOf(form=schema_promises.PRICE), "The price list.", default={}),
        key("ways", MapOf(form=schema_promises.WAY), "Ways forward.", default={}),
        key(
            "promises",
            MapOf(form=schema_promises.PROMISE),
            "What can be cited but decides no coverage.",
            default={},
        ),
        key("plans", MapOf(form=schema_promises.PLAN, filled=True), "Plans.", required=True),
        key("holds", MapOf(form=schema_promises.HOLD), "Reasons to hold a request.", default={}),
        key(
            "coverage",
            Named(record=schema_promises.COVERAGE_ROW, by="clause"),
            "The decision table.",
            required=True,
        ),
        key(
            "escalation",
            Named(record=schema_promises.ESCALATION_ROW, by="clause"),
            "What is done by itself as promises come near or are missed.",
            default=(),
        ),
        key("documents", MapOf(form=DOCUMENT), "Binding texts.", default={}),
        key("questions", MapOf(form=QUESTION), "Questions and answers.", default={}),
        key("unfreed", PATIENCE, "Requests that are held.", required=True),
        key("silence", PATIENCE, "Requests whose customer never answers.", required=True),
        key(
            "after_end",
            OneOf(("finish", "stop")),
            "What happens to accepted requests when a contract ends.",
            default="finish",
        ),
    ),
)

RECORDS: tuple[Record, ...] = (
    PROGRAMME, LANGUAGES, WORD_LIST, REACH, TELEPHONE, SEVERITY, EFFECT, KIND, FACT, PRODUCT, TERM, FIELD, schema_promises.TARGET_SET,
    schema_promises.REOPEN, schema_promises.ALLOWANCE, schema_promises.PRICE, schema_promises.WEIGHT, schema_promises.CREDIT, schema_promises.WAY, schema_promises.PROMISE, schema_promises.PLAN, schema_promises.OFFERED, schema_promises.HOLD, schema_promises.COVERAGE_ROW, schema_promises.OUTCOME, schema_promises.ESCALATION_ROW, DOCUMENT, QUESTION,
    PATIENCE,
)  # fmt: skip


def json_schema() -> dict[str, Any]:
    """The JSON Schema 2020-12 of a programme file, for editors."""
    definitions: dict[str, Any] = {
        "text": forms.TEXT_SCHEMA,
        "conditions": schema_promises.CONDITIONS_SCHEMA,
        "choices": schema_promises.CHOICES_SCHEMA,
        "calendar": WEEK_SCHEMA,
    }
    definitions |= {record.name.replace(" ", "-"): record.definition() for record in RECORDS[1:]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Palier programme, version 1",
        **PROGRAMME.definition(),
        "$defs": definitions,
    }
