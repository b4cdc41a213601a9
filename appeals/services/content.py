"""What the protocol of a hearing says of people, form, score, findings and votes, before it is fixed (¶35)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appeals import queries, recount
from appeals.models import Appeal, CommissionMember, Finding, Hearing, Vote
from appeals.services.accepted import accepted_of
from question_bank.queries import get_form
from question_bank.sealing import recompute
from testing_center import queries as attempts
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
    competition, sitting = participant.competition, appeal.sitting
    return {
        "appeal": appeal.number, "attempt": attempt.number, "name": participant.person.full_name,
        "protocol": protocol_number(attempt), "filed_at": appeal.filed_at,
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
    commission = queries.commission_of(appeal.sitting)
    if commission is None:
        raise LookupError(f"appeal {appeal.number} was decided without a commission")
    there = {member.id for member in present}
    office = [
        {"name": m.user.full_name, "role": "chair" if m.is_chair else "member", "is_present": m.id in there}
        for m in queries.in_office(commission)
    ]
    left = [m for m in commission.members if m.left_at is not None]
    return {
        "act_number": commission.act_number, "act_on": commission.act_on, "chair": office[0], "members": office[1:],
        "left": [{"name": m.user.full_name, "reason": m.left_reason, "left_at": m.left_at} for m in left],
    }  # fmt: skip


def _hearing(appeal: Appeal) -> dict[str, Any]:
    hearing: Hearing | None = appeal.hearing
    if hearing is None:
        raise LookupError(f"appeal {appeal.number} was decided without a hearing")
    return {
        "opened_at": hearing.opened_at, "closed_at": hearing.closed_at, "presence_note": hearing.presence_note,
        "viewings": [
            {
                "name": viewing.user.full_name, "begun_at": viewing.begun_at, "ended_at": viewing.ended_at,
                "ended_by": viewing.ended_by.full_name if viewing.ended_by else None,
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
    shown = get_sheet(attempt.form_id).items[finding.place]
    return {
        "question": attempt.order["items"].index(finding.place) + 1, "item": item.version.item.external_id,
        "version": item.version.number, "kind": finding.kind, "reason": finding.reason,
        "accepted": [_in_words(shown, response) for response in accepted_of(finding)],
    }  # fmt: skip


def _in_words(item: SheetItem, response: Sequence[str]) -> str:
    texts = {option.id: f"{option.text['ky']} / {option.text['ru']}" for option in item.options}
    return "; ".join(texts[option] for option in response)
