"""What hangs on a contract: active projects, solutions under their scope-of-work document, papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from palier.contracts import agreements, drawing, queries, recording, weighing
from palier.contracts.models import Contract, ContractDocument, EventKind, Project, Solution
from palier.people import access


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came in."""

    filename: str
    media_type: str
    body: bytes


def add_project(
    *,
    by: access.Viewer,
    contract: Contract,
    name: str,
    first_on: date,
    last_on: date,
    person: str,
    now: datetime,
    environments: Sequence[str] = (),
) -> Project:
    """A project from its first to its last date, both included: what is no support is steered to it."""
    access.require_role(by, access.DRAWS_UP)
    there = recording.take(by, contract)
    _check_project(queries.programme(there.revision_id).environments, name, first_on, last_on, environments)
    project = Project.objects.create(
        vendor_id=by.vendor_id,
        contract=contract,
        name=name,
        first_on=first_on,
        last_on=last_on,
        person=person,
        environments=list(environments),
    )
    recording.record(
        by=by, contract=contract, kind=EventKind.PROJECT_ADDED, now=now, data={"project": project.id}
    )
    recording.tell(contract, now)
    return project


def change_project(
    *,
    by: access.Viewer,
    project: Project,
    now: datetime,
    first_on: date | None = None,
    last_on: date | None = None,
    person: str | None = None,
    environments: Sequence[str] | None = None,
) -> Project:
    """Move a project's dates, give it to another person or environments; a last date in the past ends it."""
    access.require_role(by, access.DRAWS_UP)
    contract = Contract.objects.get(vendor_id=by.vendor_id, id=project.contract_id)
    there = recording.take(by, contract)
    project.refresh_from_db()
    before = [project.first_on.isoformat(), project.last_on.isoformat()]
    project.first_on = first_on or project.first_on
    project.last_on = last_on or project.last_on
    project.person = person if person is not None else project.person
    project.environments = list(environments) if environments is not None else project.environments
    known = queries.programme(there.revision_id).environments
    _check_project(known, project.name, project.first_on, project.last_on, project.environments)
    project.save()
    after = [project.first_on.isoformat(), project.last_on.isoformat()]
    data = {"project": project.id, "before": before, "after": after}
    recording.record(by=by, contract=contract, kind=EventKind.PROJECT_CHANGED, now=now, data=data)
    recording.tell(contract, now)
    return project


def _check_project(
    known: Mapping[str, object], name: str, first_on: date, last_on: date, environments: Sequence[str]
) -> None:
    problems = [drawing.ends_too_early(name)] if last_on < first_on else []
    for word in environments:
        problem = weighing.unknown(known, word, en="environment", fr="environnement")
        problems += [problem] if problem is not None else []
    weighing.require(problems)


def add_solution(
    *,
    by: access.Viewer,
    contract: Contract,
    name: str,
    now: datetime,
    goals: str = "",
    handed_over_on: date | None = None,
    scope: ContractDocument | None = None,
) -> Solution:
    """A solution with its goals, under its scope-of-work document; support for it starts with the hand-over."""
    access.require_role(by, access.DRAWS_UP)
    recording.take(by, contract)
    if scope is not None and scope.contract_id != contract.id:
        raise access.Refused(
            code="another-contract",
            en="The scope-of-work document hangs on another contract.",
            fr="Le document d’étendue du travail est joint à un autre contrat.",
        )
    solution = Solution.objects.create(
        vendor_id=by.vendor_id,
        contract=contract,
        name=name,
        goals=goals,
        handed_over_on=handed_over_on,
        scope=scope,
    )
    data = {"solution": solution.id, "handed_over": handed_over_on}
    recording.record(by=by, contract=contract, kind=EventKind.SOLUTION_ADDED, now=now, data=data)
    recording.tell(contract, now)
    return solution


def hand_over(*, by: access.Viewer, solution: Solution, on: date, now: datetime) -> Solution:
    """A solution is handed over on that date."""
    access.require_role(by, access.DRAWS_UP)
    contract = Contract.objects.get(vendor_id=by.vendor_id, id=solution.contract_id)
    recording.take(by, contract)
    Solution.objects.filter(vendor_id=by.vendor_id, id=solution.id).update(handed_over_on=on)
    solution.refresh_from_db()
    data = {"solution": solution.id, "on": on}
    recording.record(by=by, contract=contract, kind=EventKind.SOLUTION_HANDED_OVER, now=now, data=data)
    recording.tell(contract, now)
    return solution


def add_document(
    *,
    by: access.Viewer,
    contract: Contract,
    kind: str,
    title: str,
    signed_on: date,
    now: datetime,
    upload: Upload | None = None,
) -> ContractDocument:
    """A paper on a contract, such as the vendor's prior written consent to a modification; with its file, if there is one."""
    access.require_role(by, access.DRAWS_UP)
    recording.take(by, contract)
    paper = None
    if upload is not None:
        paper = agreements.keep_paper(
            by.vendor_id,
            filename=upload.filename,
            media_type=upload.media_type,
            body=upload.body,
            now=now,
        )
    document = ContractDocument.objects.create(
        vendor_id=by.vendor_id,
        contract=contract,
        kind=kind,
        title=title,
        signed_on=signed_on,
        paper=paper,
        recorded_at=now,
    )
    data = {"document": document.id, "kind": kind, "hash": paper.hash if paper is not None else None}
    recording.record(by=by, contract=contract, kind=EventKind.DOCUMENT_ADDED, now=now, data=data)
    recording.tell(contract, now)
    return document
