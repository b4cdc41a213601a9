"""What the papers share: official wordings in both languages, moments and dates, the head of a document.

The wordings are fixed here, not in the catalogues: a paper is bilingual whatever the language of the interface.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.platypus import Spacer

from core.pdf.blocks import Digest, Fact, Pair
from core.pdf.page import Paper, heading, letterhead
from core.pdf.style import para
from regulation.law import law

Content = Mapping[str, Any]

DEMONSTRATION = "ДЕМОНСТРАЦИЯЛЫК ҮЛГҮ  ·  ДЕМОНСТРАЦИОННЫЙ ОБРАЗЕЦ  ·  DEMONSTRATION"
PAGE = "барак / страница: {page} / {pages}"
SIGN = ("кол тамгасы, аты-жөнү, күнү", "подпись, Ф. И. О., дата")
NOTHING = "–"

# Never the names of the CLDR; elsewhere the distance from UTC says enough.
ZONES: dict[str, Pair] = {"Asia/Bishkek": ("Бишкек убактысы", "время Бишкека")}
LANGUAGES: dict[str, Pair] = {"ky": ("кыргызча", "кыргызский"), "ru": ("орусча", "русский")}
END_KINDS: dict[str, Pair] = {
    "submitted": ("талапкер өзү аяктады", "завершён кандидатом"),
    "deadline": ("убакыт бүткөндө жабылды", "закрыт по истечении времени"),
    "staff": ("кызматкерлердин чечими менен аякталды", "завершён по решению персонала"),
}
OUTCOMES: dict[str, Pair] = {
    "meets": ("жооп берет", "соответствует"),
    "does_not_meet": ("жооп бербейт", "не соответствует"),
}

PLACE: Pair = ("Өткөрүлгөн жер", "Место проведения")
SITTING: Pair = ("Тестирлөө сеансы", "Сеанс тестирования")
FORM_DIGEST: Pair = ("Варианттын контролдук суммасы", "Контрольная сумма варианта")
CONTENT_DIGEST: Pair = ("Документтин контролдук суммасы", "Контрольная сумма документа")
DIGESTS: Pair = ("Контролдук суммалар", "Контрольные суммы")
VERIFICATION_CODE: Pair = ("Текшерүү коду", "Код проверки")
THIS_PAPER: Pair = ("Ушул документ", "Этот документ")
CHAIN_ENTRY: Pair = ("Журнал, жазуу № {entry}", "Журнал, запись № {entry}")


def moment(value: str | datetime, zone: str, *, seconds: bool = True) -> str:
    """``28.11.2026, 10:00:05`` in ``zone`` (IANA name) for an RFC 3339 string or an aware moment."""
    at = as_datetime(value).astimezone(ZoneInfo(zone))
    return at.strftime("%d.%m.%Y, %H:%M:%S" if seconds else "%d.%m.%Y, %H:%M")


def clock(value: str | datetime | None, zone: str) -> str:
    """``10:00:05`` in ``zone``; a dash for None."""
    return as_datetime(value).astimezone(ZoneInfo(zone)).strftime("%H:%M:%S") if value else NOTHING


def day(value: str | date) -> str:
    """``28.11.2026`` for an ISO date."""
    return (date.fromisoformat(value) if isinstance(value, str) else value).strftime("%d.%m.%Y")


def as_datetime(value: str | datetime) -> datetime:
    """An RFC 3339 string as an aware moment; a naive one is a mistake of the caller."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    if at.tzinfo is None:
        raise ValueError(f"moment without a zone: {value}")
    return at.astimezone(UTC)


def zone_name(zone: str, at: str | datetime) -> Pair:
    """How the zone is named on paper in both languages."""
    if zone in ZONES:
        return ZONES[zone]
    offset = as_datetime(at).astimezone(ZoneInfo(zone)).strftime("%z")
    named = f"UTC{offset[:3]}:{offset[3:]}"
    return named, named


def both(content: Content, name: str) -> Pair:
    """The values of ``name_ky`` and ``name_ru``."""
    return content[f"{name}_ky"], content[f"{name}_ru"]


