"""A report in words: the tables that the workbook and the paper both show, in one language."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from server.lists.export import Look
from server.records.reports.figures import Figures, Group, rate
from server.records.reports.report import PeriodReport
from server.records.reports.responses import Told
from wire.words import DELIVERIES, ITEMS, RULES, SCREENING, SEVERITIES, STATES, Terms, terms, word

Cell = str | int | float
# Where something is not counted.
_NONE = "—"
_UNNAMED = {"commodity": "unnamed_food", "area": "unnamed_area"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its heading, the names of its columns, and its rows."""

    heading: str
    columns: list[str]
    rows: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Report as it is on paper: texts and numbers."""

    title: str
    days: str
    made: str
    period: Table
    year: Table
    responses: Table
    told: Table
    cut: str
    none: str
    notes: list[str]
    page: str


@cache
def _words(table: str) -> Terms:
    return terms(tomllib.loads((files("server.records.reports") / "words.toml").read_text("utf-8"))[table])


def sheet_of(report: PeriodReport, look: Look, stations: Mapping[str, tuple[str, str]], rules: Terms = RULES) -> Sheet:
    """Put a report into words. `stations`: their titles, in Chinese and English; `rules`: with the district's own."""
    chinese = look.is_chinese

    def say(code: str) -> str:
        return _words("columns_titles")[code].text(chinese=chinese)

    def station(name: str) -> str:
        titles = stations.get(name)
        return titles[0 if chinese else 1] if titles else name

    first, last = report.first.isoformat(), (report.until - timedelta(days=1)).isoformat()
    notes = [term.text(chinese=chinese) for code, term in _words("columns_notes").items()]
    if report.by != "item":
        notes.remove(_words("columns_notes")["items"].text(chinese=chinese))
    days = say("days").format(first=first, last=last)
    of_year = say("days").format(first=report.year_from.isoformat(), last=last)
    return Sheet(
        title=f"{say('title')} {say(report.by)}" if not chinese else f"{say('title')}（{say(report.by)}）",
        days=days,
        made=say("made").format(at=_clock(report.made_at, look)),
        period=_figures(report, f"{say('period')} {days}", chinese=chinese, of=lambda one: one.period),
        year=_figures(report, f"{say('year')} {of_year}", chinese=chinese, of=lambda one: one.year),
        responses=_responses(report, say("responses"), rules, chinese=chinese),
        told=_told(report, say("told"), look, station, rules),
        cut=say("cut").format(count=len(report.told)) if report.is_told_cut else "",
        none=say("none"),
        notes=[*notes, SCREENING.text(chinese=chinese)],
        page=say("page"),
    )


@dataclass(frozen=True, slots=True)
class MailWords:
    """Words of the mail that a report is attached to. `test` comes before the subject of a test."""

    subject: str
    text: str
    test: str


def mail_words(report: PeriodReport, *, chinese: bool) -> MailWords:
    """Return the words of a report's mail."""
    titles, words = _words("columns_titles"), _words("columns_mail")
    last = (report.until - timedelta(days=1)).isoformat()
    days = titles["days"].text(chinese=chinese).format(first=report.first.isoformat(), last=last)
    title = titles["title"].text(chinese=chinese)
    subject = words["subject"].text(chinese=chinese).format(title=title, days=days)
    return MailWords(
        subject, words["text"].text(chinese=chinese).format(days=days), words["test"].text(chinese=chinese)
    )


def _headings(table: str, *, chinese: bool) -> list[str]:
    return [term.text(chinese=chinese) for term in _words(table).values()]


def title_of(report: PeriodReport, group: Group, *, chinese: bool) -> str:
    """Return what a group is called; tests that name none have a word too."""
    unnamed = _UNNAMED.get(report.by)
    if not group.name and unnamed:
        return _words("columns_titles")[unnamed].text(chinese=chinese)
    return (group.title if chinese else group.title_en) or group.name


def _figures(report: PeriodReport, heading: str, *, chinese: bool, of: Callable[[Group], Figures]) -> Table:
    total = _words("columns_titles")["total"].text(chinese=chinese)
    rows = [_line(title_of(report, group, chinese=chinese), of(group)) for group in report.groups]
    return Table(heading, _headings("columns", chinese=chinese), [*rows, _line(total, of(report.total))])


def _line(name: str, one: Figures) -> list[Cell]:
    rates = rate(one.passed, one.failed), rate(one.tests_passed, one.tests_failed)
    counts = (one.batches, one.passed, one.failed, rates[0], one.destroyed, one.destroyed_kg)
    kinds = (_NONE if count is None else count for count in (one.stalls, one.varieties))
    return [name, *counts, one.tests, one.tests_failed, rates[1], one.retests, *kinds]


def _responses(report: PeriodReport, heading: str, rules: Terms, *, chinese: bool) -> Table:
    rows: list[list[Cell]] = [
        [
            word(rules, one.rule, chinese=chinese),
            word(SEVERITIES, one.severity, chinese=chinese),
            one.alerts,
            one.signed,
            *(_lasted(seconds) for seconds in (one.sign_median_s, one.sign_p90_s, one.sign_longest_s)),
            one.resolved,
            *(_lasted(seconds) for seconds in (one.resolve_median_s, one.resolve_p90_s)),
        ]
        for one in report.responses
    ]
    return Table(heading, _headings("columns_responses", chinese=chinese), rows)


def _told(report: PeriodReport, heading: str, look: Look, station: Callable[[str], str], rules: Terms) -> Table:
    rows = [_notice(one, look, station, rules) for one in report.told]
    return Table(heading, _headings("columns_told", chinese=look.is_chinese), rows)


def _notice(one: Told, look: Look, station: Callable[[str], str], rules: Terms) -> list[Cell]:
    chinese = look.is_chinese
    return [
        _clock(one.opened_at, look),
        word(rules, one.rule, chinese=chinese),
        station(one.station),
        one.commodity,
        word(ITEMS, one.item, chinese=chinese),
        one.sample,
        one.receiver or _words("columns_titles")["nobody"].text(chinese=chinese),
        one.channel,
        _clock(one.told_at, look),
        word(DELIVERIES, one.delivery, chinese=chinese) if one.delivery else "",
        _clock(one.signed_at, look),
        one.signed_by,
        word(STATES, one.state, chinese=chinese),
    ]


def _clock(at: datetime | None, look: Look) -> str:
    return f"{at.astimezone(look.zone):%Y-%m-%d %H:%M:%S}" if at else ""


def _lasted(seconds: float | None) -> str:
    """Return how long something took, as h:mm:ss; none where nobody did it."""
    if seconds is None:
        return _NONE
    whole = max(0, round(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
