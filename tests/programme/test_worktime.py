"""`palier worktime`: one answer a line, exact, whatever the line holds."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.programme import worktime

CALENDAR = """
zone: Europe/Paris
week: {mon-thu: ["09:00-12:30", "13:30-18:00"], fri: ["09:00-17:00"]}
holidays: [FR]
closures: [2026-12-24 12:00-18:00, 2026-08-01..2026-08-15]
openings: [2026-07-14]
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> worktime.Desk:
    path = tmp_path_factory.mktemp("worktime") / "calendar.yaml"
    path.write_text(CALENDAR, encoding="utf-8")
    block, found = worktime.read_calendar(path)
    assert found == ()
    assert block is not None
    return worktime.Desk("calendar.yaml", block)


def line(op: str, start: object = "2026-07-09T14:00:00+02:00", **other: object) -> str:
    return json.dumps({"op": op, "start": start, **other})


@pytest.mark.parametrize(
    ("question", "result"),
    [
        (line("add", seconds=28_800), '"2026-07-10T11:00:00Z"'),
        (line("add", seconds=0), '"2026-07-09T12:00:00Z"'),
        (line("add", seconds=0.5), '"2026-07-09T12:00:00.500000Z"'),
        (
            '{"op":"add","start":"2026-07-09T14:00+02:00","seconds":1.000000000000000000000000000000000000}',
            '"2026-07-09T12:00:01Z"',
        ),
        (
            '{"op":"add","start":"2026-07-09T14:00:00+0200","seconds":0.000001}',
            '"2026-07-09T12:00:00.000001Z"',
        ),
        ('{"op":"add","start":"2026-07-09 14:00:00+02","seconds":36e2}', '"2026-07-09T13:00:00Z"'),
        (line("subtract", seconds=7200), '"2026-07-09T09:00:00Z"'),
        (line("elapsed", end="2026-07-10T09:00:00+02:00"), "14400"),
        (line("elapsed", end="2026-07-09T14:00:00,25+02:00"), "0.25"),
        (line("elapsed", start="2026-07-09T14:00:00.123456000Z", end="2026-07-09T14:00:00z"), "-0.123456"),
        (line("is_open"), "true"),
        (line("is_open", start="2026-07-09T13:00:00+02:00"), "false"),
        (line("next_open", start="2026-07-11T12:00:00Z"), '"2026-07-13T07:00:00Z"'),
        (line("is_open", start="2026-07-14T12:00:00Z"), "true"),
        (line("is_open", start="2027-07-14T12:00:00Z"), "false"),
        (line("next_open", start="1998-07-14T12:00:00Z"), '"1998-07-15T07:00:00Z"'),
    ],
)
def test_answers(desk: worktime.Desk, question: str, result: str) -> None:
    assert desk.answer(question) == result


def test_holidays_of_all_the_years_between_are_counted(tmp_path: Path) -> None:
    """17,000 working days are some 65 years: each national day of France among them moves the end."""
    path = tmp_path / "c.yaml"
    path.write_text('{zone: UTC, week: {mon-fri: ["09:00-18:00"]}, holidays: [FR]}', encoding="utf-8")
    seconds = 17_000 * 9 * 3600
    _, (added,), _ = ask(path, [line("add", start="2026-07-09T18:00:00Z", seconds=seconds)])
    end = json.loads(added)["result"]
    assert end > "2091"
    _, (counted, back), _ = ask(
        path,
        [
            line("elapsed", start="2026-07-09T18:00:00Z", end=end),
            line("subtract", start=end, seconds=seconds),
        ],
    )
    assert json.loads(counted)["result"] == seconds
    assert json.loads(back)["result"] == "2026-07-10T09:00:00Z"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("nope", "not JSON"),
        ("", "not JSON"),
        ("[" * 100_000, "not JSON that can be read"),
        ('{"op":"add","start":"2026-07-09T14:00:00Z","seconds":NaN}', "not JSON that can be read"),
        (
            '{"op":"add","start":"2026-07-09T14:00:00Z","seconds":1e9999999999999999999}',
            "not JSON that can be read",
        ),
        (
            '{"op":"add","start":"2026-07-09T14:00:00Z","seconds":' + "9" * 5000 + "}",
            "not JSON that can be read",
        ),
        ('{"op":"add","op":"add"}', 'the key "op" stands twice'),
        ("[1]", "a question is an object"),
        ("{}", "the key `op` is missing"),
        (line("ad"), 'unknown op "ad"'),
        ('{"op":["add"]}', 'unknown op ["add"]'),
        ('{"op":"add","seconds":1}', "add needs the key `start`"),
        (line("add"), "add needs the key `seconds`"),
        (line("elapsed"), "elapsed needs the key `end`"),
        (line("is_open", end="x"), 'is_open does not take the key "end"'),
        (line("is_open", start=5), "`start` is 5: write an instant"),
        (line("is_open", start="yesterday"), "write an instant"),
        (line("is_open", start="2026-07-09T14:00.5Z"), "write an instant"),
        (line("is_open", start="2026-07-09T14:00:00"), "no offset"),
        (line("is_open", start="2026-07-09T14:00:00.1234567Z"), "whole microseconds"),
        (line("is_open", start="2026-02-30T14:00:00Z"), "no such instant"),
        (line("is_open", start="2026-07-09T14:00:60Z"), "no such instant"),
        (line("is_open", start="0001-01-01T00:00:00+05:00"), "no such instant"),
        (line("is_open", start="0001-07-09T14:00:00Z"), "outside the years 1800–2399"),
        (line("is_open", start="9999-07-09T14:00:00Z"), "outside the years 1800–2399"),
        (line("elapsed", end="2101-07-09T14:00:00Z"), "known from 1803 to 2100 only: 2101"),
        (line("is_open", start="1802-07-09T14:00:00Z"), "known from 1803 to 2100 only: 1802"),
        (line("add", start="2100-12-31T14:00:00Z", seconds=100_000), "2101 cannot be counted"),
        (line("add", seconds="3600"), "write a number of seconds"),
        (line("add", seconds=True), "write a number of seconds"),
        (line("add", seconds=None), "write a number of seconds"),
        (line("add", seconds=-1), "`seconds` is negative"),
        (line("add", seconds=1e-7), "finer than a microsecond"),
        (
            '{"op":"add","start":"2026-07-09T14:00:00Z","seconds":1.0000000000000000000000000000000001}',
            "finer than a microsecond",
        ),
        (line("add", seconds=1e300), "the answer lies outside"),
    ],
)
def test_errors(desk: worktime.Desk, question: str, words: str) -> None:
    with pytest.raises(worktime.Mistake) as caught:
        desk.answer(question)
    assert words in str(caught.value)
    assert caught.value.words["fr"] != caught.value.words["en"]