def joined(pairs: Sequence[Pair], separator: str = ", ") -> Pair:
    """Several pairs as one: Kyrgyz with Kyrgyz, Russian with Russian; empty ones are left out."""
    return separator.join(p[0] for p in pairs if p[0]), separator.join(p[1] for p in pairs if p[1])


def place(sitting: Content) -> Pair:
    """The centre with its address."""
    return joined([both(sitting, "centre"), both(sitting, "address")])


def paper(content: Content, title: Pair, *, foot: str = "") -> Paper:
    """What the document says of itself; ``content`` has number, issued_at, organisation and demo."""
    return Paper(
        title=f"{title[0]} / {title[1]}", number=f"№ {content['number']}", author=content["organisation"]["name_ky"],
        made_at=as_datetime(content["issued_at"]), foot=foot or f"№ {content['number']}", page=PAGE,
        band=DEMONSTRATION if content["demo"] else "",
    )  # fmt: skip


def opening_lines(content: Content, title: Pair, lines: Sequence[str] = ()) -> list[Any]:
    """The institution, the title and the number: how every document begins."""
    org = content["organisation"]
    left, right = (org["name_ky"], org["department_ky"]), (org["name_ru"], org["department_ru"])
    return [
        *letterhead(left, right), Spacer(0, 9),
        heading(title, f"№ {content['number']}", lines), Spacer(0, 7),
    ]  # fmt: skip


def law_facts(content: Content) -> list[Fact]:
    """The version of the regulation that the competition pinned; nothing where ``content`` has none."""
    if not content.get("law"):
        return []
    edition = law(content["law"]).edition
    return [Fact(("Жобонун редакциясы", "Редакция Положения"), (edition["ky"], edition["ru"]))]


def form_facts(forms: Sequence[Content]) -> list[Fact]:
    """Each sealed form with its variant, number of questions and digest."""
    rows = []
    for form in forms:
        variant = f"Вариант: {form['variant']}"
        label = (f"{variant}, суроолор: {form['items']}", f"{variant}, вопросов: {form['items']}")
        rows.append(Fact(label, [Digest(form["digest"])], wide=True))
    return rows


def proof_facts(content: Content, content_digest: str) -> list[Fact]:
    """The digest of the document itself and the head of the chain, which the paper fixes."""
    return [
        Fact(THIS_PAPER, [Digest(content_digest)], wide=True),
        Fact(chain_entry(content["audit"]["entry"]), [Digest(content["audit"]["head"])], wide=True),
    ]


def chain_entry(number: int) -> Pair:
    """The entry of the trail, named by its number."""
    return CHAIN_ENTRY[0].format(entry=number), CHAIN_ENTRY[1].format(entry=number)


def section(title: Pair) -> list[Any]:
    """A heading inside a document, in both languages, on one line."""
    return [Spacer(0, 9), para(f"{title[0]} / {title[1]}", "section"), Spacer(0, 3)]


def measure(test: Content) -> Pair:
    """How many questions in how many minutes."""
    items, minutes = test["items"], test["minutes"]
    return f"суроолор: {items}, мүнөт: {minutes}", f"вопросов: {items}, минут: {minutes}"


def act(done: Content, zone: str) -> list[Any]:
    """When something was done and by whom: ``at`` and ``by``, people with a name and a role in both languages."""
    people = [para(f"{who['name']} ({who['role_ky']} / {who['role_ru']})", "value-2") for who in done["by"]]
    return [para(moment(done["at"], zone)), *people]


def signers(people: Sequence[Content]) -> tuple[list[Pair], Pair, dict[int, str]]:
    """What :func:`core.pdf.blocks.signatures` needs: roles, the hint under a line, printed names where known."""
    roles = [(ky[:1].upper() + ky[1:], ru[:1].upper() + ru[1:]) for ky, ru in (both(who, "role") for who in people)]
    return roles, SIGN, {i: who["name"] for i, who in enumerate(people) if who["name"]}
