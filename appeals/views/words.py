"""What pages of hearings share: badges of outcomes and findings, the stages of an appeal as a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from appeals.models import Appeal
from appeals.rules.states import FINDING_NAMES, OUTCOME_NAMES, AppealOutcome, AppealStatus, FindingKind
from core.i18n import format_datetime
from core.i18n import gettext as _

# A word, its kind and sign, as `ui.badge` takes them.
OUTCOME_BADGES = {
    AppealOutcome.DISMISSED: (OUTCOME_NAMES[AppealOutcome.DISMISSED], "", "cross"),
    AppealOutcome.UPHELD_IN_PART: (OUTCOME_NAMES[AppealOutcome.UPHELD_IN_PART], "info", "check"),
    AppealOutcome.UPHELD: (OUTCOME_NAMES[AppealOutcome.UPHELD], "ok", "check"),
}
FINDING_BADGES = {
    kind: (name, "ok", "check") if kind == FindingKind.AGREES else (name, "warn", "flag")
    for kind, name in FINDING_NAMES.items()
}
LETTERS = {"ky": "АБВГДЕ", "ru": "АБВГДЕ"}  # as on the candidate's screen


def letters(language: str) -> str:
    """Signs of the options in the order of the candidate's screen."""
    return LETTERS.get(language, "ABCDEF")


@dataclass(frozen=True)
class Stage:
    """One stage: its name, its state (empty, done, now, off), what is known of it."""

    label: str
    state: str
    details: Sequence[str] = ()


def stages(appeal: Appeal, *, signed: int, signers: int) -> list[Stage]:
    """How far the appeal is; a withdrawn or lapsed one says so instead of the hearing."""
    hearing, zone = appeal.hearing, appeal.sitting.zone

    def when(moment: datetime | None) -> list[str]:
        return [format_datetime(moment, zone)] if moment else []

    steps = [
        Stage(_("Filed"), "done", when(appeal.filed_at)),
        _stage(_("Person confirmed"), appeal.confirmed_at is not None, when(appeal.confirmed_at)),
    ]
    if appeal.status == AppealStatus.WITHDRAWN:
        on = when(appeal.withdrawn_paper_at)
        paper = [_("On paper, signed: %(at)s", at=on[0])] if on else []
        return [steps[0], Stage(_("Withdrawn by the candidate"), "done", [*when(appeal.withdrawn_at), *paper])]
    if appeal.status == AppealStatus.LAPSED:
        return [*steps, Stage(_("The candidate did not come"), "done", when(appeal.lapsed_at))]
    if appeal.status == AppealStatus.ANNULLED:
        return [*steps, Stage(_("The result was annulled"), "done", when(appeal.lapsed_at))]
    if appeal.status == AppealStatus.REJECTED:
        return [steps[0], Stage(_("Not filed by the candidate"), "done", when(appeal.lapsed_at))]
    is_heard = hearing is not None and appeal.status != AppealStatus.FILED
    heard = [_("Invited for: %(at)s", at=when(appeal.invited_for)[0])] if appeal.invited_for and not is_heard else []
    if hearing is not None:
        said = _("Adjourned: %(at)s", at=when(hearing.closed_at)[0]) if hearing.closed_at and not is_heard else ""
        heard = [said, *heard] if said else when(hearing.opened_at)
    outcome = [str(OUTCOME_NAMES[appeal.outcome])] if appeal.outcome else []
    signatures = [_("Signatures: %(n)s / %(m)s", n=signed, m=signers)] if signers else []
    steps += [
        _stage(_("Hearing"), is_heard, heard),
        _stage(_("Decision"), appeal.decided_at is not None, [*when(appeal.decided_at), *outcome]),
        _stage(_("Protocol signed"), 0 < signers == signed, signatures),
        _stage(_("Handed over to the candidate"), appeal.handed_over_at is not None, when(appeal.handed_over_at)),
    ]
    first = next((step for step in steps if step.state != "done"), None)
    return [replace(step, state="now") if step is first else step for step in steps]


def _stage(label: str, is_done: bool, details: Sequence[str]) -> Stage:
    return Stage(label, "done" if is_done else "", details)


def awaited(appeal: Appeal, *, is_viewed: bool, unsigned: int) -> str:
    """What the appeal waits for, in one sentence; empty where it has come to its end."""
    hearing = appeal.hearing
    if appeal.status == AppealStatus.FILED:
        if appeal.confirmed_at is None:
            return _("The proctor has not confirmed the person yet. There is no hearing before that.")
        if appeal.invited_for is None and hearing is not None:
            return _("The hearing was adjourned before the key was shown. Invite the candidate anew, or open it again.")
        if appeal.invited_for is None:
            return _("The candidate is not invited yet.")
        return _("The candidate is invited. The chair opens the hearing when the candidate is present.")
    if appeal.status == AppealStatus.HEARING:
        if not is_viewed:
            return _("The key has not been shown to the candidate yet.")
        if hearing is not None and hearing.closed_at is None:
            return _("The key was shown. Write down the findings, vote, then the chair fixes the decision.")
        return _(
            "The hearing is closed. The commission writes down findings, votes and decides. Whoever has not seen the "
            "key does so at a hearing opened again."
        )
    if appeal.status == AppealStatus.DECIDED:
        if unsigned:
            return _("The protocol waits for signatures: %(n)s.", n=unsigned)
        return _("All have signed. Hand the protocol over to the candidate.")
    return ""
