"""The programme format, second half: what is promised, sold, granted and decided."""

from __future__ import annotations

from typing import Any

from palier.core import escalation
from palier.core.programme import BY_SEATS, STANDARD_TAX, Binding, Commitment, Relief, Wait
from palier.programme import values
from palier.programme.codes import Code
from palier.programme.forms import TEXT, AsWritten, Either, ListOf, MapOf, OneOf, Reference, WordOr
from palier.programme.records import Record, key
from palier.programme.scalars import (
    CLAUSE,
    DAYS,
    DURATION,
    ID,
    MINUTES,
    MOMENT,
    MONEY,
    MONTHS,
    PERCENT,
    POSITIVE,
    WHOLE,
    WHOLE_PERCENT,
    WORDS,
    YES,
    Value,
)

NO_PROMISE = "none"
"""As the last choice of a plan's target sets: nothing is promised."""
TIERS = Value(
    convert=values.bounds,
    en="a range of seats such as `1..5` or `16..`",
    fr="une tranche de sièges comme `1..5` ou `16..`",
    code=Code.BAD_TIERS,
    schema={"type": "string", "pattern": r"^([0-9]+|[0-9]*\.\.[0-9]*)$"},
)

_FACT_VALUE: dict[str, Any] = {
    "anyOf": [
        {"type": ["string", "number", "boolean"]},
        {"type": "array", "items": {"type": ["string", "number"]}},
        {"type": "object", "properties": {"not": {}}, "required": ["not"], "additionalProperties": False},
    ]
}
_ALL_OF: dict[str, Any] = {"type": "object", "minProperties": 1, "additionalProperties": _FACT_VALUE}
CONDITIONS_SCHEMA: dict[str, Any] = {"anyOf": [_ALL_OF, {"type": "array", "items": _ALL_OF, "minItems": 1}]}
CONDITIONS = AsWritten("conditions", {"$ref": "#/$defs/conditions"})
ROW_CONDITIONS = AsWritten(
    "conditions, or `otherwise`", {"anyOf": [{"const": "otherwise"}, {"$ref": "#/$defs/conditions"}]}
)
CHOICES_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": ["string", "integer"]},
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "if": {"$ref": "#/$defs/conditions"},
                    "use": {"type": "string"},
                    "else": {"type": "string"},
                },
                "additionalProperties": False,
            },
        },
    ]
}


def _choices(table: str) -> AsWritten:
    return AsWritten(
        f"an id of `{table}`, or a list of `{{if: conditions, use: id}}` that ends in `{{else: id}}`",
        {"$ref": "#/$defs/choices"},
    )


NAME = key("name", TEXT, "What people read.", required=True, own=True)
TEXT_OPTIONAL = key("text", TEXT, "The promise in a sentence or two.", own=True)
TEXT_NEEDED = key("text", TEXT, "The sentence people read.", required=True, own=True)
CLAUSE_ID = key("clause", CLAUSE, "The id by which it is cited.", required=True, own=True)
REF = key("ref", WORDS, "The vendor's own number of it.", own=True)

