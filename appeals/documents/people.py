"""The people of a hearing's protocol: who sat on the commission, instead of whom, who left, who signed (¶34–35)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Spacer

from appeals.documents import wording as words
from core.pdf.blocks import Column, Pair, grid
from core.pdf.style import para
from testing_center.documents import wording
from testing_center.documents.wording import Content

PEOPLE = [
    Column(("Комиссиядагы орду", "Место в комиссии"), 62 * mm),
    Column(("Аты-жөнү", "Ф. И. О.")),
    Column(("Катышуусу", "Участие"), 56 * mm),
]
PRESENT: Pair = ("катышты", "присутствует")
ABSENT: Pair = ("келген жок", "не явился")
LEFT: Pair = ("чечимге чейин курамдан чыккан", "вышел из состава до решения")
LEFT_AT: Pair = ("курамдан чыккан убактысы", "время выхода")
HAD_VOTED: Pair = (
    "добуш берген; ал арыз боюнча добуштар жокко чыгарылып, кайра добуш берилди",
    "успел проголосовать; голоса по этому заявлению отменены, голосование проведено заново",
)
INSTEAD: Pair = ("Ордуна", "Взамен")
SINCE: Pair = ("курамда", "в составе с")
BY_ACT: Pair = ("буйрук", "приказ")
SIGNED_ANEW: Pair = (
    "Электрондук кол койгондордун ар бири кол коюп жаткан учурда сырсөзүн жана бир жолку кодун киргизип, документтин "
    "ушул эле контролдук суммасына кол койду.",
    "Каждый из подписавших электронно ввёл в момент подписания пароль и одноразовый код и подписал одну и ту же "
    "контрольную сумму документа.",
)
NOT_SIGNED: Pair = ("азырынча кол коюлган эмес", "пока не подписано")
COULD_NOT_SIGN: Pair = ("кол коё алган жок", "не смог(ла) подписать")
SIGNATURES = [
    Column(("Кол койгон", "Подписал(а)")),
    Column(("Электрондук кол тамга", "Электронная подпись"), 52 * mm),
    Column(("Кол тамгасы, күнү", "Подпись, дата"), 52 * mm),
]
ROOM_TO_SIGN = 9 * mm


def seats(content: Content) -> list[Any]:
    """The act that approved the commission, who sat, who sat instead of whom, who had left before the decision."""
    commission = content["commission"]
    act, on = commission["act_number"], wording.day(commission["act_on"])
    approved = (
        f"Ведомствого караштуу мекеменин буйругу: № {act}, {on}",
        f"Приказ подведомственного учреждения: № {act}, {on}",
    )
    rows = [_person(content, words.CHAIR, commission["chair"])]
    rows += [_person(content, words.MEMBER, one) for one in commission["members"]]
    rows += [_person(content, words.MEMBER, one, left=True) for one in commission.get("left", [])]
    return [para(" / ".join(approved), "body"), Spacer(0, 3), grid(PEOPLE, rows)]


def _person(content: Content, role: Pair, one: Any, *, left: bool = False) -> list[Any]:
    said = one if isinstance(one, Mapping) else {}
    role = words.ROLES.get(str(said.get("role", "")), role)
    name = [para(_name(one), "cell"), *_instead(content, said.get("substitutes"))]
    if not left:
        return [role, name, PRESENT if said.get("is_present", True) else ABSENT]
    cell = [para(" / ".join(LEFT), "cell")]
    if said.get("left_at"):
        cell.append(para(f"{' / '.join(LEFT_AT)}: {words.local(content, said['left_at'])}", "cell-2"))
    if said.get("reason"):
        cell.append(para(said["reason"], "cell-2"))
    if said.get("had_voted"):
        cell.append(para(" / ".join(HAD_VOTED), "cell-2"))
    return [role, name, cell]


def _instead(content: Content, former: Content | None) -> list[Any]:
    """Of a substitute: in whose place, since when, by which act."""
    if not former:
        return []
    lines = [f"{' / '.join(INSTEAD)}: {former['name']}",
             f"{' / '.join(SINCE)}: {words.local(content, former['since'])}"]  # fmt: skip
    if former.get("act_number"):
        lines.append(f"{' / '.join(BY_ACT)}: № {former['act_number']}, {wording.day(former['act_on'])}")
    return [para(line, "cell-2") for line in lines]


def signed_by(content: Content, given: Sequence[Content]) -> list[Any]:
    """Each who decided: the moment of the electronic signature, and room to sign the paper by hand; so the candidate.

    Who could not sign has no room, but the reason and the document that shows it.
    """
    commission = content["commission"]
    present = [one for one in commission["members"] if not isinstance(one, Mapping) or one.get("is_present", True)]
    waits = [(_name(commission["chair"]), "chair"), *((_name(one), "member") for one in present)]
    known = {(one["name"], one["role"]) for one in given}
    rows = [_signature(content, one) for one in given]
    rows += [
        _row(name, words.ROLES[role], [para(" / ".join(NOT_SIGNED), "cell-2")])
        for name, role in waits if (name, role) not in known
    ]  # fmt: skip
    rows.append(_row(content["name"], words.RECEIVED, [para(wording.NOTHING, "cell")]))
    said = [Spacer(0, 4), para(SIGNED_ANEW[0], "note"), para(SIGNED_ANEW[1], "note")] if given else []
    return [grid(SIGNATURES, rows), *said]


def _signature(content: Content, one: Content) -> list[Any]:
    if one["signed_at"]:
        return _row(one["name"], words.ROLES[one["role"]], [para(words.local(content, one["signed_at"]), "cell")])
    why = [para(" / ".join(COULD_NOT_SIGN), "cell"), para(f"{one['reason']}. {one['document']}", "cell-2")]
    return _row(one["name"], words.ROLES[one["role"]], why, room=[para(wording.NOTHING, "cell")])


def _row(name: str, role: Pair, electronic: list[Any], room: list[Any] | None = None) -> list[Any]:
    return [
        [para(name, "strong"), *(para(text, "cell-2") for text in role)], electronic, room or [Spacer(0, ROOM_TO_SIGN)],
    ]  # fmt: skip


def _name(one: Any) -> str:
    return str(one["name"] if isinstance(one, Mapping) else one)
