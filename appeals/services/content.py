"""What the protocol of a hearing says of people, form, score, findings and votes, before it is fixed (¶35)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appeals import queries, recount
from appeals.models import Appeal, Commission, CommissionMember, Finding, Hearing, Vote
from appeals.rules.states import FindingKind
from appeals.services.filing import application_content
from question_bank.queries import get_form
from question_bank.sealing import recompute
from testing_center import queries as attempts
from testing_center.accepted import open_accepted
from testing_center.models.attempts import Attempt
from testing_center.services.links import participant_of
from testing_center.services.papers import organisation, place_of
from testing_center.services.results import protocol_number
from testing_center.sheets import SheetItem, get_sheet


def protocol_facts(
    appeal: Appeal, present: Sequence[CommissionMember], findings: Sequence[Finding], votes: Sequence[Vote]
) -> dict[str, Any]:
    """Everything but number, place in the trail and verification code; opens the link to the person for the paper."""
    attempt, participant = appeal.attempt, participant_of(appeal.attempt)
    competition, sitting, application = participant.competition, appeal.sitting, application_content(appeal)
    return {
        "appeal": appeal.number, "attempt": attempt.number, "name": participant.person.full_name,
        "protocol": protocol_number(attempt), "filed_at": appeal.filed_at,
        "questions": application["questions"], "grounds": application["grounds"],
        "competition": {
            "number": competition.number, "school_ky": competition.school_ky, "school_ru": competition.school_ru,
        },
        "sitting": {**place_of(sitting), "zone": sitting.centre.time_zone},
        "commission": _commission(appeal, present), "hearing": _hearing(appeal), "form": form_facts(attempt),
        "score": _score(attempt), "findings": [_finding(attempt, finding) for finding in findings],
        "votes": [{"name": v.member.user.full_name, "outcome": v.outcome, "dissent": v.dissent} for v in votes],
        "outcome": appeal.outcome, "decided_at": appeal.decided_at, "law": attempt.law_version,
        "organisation": organisation(), "demo": sitting.is_demo,
    }  # fmt: skip


def _commission(appeal: Appeal, present: Sequence[CommissionMember]) -> dict[str, Any]:
    """Who sat, whom a substitute replaced and by which act, and who had left before the decision."""
    commission = queries.commission_of(appeal.sitting)
    if commission is None:
        raise LookupError(f"appeal {appeal.number} was decided without a commission")
    there, voted = {member.id for member in present}, {vote.member_id for vote in queries.discarded_votes(appeal)}
    office = [_person(m, commission) | {"is_present": m.id in there} for m in queries.in_office(commission)]
    left = [m for m in commission.members if m.left_at is not None]
    return {
        "act_number": commission.act_number, "act_on": commission.act_on, "chair": office[0], "members": office[1:],
        "left": [
            _person(m, commission) | {"reason": m.left_reason, "left_at": m.left_at, "had_voted": m.id in voted}
            for m in left
        ],
    }  # fmt: skip


def _person(member: CommissionMember, commission: Commission) -> dict[str, Any]:
    said: dict[str, Any] = {"name": member.user.full_name, "role": "chair" if member.is_chair else "member"}
    former = next((one for one in commission.members if one.id == member.substitutes_id), None)
    if former is None:
        return said
    return said | {
        "substitutes": {
            "name": former.user.full_name, "since": member.joined_at, "act_number": member.act_number,
            "act_on": member.act_on,
        }
    }  # fmt: skip


def _hearing(appeal: Appeal) -> dict[str, Any]:
    hearing: Hearing | None = appeal.hearing
    if hearing is None:
        raise LookupError(f"appeal {appeal.number} was decided without a hearing")
    commission = queries.commission_of(appeal.sitting)
    names = {str(member.id): member.user.full_name for member in commission.members} if commission else {}
    return {
        "earlier": [{name: one[name] for name in ("opened_at", "closed_at", "reason")} for one in hearing.earlier],
        "opened_at": hearing.opened_at, "closed_at": hearing.closed_at, "presence_note": hearing.presence_note,
        "viewings": [
            {
                "name": viewing.user.full_name, "begun_at": viewing.begun_at, "ended_at": viewing.ended_at,
                "ended_by": viewing.ended_by.full_name if viewing.ended_by else None,
                "present": [names[member] for member in viewing.attendance], "presence_note": viewing.presence_note,
            }
            for viewing in hearing.viewings
        ],
    }  # fmt: skip


def form_facts(attempt: Attempt) -> dict[str, Any]:
    """The form as this candidate was shown it, and as it follows now from stored items and keys."""
    recomputed = recompute(get_form(attempt.form_id))
    digest = queries.digest_shown(attempt)
    return {
        "variant": str(attempt.form.variant), "digest": digest, "recomputed": recomputed,
        "equal": recomputed == digest,
    }  # fmt: skip


def _score(attempt: Attempt) -> dict[str, int]:
    result = attempts.latest_result(attempt.id)
    if result is None:
        raise LookupError(f"attempt {attempt.number} has no result")
    recounted = recount.total(recount.right_answers(attempt.form_id), recount.answers_in_force(attempt.id))
    return {
        "stored": result.score, "recomputed": recounted, "maximum": result.maximum, "cut_score": result.cut_score,
    }  # fmt: skip


def _finding(attempt: Attempt, finding: Finding) -> dict[str, Any]:
    item = next(i for i in get_form(attempt.form_id).items if i.position == finding.place)
    shown, counting = get_sheet(attempt.form_id).items[finding.place], restated(finding)
    right = [] if finding.kind == FindingKind.RECORDING_FAULT else open_accepted(finding)
    return {
        "question": attempt.order["items"].index(finding.place) + 1, "item": item.version.item.external_id,
        "version": item.version.number, "kind": finding.kind, "reason": finding.reason,
        "accepted": ["; ".join(shown.kind.key_words(tuple(key), shown.both())) for key in right],
        **({"restated": counting} if counting else {}),
    }  # fmt: skip


def restated(finding: Finding) -> dict[str, str | None] | None:
    """``recorded`` and ``counts``: both in Kyrgyz and Russian, None for no answer; only of a recording fault."""
    if finding.kind != FindingKind.RECORDING_FAULT or finding.accepted_sealed is None:
        return None
    attempt = finding.appeal.attempt
    shown, [counts] = get_sheet(attempt.form_id).items[finding.place], open_accepted(finding)
    recorded = recount.recorded_answers(attempt.id).get(finding.place, ())
    return {"recorded": _in_words(shown, recorded) or None, "counts": _in_words(shown, counts) or None}


def _in_words(item: SheetItem, response: Sequence[str]) -> str:
    return "; ".join(item.kind.words(tuple(response), item.both()))
