"""The demonstration's papers: binding texts made of what the programmes say, scope-of-work documents, letters. All invented."""

from __future__ import annotations

from datetime import date

from palier.core.programme import Document, Programme
from palier.programme import phrases, problems
from palier.programme.problems import said


def agreement(programme: Programme, document: Document, language: str) -> str:
    """One version of a binding text in Markdown: who, which version, and every clause of the programme under its number."""
    spoken = phrases.speak(programme, language=language)
    dated = f" ({document.dated.isoformat()})" if document.dated is not None else ""
    version = spoken.say(en=f"Version {document.version}{dated}", fr=f"Version {document.version}{dated}")
    between = spoken.say(
        en=f"Between {programme.vendor} and the customer named on the contract. An example for the demonstration.",
        fr=f"Entre {programme.vendor} et le client nommé au contrat. Un exemple pour la démonstration.",
    )
    lines = [f"# {spoken.text(document.name)}", "", version, "", between, ""]
    for id_, ref, text in programme.clause_texts():
        lines += [f"**{ref or id_}** {spoken.text(text)}", ""]
    return "\n".join(lines)


def scope_of_work(name: str, goals: str, handed_over_on: date | None, language: str) -> str:
    """A scope-of-work document in Markdown: the solution, its goals, its hand-over."""
    when = handed_over_on.isoformat() if handed_over_on is not None else "–"
    return _in(
        language,
        en=f"# Scope of work: {name}\n\n## Goals\n\n{goals}\n\n## Hand-over\n\n{when}\n",
        fr=f"# Étendue du travail : {name}\n\n## Objectifs\n\n{goals}\n\n## Remise\n\n{when}\n",
    )


def letter(title: str, language: str) -> str:
    """A signed letter in Markdown."""
    return _in(
        language,
        en=f"# {title}\n\nSigned for the vendor and for the customer.\n",
        fr=f"# {title}\n\nSigné pour l’éditeur et pour le client.\n",
    )


def _in(language: str, *, en: str, fr: str) -> str:
    return problems.in_language(said(en=en, fr=fr), language)
