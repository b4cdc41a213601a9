"""Every form and call of a competition by name, for machines that send them in any order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from appeals.rules.states import AppealOutcome, FindingKind
from ranking.rules.acts import ActKind
from testing_center.rules.sittings import Presence
from tests.cast import ITEMS
from tests.outside import Answer
from tests.procedure import Procedure

HOUR = timedelta(hours=1)
KINDS = [FindingKind.VOID, FindingKind.WRONG_KEY, FindingKind.AGREES]
OUTCOMES, ACTS = list(AppealOutcome), [one for one in ActKind if one != ActKind.APPOINT_FROM_RESERVE]
#: Where a form is sent again with effect: the later word takes the place of the former.
ANEW = {
    "vote": {"vote"}, "findings": {"finding", "vote"}, "invitation": {"appeal", "letter"}, "presence": {"participant"},
}  # fmt: skip
#: One form or call each, of whoever sits at seat ``s``; ``k`` says which of its choices.
FORMS: dict[str, Callable[[Procedure, int, int], Answer | None]] = {
    "approve": lambda p, s, k: p.approve(),
    "recuse": lambda p, s, k: p.leave(k, back=False),
    "substitute": lambda p, s, k: p.leave(k, back=True),
    "open": lambda p, s, k: p.confirm_opening([p.first, p.hall.proctor, p.second, p.officer][k]),
    "note": lambda p, s, k: p.note(s, list(Presence)[k]),
    "enter": lambda p, s, k: p.examinee(s).enter(),
    "start": lambda p, s, k: p.examinee(s).start(),
    "answer": lambda p, s, k: p.examinee(s).answer(1, k),
    "answer late or on an older page": lambda p, s, k: p.examinee(s).answer(1, k, revision=k + 1),
    "submit": lambda p, s, k: p.examinee(s).submit(),
    "result": lambda p, s, k: p.examinee(s).result(),
    "close": lambda p, s, k: p.close([p.hall.proctor, p.first, p.stranger, p.second][k]),
    "file": lambda p, s, k: p.file(s, [(), (1,), (1, 3), ()][k]),
    "desk": lambda p, s, k: p.desk(s, [p.hall.proctor, p.first, p.stranger, p.auditor][k]),
    "withdraw": lambda p, s, k: p.withdraw(s, [None, None, s, s % 2 + 1][k]),
    "withdraw on paper": lambda p, s, k: p.withdraw_on_paper(
        s, [p.hall.proctor, p.first, p.stranger, p.hall.proctor][k]
    ),
    "reject": lambda p, s, k: p.reject(s, [p.hall.proctor, p.first, p.stranger, p.auditor][k]),
    "confirm": lambda p, s, k: p.confirm(s, [p.hall.proctor, p.first, p.stranger, p.auditor][k]),
    "invite": lambda p, s, k: p.invite(s, p.table[k % 3]),
    "lapse": lambda p, s, k: p.at_table(s, "lapse", {"told_how": "Телефон менен."}, p.table[k % 3]),
    "declare": lambda p, s, k: p.declare(s, [*p.table, p.substitute][k]),
    "related": lambda p, s, k: p.at_table(s, "declaration/recusal", {"reason": "Тууганым"}, p.table[k % 3]),
    "open a hearing": lambda p, s, k: p.open_hearing(s, [(0, 1, 2), (0, 1), (1, 2), (0,)][k], ["ID 1", " "][s % 2]),
    "view": lambda p, s, k: p.view(s, [(0, 1, 2), (0, 1), (1, 2), (0,)][k], p.table[s % 3], ["ID 1", " "][s % 2]),
    "adjourn": lambda p, s, k: p.at_table(s, "adjournment", {"reason": "Байланыш жок."}, p.table[k % 3]),
    "close a hearing": lambda p, s, k: p.at_table(s, "closing", who=p.table[k % 3]),
    "find": lambda p, s, k: p.find(s, 1 + k % ITEMS, KINDS[k % 3], p.table[k % 3]),
    "find both": lambda p, s, k: p.find_both(s, 1 + k % ITEMS, KINDS[k % 3], p.table[k % 3]),
    "vote": lambda p, s, k: p.vote(s, OUTCOMES[k % 3], p.table[(s + k) % 3]),
    "decide": lambda p, s, k: p.at_table(s, "decision", who=p.table[k % 3]),
    "sign": lambda p, s, k: p.at_table(s, "protocol/signature", who=p.table[k % 3]),
    "hand over": lambda p, s, k: p.at_table(s, "protocol/handing-over", who=p.table[k % 3]),
    "prepare": lambda p, s, k: p.prepare(s, ["void", "wrong_key", "several_right", "void"][k], k, p.first),
    "look": lambda p, s, k: p.preview([p.first, p.officer][k % 2]),
    "apply": lambda p, s, k: p.apply([p.first, p.officer, p.second, p.officer][k]),
    "cancel": lambda p, s, k: p.cancel([p.first, p.officer][k % 2]),
    "annul": lambda p, s, k: p.annul(
        ["new", "application", "cancellation", "application"][k], [p.first, p.officer][s % 2]
    ),
    "rank": lambda p, s, k: p.rank(p.officer),
    "publish": lambda p, s, k: p.publish(p.officer),
    "act": lambda p, s, k: p.act(ACTS[k], p.officer),
    "arrange": lambda p, s, k: p.arrange(p.first, [HOUR, 48 * HOUR, 49 * HOUR, -HOUR][k]),
    "destroy": lambda p, s, k: p.destroy(
        ["prepare", "carry-out", "cancel", "prepare"][k], [p.first, p.officer][s % 2], due=k < 3
    ),
}  # fmt: skip
