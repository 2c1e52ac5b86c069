"""The stable codes of what can be wrong with a programme, beyond YAML (P00x) and calendars (P02x).

A code never changes its meaning and is never used again for another one: people search for it, and
docs/reference/problems.md has a line for each. `tests/mistakes` holds one wrong programme per code.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """P1xx what a key holds, P2xx inheritance, P3xx the decision table, P4xx promises, P5xx money, P7xx warnings."""

    UNKNOWN_REFERENCE = "P101-unknown-reference"
    UNKNOWN_KEY = "P102-unknown-key"
    MISSING_KEY = "P103-missing-key"
    WRONG_SHAPE = "P104-wrong-shape"
    MISSING_LANGUAGE = "P105-missing-language"
    EMPTY = "P106-empty"
    UNKNOWN_WORD = "P107-unknown-word"
    BAD_VALUE = "P108-bad-value"
    REPEATED = "P109-repeated"
    UNKNOWN_VERSION = "P110-unknown-version"
    BUILT_IN = "P111-built-in"
    LOCALE_MISMATCH = "P112-locale-mismatch"
    BAD_DURATION = "P113-bad-duration"
    BAD_DATE = "P114-bad-date"
    BAD_AMOUNT = "P115-bad-amount"
    BAD_ID = "P116-bad-id"
    BAD_TIERS = "P117-bad-tiers"

    CIRCULAR_EXTENDS = "P201-circular-extends"
    SILENT_OVERRIDE = "P202-silent-override"
    OVERRIDES_NOTHING = "P203-overrides-nothing"
    NOT_ADDITIVE = "P204-not-additive"
    EXTENDS_NOTHING = "P205-extends-nothing"
    ADDS_WHAT_IS_THERE = "P206-adds-what-is-there"
    ADDS_TO_EVERYTHING = "P207-adds-to-everything"
    CIRCULAR_CALENDARS = "P208-circular-calendars"

    UNKNOWN_FACT = "P301-unknown-fact"
    IMPOSSIBLE_VALUE = "P302-impossible-value"
    RANGE_ON_WORDS = "P303-range-on-words"
    WORD_ON_NUMBER = "P304-word-on-number"
    NO_OTHERWISE = "P305-no-otherwise"
    UNREACHABLE_ROW = "P306-unreachable-row"
    HOLD_TOO_LATE = "P307-hold-too-late"
    OUTCOME_UNCLEAR = "P308-outcome-unclear"
    OUTCOME_KEY = "P309-outcome-key"
    DUPLICATE_CLAUSE = "P310-duplicate-clause"
    NEVER_DECIDES = "P311-never-decides"
    NO_ELSE = "P312-no-else"
    ALWAYS_HELD = "P313-always-held"
    FALLS_THROUGH = "P314-falls-through"

    MISSING_PROMISE = "P401-missing-promise"
    KIND_SEVERITY = "P402-kind-severity"
    REGIME = "P403-regime"
    BY_SEATS_WITHOUT_TIERS = "P404-by-seats-without-tiers"
    REMINDER_TOO_LATE = "P405-reminder-too-late"
    CUSTOMER_AT_DESK = "P406-customer-at-desk"
    ESCALATES_NOTHING = "P407-escalates-nothing"

    PRICE_INCOMPLETE = "P501-price-incomplete"
    PRICE_KEY = "P502-price-key"
    WAY_UNCLEAR = "P503-way-unclear"
    EMPTY_BAND = "P504-empty-band"
    WAY_NOT_FILLED = "P505-way-not-filled"
    FILLS_NO_HOURS = "P506-fills-no-hours"
    SAME_CALENDAR = "P507-same-calendar"

    UNUSED = "P701-unused"
    DECIDES_NOTHING = "P702-decides-nothing"
    NO_WAY_FORWARD = "P703-no-way-forward"
    OTHER_CURRENCY = "P704-other-currency"
    NEVER_FILLED = "P705-never-filled"
    NEVER_ESCALATED = "P706-never-escalated"
    TAKES_AWAY = "P707-takes-away"