def test_french_is_french_throughout(desk: worktime.Desk, tmp_path: Path) -> None:
    with pytest.raises(worktime.Mistake) as caught:
        desk.answer("nope")
    assert caught.value.words["fr"] == "ce n’est pas du JSON\u00a0: erreur à la colonne 1"
    assert "ce fichier n’existe pas" in ask(tmp_path / "none.yaml", [], "fr")[2]


def ask(path: Path, lines: list[str | bytes], lang: str = "en") -> tuple[int, list[str], str]:
    out, report = io.StringIO(), io.StringIO()
    code = worktime.main(path, lines, out, lang, problems_out=report)
    return code, out.getvalue().splitlines(), report.getvalue()


def test_every_line_is_answered_and_one_mistake_shows_in_the_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("week: always\n", encoding="utf-8")
    code, lines, report = ask(
        path, [line("is_open") + "\n", b"\xff\n", line("elapsed", end="2026-07-09T13:00:00Z").encode()]
    )
    assert (code, report) == (1, "")
    assert lines == ['{"result": true}', '{"error": "the line is not UTF-8 text"}', '{"result": 3600}']
    assert ask(path, [line("is_open")])[0] == 0
    assert ask(path, []) == (0, [], "")
    code, lines, _ = ask(path, [line("add", start="2399-12-31T00:00:00Z", seconds=86_401)], "fr")
    assert (code, lines) == (
        1,
        ['{"error": "la réponse sort des années 1800–2399\u00a0: vérifiez l’année"}'],
    )


def test_a_calendar_that_never_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "event.yaml"
    path.write_text("{zone: UTC, week: {}, openings: [2026-07-19 08:00-20:00]}", encoding="utf-8")
    code, lines, _ = ask(path, [line("next_open", start="2026-07-20T00:00:00Z"), line("next_open")])
    assert code == 1
    assert "calendar 'event.yaml' has no opening within 5 years" in lines[0]
    assert lines[1] == '{"result": "2026-07-19T08:00:00Z"}'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{zone: customer, week: {mon: always}}", "P032-customer-not-here"),
        (b"{zone: UTC, week: {mon: 9}}", "P026-bad-hours"),
        (b"a: [", "P002-syntax"),
        (b"a: &x 1", "P004-anchor"),
        (b"", "P008-empty-file"),
        (b"\xff", "the file is not UTF-8 text"),
        (None, "P001-unreadable-file"),
    ],
)
def test_a_calendar_that_cannot_be_used(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "c.yaml"
    if content is not None:
        path.write_bytes(content)
    code, lines, report = ask(path, [line("is_open")])
    assert (code, lines) == (1, [])
    assert words in report


def test_problems_go_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert worktime.main(tmp_path / "none.yaml", [], io.StringIO(), "fr") == 1
    assert "ce fichier n’existe pas" in capsys.readouterr().err


def test_a_warning_is_told_and_the_lines_answered(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("{zone: UTC, week: {mon-fri: always}, holidays: [BV]}", encoding="utf-8")
    code, lines, report = ask(path, [line("is_open", start="2250-07-09T12:00:00Z")])
    assert (code, lines) == (0, ['{"result": true}'])
    assert "warning P031-no-holiday-data" in report


@given(st.integers(-(10**18), 10**18))
def test_seconds_are_exact(micros: int) -> None:
    from decimal import Decimal

    assert Decimal(worktime.shown_seconds(micros)) * 1_000_000 == micros
