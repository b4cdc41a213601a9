"""What the papers of an appeal share: official words for findings and outcomes, quoted text, the proof at the foot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportlab.platypus import Spacer, Table

from core.pdf.blocks import Fact, Pair
from core.pdf.proof import proof
from core.pdf.style import para
from core.pdf.text import grouped
from testing_center.documents import wording
from testing_center.documents.wording import Content, both

APPLICANT: Pair = ("Арыз ээси (талапкер)", "Заявитель (кандидат)")
ATTEMPT: Pair = ("Ачык номери", "Открытый номер")
TEST_PROTOCOL: Pair = ("Тестирлөөнүн протоколу", "Протокол тестирования")
SCORE: Pair = ("Топтолгон балл", "Набранный балл")
RECEIVED: Pair = ("Протоколду алдым (талапкер)", "Протокол получил(а) (кандидат)")
BEGINS: Pair = ("Сумманын башталышы", "Начало суммы")
CHAIR: Pair = ("Техникалык комиссиянын төрагасы", "Председатель технической комиссии")
MEMBER: Pair = ("Техникалык комиссиянын мүчөсү", "Член технической комиссии")
ROLES: Mapping[str, Pair] = {"chair": CHAIR, "member": MEMBER}

FINDINGS: Mapping[str, Pair] = {
    "agrees": ("жооп менен балл тесттин ачкычына ылайык келет", "ответ и балл соответствуют ключу теста"),
    "recording_fault": ("жооп туура эмес жазылган", "ошибка записи ответа"),
    "wrong_key": ("тесттин ачкычы туура эмес", "ключ теста неверен"),
    "several_right": ("туура жооп бирден көп", "верных ответов более одного"),
    "void": ("суроо жараксыз деп табылды", "вопрос признан недействительным"),
}
OUTCOMES: Mapping[str, Pair] = {
    "dismissed": ("арыз канааттандыруусуз калтырылды", "заявление оставлено без удовлетворения"),
    "upheld_in_part": ("арыз жарым-жартылай канааттандырылды", "заявление удовлетворено частично"),
    "upheld": ("арыз канааттандырылды", "заявление удовлетворено"),
}


def zone_of(content: Content) -> str:
    """The IANA name of the zone in which the paper tells the time."""
    sitting = content["sitting"]
    zone: str = sitting.get("zone") or sitting["time_zone"]
    return zone


def local(content: Content, at: Any, *, seconds: bool = True) -> str:
    """A moment of the paper in its zone."""
    return wording.moment(at, zone_of(content), seconds=seconds)


def contest_facts(content: Content) -> list[Fact]:
    """The competition, the school and the place of testing."""
    contest, sitting = content["competition"], content["sitting"]
    room = (f"аудитория: {sitting['room']}", f"аудитория: {sitting['room']}") if sitting.get("room") else ("", "")
    address = both(sitting, "address") if "address_ky" in sitting else ("", "")
    return [
        Fact(("Конкурстун номери", "Номер конкурса"), contest["number"], "strong"),
        Fact(wording.SITTING, [para(f"№ {sitting['number']}", "strong"),
                               para(local(content, sitting["starts_at"], seconds=False), "value-2")]),
        Fact(("Мектеп", "Школа"), both(contest, "school"), wide=True),
        Fact(wording.PLACE, wording.joined([both(sitting, "centre"), address, room]), wide=True),
    ]  # fmt: skip


def points(score: int, maximum: int, cut_score: int) -> Pair:
    """A score out of the maximum, beside the cut score; a tie-break test has none (0)."""
    ky, ru = f"{score} / {maximum}", f"{score} / {maximum}"
    if cut_score:
        return f"{ky}; босого балл: {cut_score}", f"{ru}; пороговый балл: {cut_score}"
    return ky, ru


def quoted(text: str, style: str = "body") -> list[Any]:
    """What somebody wrote, in their own words and lines; it flows over pages."""
    lines = [line.strip() for line in text.strip().splitlines()]
    story: list[Any] = []
    for line in lines:
        story += [para(line, style), Spacer(0, 2)] if line else [Spacer(0, 5)]
    return story


def proof_of(content: Content, digest: str, rows: list[tuple[Pair, str]] | None = None) -> Table:
    """Digest of the paper, the head of the trail, code and QR code; the trail where ``content`` has it.

    A paper that the verification page does not know has its number and digest in the QR code.
    """
    audit, check = content.get("audit") or {}, content.get("verification")
    rows = [*(rows or []), (wording.CONTENT_DIGEST, digest)]
    if audit.get("head"):
        rows.append((wording.chain_entry(audit["entry"]), audit["head"]))
    if check:
        return proof(rows, wording.VERIFICATION_CODE, check["code"], check["url"])
    short = grouped(digest[:8]).upper()
    return proof(rows, BEGINS, short, f"№ {content['number']} SHA-256 {digest}")


def as_issued(content: Content, at: Any) -> dict[str, Any]:
    """``content`` with the moment that the file says of itself; a paper is named by what happened, not by printing."""
    return {"demo": False, **content, "issued_at": at}