REOPEN = Record(
    name="reopen",
    doc="For how long a resolved request reopens, and the least time its new resolution gets.",
    keys=(
        key("within", DAYS, "Local days after the resolution, last one included.", required=True),
        key("floor", DURATION, "The least time of the new resolution.", required=True),
    ),
)
DURATIONS = MapOf(form=DURATION, keys=Reference("severities", also=("any",)), filled=True)
WAITS = ListOf(form=OneOf(tuple(Wait)))
TARGET_SET = Record(
    name="target set",
    doc="Durations per commitment and severity, the calendar they are counted in, and what pauses them.",
    extends="targets",
    keys=(
        CLAUSE_ID,
        NAME,
        TEXT_OPTIONAL,
        key("binding", OneOf(tuple(Binding)), "How firm it is meant.", required=True),
        key("calendar", _choices("calendars"), "The hours that count.", required=True),
        *(key(one, DURATIONS, f"`{one}`, by severity or for `any`.") for one in Commitment),
        key(
            "pause_while",
            Either(plain=WAITS, mapping=MapOf(form=WAITS, keys=OneOf(tuple(Commitment)))),
            "The waits that stop the clocks of `next_update`, `workaround` and `resolution`; or by commitment.",
            default=(),
        ),
        key("reopen", REOPEN, "What happens when a resolved request comes back."),
        key("until", ListOf(form=OneOf(tuple(Relief))), "What ends this regime.", default=()),
        key("then", Reference("targets"), "The ordinary set that runs on after it."),
    ),
)
ALLOWANCE = Record(
    name="allowance",
    doc="Something counted: calls, hours, incidents, events, devices.",
    keys=(
        CLAUSE_ID,
        NAME,
        TEXT_OPTIONAL,
        key("unit", ID, "What is counted: `call`, `hour`, `incident`, `event`, `device` …", required=True),
        key(
            "per",
            OneOf(("contract-year", "calendar-month", "term", "account")),
            "After what it starts anew (`account`: never).",
            required=True,
        ),
        key("by_seats", MapOf(form=WHOLE, keys=TIERS, filled=True), "Units by active seats."),
        key("not_for", CONDITIONS, "Who does not get it."),
        key(
            "tell",
            MapOf(
                form=OneOf(("each-use", "used-up", "never")),
                keys=OneOf(("customer", "contact", "administrator", "account-manager", "delivery-manager")),
            ),
            "Who is told when it is used.",
        ),
        key("overrun", YES, "More may be used than there is: the balance goes below zero.", default=False),
    ),
)
CREDIT = Record(
    name="credit",
    doc="The price is deducted from another one bought in time.",
    keys=(
        key("towards", Reference("prices"), "The price it is deducted from.", required=True),
        key("within", DAYS, "Local days after the payment, last one included.", required=True),
    ),
)
WEIGHT = Record(
    name="weight",
    doc="How working time counts while a calendar is open: nights, weekends.",
    keys=(
        key("calendar", Reference("calendars"), "The hours in which it counts so.", required=True),
        key("percent", WHOLE_PERCENT, "How much of itself the time counts: `150 %`.", required=True),
    ),
)
PRICE = Record(
    name="price",
    doc="An entry of the price list.",
    keys=(
        CLAUSE_ID,
        NAME,
        TEXT_OPTIONAL,
        key(
            "kind",
            OneOf(("pay-per-incident", "prepaid-hours", "hourly", "fixed", "quote")),
            "How it is sold.",
            required=True,
        ),
        key("amount", MONEY, "The amount; left out with `quote`."),
        key("hours", POSITIVE, "Hours in the block (`prepaid-hours`)."),
        key("valid", MONTHS, "How long the hours are valid (`prepaid-hours`)."),
        key("fills", Reference("allowances"), "The allowance the hours are posted to (`prepaid-hours`)."),
        key("round_up", MINUTES, "Time is rounded up to this (`prepaid-hours`, `hourly`)."),
        key("minimum", MINUTES, "The least charged a person, request and day (`prepaid-hours`, `hourly`)."),
        key(
            "weights",
            ListOf(form=WEIGHT),
            "How nights and weekends count, before rounding; the first that is open (`prepaid-hours`, `hourly`).",
            default=(),
        ),
        key("usual", MINUTES, "How long such work usually takes at most (`pay-per-incident`)."),
        key("due", OneOf(("at-once", "before-service", "on-invoice", "monthly")), "When it is paid."),
        key("credit", CREDIT, "What it is deducted from (`pay-per-incident`)."),
        key("discount", PERCENT, "Discount already agreed in the plan or contract that names it."),
        key("tax", OneOf(("standard", "reduced", "exempt")), "How it is taxed.", default=STANDARD_TAX),
    ),
)
WAY = Record(
    name="way",
    doc="A way forward: uses an allowance, costs a price, or points elsewhere; with both it uses what is left, else buys.",
    keys=(
        NAME,
        TEXT_NEEDED,
        key("allowance", Reference("allowances"), "The allowance it uses."),
        key("price", Reference("prices"), "The price it costs; beside an allowance, one that fills it."),
        key(
            "points_to",
            OneOf(("project", "subscription", "contract", "account-manager", "services", "community")),
            "Where it leads.",
        ),
        key("if", CONDITIONS, "It can be chosen only then; else it is shown with what is missing."),
    ),
)
PROMISE = Record(
    name="promise",
    doc="A benefit, role, rule or exclusion that can be cited but decides no coverage.",
    keys=(CLAUSE_ID, NAME, TEXT_NEEDED, REF),
)
OFFERED = Record(
    name="offered",
    doc="The yearly amounts for which the plan is offered.",
    keys=(key("from", MONEY, "From this amount on."), key("below", MONEY, "Below this amount.")),
)
PLAN = Record(
    name="plan",
    doc="What a customer buys.",
    extends="plans",
    keys=(
        CLAUSE_ID,
        NAME,
        TEXT_NEEDED,
        key("kind", OneOf(("support", "hours", "subscription")), "What is sold.", required=True),
        key("contacts", POSITIVE, "How many people may ask; left out: no limit."),
        key(
            "environments",
            ListOf(form=Reference("environments")),
            "The environments in the plan; left out: every one.",
            adds=True,
        ),
        key("targets", _choices("targets"), "What is promised on the clock; left out: nothing."),
        key("queue_priority", WHOLE, "The higher, the earlier within equal severity.", default=0),
        key("term", Reference("terms"), "The usual term."),
        key(
            "grants",
            MapOf(form=WordOr(choices=(BY_SEATS,), form=WHOLE), keys=Reference("allowances")),
            "Units by allowance, or `by-seats`.",
            default={},
            adds=True,
        ),
        key(
            "benefits",
            ListOf(form=Reference("promises")),
            "The promises that belong to it.",
            default=(),
            adds=True,
        ),
        key(
            "options",
            ListOf(form=Reference("options")),
            "The options that can be added to it.",
            default=(),
            adds=True,
        ),
        key("offered", OFFERED, "The yearly amounts for which it is offered.", own=True),
    ),
)
HOLD = Record(
    name="hold",
    doc="Why a request can be held, who can free it, and how.",
    keys=(
        NAME,
        key("freed_by", TEXT, "Who can free it.", required=True),
        key("how", TEXT, "What to do.", required=True),
    ),
)
WAYS = ListOf(form=Reference("ways"))
OUTCOME = Record(
    name="outcome",
    doc="Exactly one of `hold`, `cover`, `offer`, `exclude`.",
    keys=(
        key("hold", Reference("holds"), "Hold it for this reason."),
        key("cover", OneOf(("true",)), "It is covered."),
        key("offer", WAYS, "We work on it once one of these ways is chosen."),
        key("exclude", OneOf(("true",)), "It is not worked on."),
        key("level", POSITIVE, "The level of support (`cover`, `offer`)."),
        key("targets", Reference("targets"), "Replaces the plan's target set (`cover`, `offer`)."),
        key(
            "uses",
            Reference("allowances"),
            "The allowance such a request takes a unit of (`cover`, `offer`).",
        ),
        key("ways", WAYS, "The ways on (`hold`, `cover`, `exclude`)."),
        key("consent", YES, "The customer's agreement is needed first (`offer`).", default=False),
    ),
)
COVERAGE_ROW = Record(
    name="coverage row",
    doc="One row of the decision table: the first that fits decides; rows that hold stand before all others.",
    keys=(
        CLAUSE_ID,
        REF,
        key("if", ROW_CONDITIONS, "When it decides.", required=True),
        key("then", OUTCOME, "What it decides.", required=True),
        TEXT_NEEDED,
    ),
)
ESCALATION_ROW = Record(
    name="escalation row",
    doc="What is done by itself as a promise comes near or is missed ([escalation](escalation.md)).",
    keys=(
        CLAUSE_ID,
        key("if", CONDITIONS, "Only for such requests; left out: for all."),
        key("on", OneOf(tuple(Commitment)), "The commitment it watches.", required=True),
        key("at", MOMENT, "When, in business time of that commitment.", required=True),
        key("notify", ListOf(form=OneOf(escalation.WHO)), "Whom to tell.", default=()),
        key("raise", POSITIVE, "By how much the request's queue priority grows."),
        key("reassign", POSITIVE, "The level whose team takes the request over."),
        key("page", OneOf(("on-call",)), "Whom to wake."),
        TEXT_NEEDED,
    ),
)
