"""Facts that the authority states after the results (¶29, 31, 37–38)."""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import date

from core.errors import Refusal
from core.i18n import lazy_gettext as _l


class ActKind(enum.StrEnum):
    """What the authority, or the territorial body, did."""

    TIE_BREAK_DECLINED = "tie_break_declined"  # by one of the tied, in writing; the others go on
    WINNER_ACCEPTED = "winner_accepted"  # the contract is signed
    WINNER_DECLINED = "winner_declined"  # in writing
    CONTRACT_SECOND = "contract_second"  # ¶29 b
    ANNOUNCE_ANEW = "announce_anew"  # ¶29 a, 31
    APPOINT_FROM_RESERVE = "appoint_from_reserve"  # ¶31, 37, 38
    WITHDREW_FROM_RESERVE = "withdrew_from_reserve"  # in writing; the competition stays as it was decided


class ActNotPossible(Refusal):
    code = "act_not_possible"
    message = _l("This does not follow from the results as they stand now (¶29, 31). Reload the page.")


class DocumentNeeded(Refusal):
    code = "document_needed"
    message = _l("Name the document by which it was done: its kind, number and date.")


class ActInFuture(Refusal):
    code = "act_in_future"
    message = _l("The date of the document lies in the future.")


class ActBeforeTest(Refusal):
    code = "act_before_test"
    message = _l("The document is dated before the test of this competition. The test was held on: %(day)s.")


class WinnerNotOnPaper(Refusal):
    """A contract rests on the protocol of the results (¶27, 37), not on what a page shows at the moment."""

    code = "winner_not_on_paper"
    message = _l("Draw up the ranking first: a contract is signed with whom the last ranking names as the winner.")


class NotInReserve(Refusal):
    code = "not_in_reserve"
    message = _l("This code is not in the reserve of this source of financing (¶32, 37–38): %(code)s.")


class NotDecided(Refusal):
    code = "not_decided"
    message = _l("The competition is not decided yet, so no ranking can be drawn up.")


class RankingUnchanged(Refusal):
    code = "ranking_unchanged"
    message = _l("Nothing has changed since the last ranking was drawn up.")


class RankingOutdated(Refusal):
    code = "ranking_outdated"
    message = _l("The results have changed since this ranking was drawn up. Draw it up anew.")


class AlreadyPublished(Refusal):
    code = "already_published"
    message = _l("This ranking is published already.")


def check_act(kind: ActKind, possible: Collection[ActKind], document: str, on: date, *, today: date) -> None:
    """Refuse an act that does not follow from the results (¶29, 31), or that no document of the past says.

    Raises:
        ActNotPossible, DocumentNeeded, ActInFuture: see above.
    """
    if kind not in possible:
        raise ActNotPossible
    check_document(document, on, today=today)


def check_after_test(on: date, tested_on: date | None) -> None:
    """Refuse a document that is older than the test from which the act follows (¶29, 37); None: nobody was tested.

    Raises:
        ActBeforeTest: with the day of the test.
    """
    if tested_on is not None and on < tested_on:
        raise ActBeforeTest(day=tested_on.strftime("%d.%m.%Y"))


def check_contract(kind: ActKind, winner: str | None, on_paper: str | None) -> None:
    """Refuse a contract with somebody whom the last ranking does not name as the winner (¶27, 37).

    Raises:
        WinnerNotOnPaper: it names somebody else, or none is drawn up.
    """
    if kind == ActKind.WINNER_ACCEPTED and winner != on_paper:
        raise WinnerNotOnPaper


def check_document(document: str, on: date, *, today: date) -> None:
    """Refuse an act that no document of the past says.

    Raises:
        DocumentNeeded, ActInFuture: see above.
    """
    if not document.strip():
        raise DocumentNeeded
    if on > today:
        raise ActInFuture
