"""The papers of a test day say what the regulation and the contracts ask for, and nothing that they must not."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from testing_center.documents import envelopes, opening, protocol, slips, summary, wording
from tests.rules import paper_examples as example
from tests.rules.paper_examples import CONTENT_DIGEST, FORM_DIGEST, HEAD, NAME
from tests.rules.reading import fonts_not_embedded, grouped, lines, opened, pages, text

ROOT = Path(__file__).resolve().parents[2]
LONG_KY = (
    "Жалал-Абад облусунун Токтогул районунун Үч-Терек айылындагы Ыңтымак Өмүров атындагы № 117 жалпы билим "
    "берүүчү орто мектеби"
)
LONG_RU = (
    "Средняя общеобразовательная школа № 117 имени Ынтымака Омурова села Уч-Терек Токтогульского района "
    "Джалал-Абадской области"
)

PAPERS = {
    "protocol": lambda: protocol.draw(example.protocol(), CONTENT_DIGEST),
    "failed protocol": lambda: protocol.draw(example.failed_protocol(demo=True), CONTENT_DIGEST),
    "summary": lambda: summary.draw(example.summary(), CONTENT_DIGEST),
    "opening": lambda: opening.draw(example.opening(), CONTENT_DIGEST),
    "slips": lambda: slips.draw(example.slips(9)),
    "envelopes": lambda: envelopes.draw(example.envelopes(9)),
}


@pytest.fixture(scope="module")
def passed() -> str:
    return text(protocol.draw(example.protocol(), CONTENT_DIGEST))


@pytest.mark.parametrize(
    "fact",
    [
        "Тестирлөөнүн протоколу",
        "Протокол тестирования",
        "№ Т-2026-117/014",
        "Редакция: 1",
        "28.11.2026, 11:47",
        NAME,
        "117-0142",
        "К-2026-03",
        "Жалпы билим берүү уюмунун жетекчиси (директор)",
        "Руководитель (директор) общеобразовательной организации",
        "Ү. Асаналиев атындагы № 14 жалпы билим берүүчү орто мектеби",
        "школа № 14 имени У. Асаналиева",
        "Республикалык тестирлөө борбору, Бишкек ш., Эркиндик бульвары, 25",
        "Республиканский центр тестирования, г. Бишкек, бульвар Эркиндик, 25",
        "аудитория: 2, орун: 14",
        "28.11.2026, 10:02:11 – 11:47:11",
        "Бишкек убактысы",
        "время Бишкека",
        "кыргызча, орусча",
        "кыргызский, русский",
        "вариант: 3, суроолор: 60, мүнөт: 105",
        "47 топтолгон балл набранный балл",
        "Босого балл Пороговый балл 36",
        "Эң жогорку мүмкүн болгон балл Максимальный балл 60",
        "Билим берүү жаатындагы ченемдик укуктук актылар Нормативные правовые акты в сфере образования 18 15",
        "Маалыматтык технологиялар Информационные технологии 8 6",
        "топтолгон балл квалификациялык талаптарга жооп берет",
        "набранный балл соответствует квалификационным требованиям",
        "бир сааттын ичинде",
        "в течение одного часа",
        grouped(FORM_DIGEST),
        grouped(CONTENT_DIGEST),
        grouped(HEAD),
        "Журнал, жазуу № 18204",
        "K7QM-4D2X",
        "https://test.edu.example.kg/verify/K7QM-4D2X",
        "Тестирлөөнүн жетекчиси",
        "Көзөмөлчү",
        "Протоколду алдым (талапкер)",
        "Кыргыз Республикасынын Билим берүү жана илим министрлиги",
        "Министерство образования и науки Кыргызской Республики",
    ],
)
def test_the_protocol_bears_every_fact_in_both_languages(passed, fact):
    assert fact in passed


def test_the_protocol_of_one_who_meets_speaks_of_no_bar(passed):
    assert "бербейт" not in passed
    assert "28-пункту" not in passed


def test_the_protocol_of_one_who_does_not_meet_gives_the_statement_and_the_date_of_return():
    found = text(protocol.draw(example.failed_protocol(), CONTENT_DIGEST))
    assert "топтолгон балл квалификациялык талаптарга жооп бербейт" in found
    assert "набранный балл не соответствует квалификационным требованиям" in found
    assert "Катышууга мүмкүн болгон күн: 28.11.2027" in found
    assert "Участие возможно с: 28.11.2027" in found


def test_a_new_version_names_the_protocol_that_it_replaces(passed):
    found = text(protocol.draw(example.failed_protocol(), CONTENT_DIGEST))
    assert "Редакция: 2" in found
    assert "Взамен: № Т-2026-117/014, редакция: 1" in found
    assert "Взамен" not in passed


@pytest.mark.parametrize(
    ("kind", "ky", "ru"),
    [
        ("submitted", "талапкер өзү аяктады", "завершён кандидатом"),
        ("deadline", "убакыт бүткөндө жабылды", "закрыт по истечении времени"),
    ],
)
def test_the_protocol_says_how_the_attempt_ended(kind, ky, ru):
    content = example.protocol()
    content["attempt"]["end_kind"] = kind
    found = text(protocol.draw(content, CONTENT_DIGEST))
    assert ky in found and ru in found
    assert sum(other in found for other, _ in wording.END_KINDS.values()) == 1


def test_a_test_that_passes_midnight_says_both_days():
    content = example.protocol()
    content["attempt"] |= {"started_at": "2026-11-28T17:30:00Z", "ended_at": "2026-11-28T18:40:00Z"}
    assert "28.11.2026, 23:30:00 – 29.11.2026, 00:40:00" in text(protocol.draw(content, CONTENT_DIGEST))


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        wording.moment("2026-11-28T10:00:00", "Asia/Bishkek")


def test_another_zone_is_named_by_its_distance():
    assert wording.zone_name("Europe/Moscow", "2026-11-28T04:00:00Z") == ("UTC+03:00", "UTC+03:00")


@pytest.mark.parametrize("content", [example.protocol(), example.failed_protocol(), example.failed_protocol(demo=True)])
def test_a_protocol_is_one_a4_page(content):
    file = opened(protocol.draw(content, CONTENT_DIGEST))
    assert len(file.pages) == 1
    assert [round(float(side)) for side in file.pages[0].mediabox[2:]] == [595, 842]


def test_names_as_long_as_they_come_lose_nothing_and_leave_no_signature_without_its_digests():
    content = example.failed_protocol(demo=True)
    content["competition"] |= {"school_ky": LONG_KY, "school_ru": LONG_RU}
    content["candidate"]["name"] = "Абдыкеримова-Мурзакматова Өкүмкан Ыңтымаковна Жоомартбековна"
    found = pages(protocol.draw(content, CONTENT_DIGEST))
    whole = " ".join(found)
    assert LONG_KY in whole and LONG_RU in whole and content["candidate"]["name"] in whole
    assert "Көзөмөлчү" in found[-1] and grouped(FORM_DIGEST) in found[-1]


def test_a_demonstration_paper_says_so_on_every_page():
    found = [
        *pages(PAPERS["failed protocol"]()),
        *pages(summary.draw(example.summary(200, demo=True), CONTENT_DIGEST)),
        *pages(opening.draw(example.opening(demo=True), CONTENT_DIGEST)),
        *pages(envelopes.draw(example.envelopes(60, demo=True))),
    ]
    assert all("ДЕМОНСТРАЦИЯЛЫК ҮЛГҮ" in page and "DEMONSTRATION" in page for page in found)


def test_a_demonstration_slip_says_so_after_it_is_cut_out():
    assert text(slips.draw(example.slips(8, demo=True))).count("DEMONSTRATION") == 8


@pytest.mark.parametrize("name", [name for name in PAPERS if name != "failed protocol"])
def test_a_real_paper_is_not_marked_as_a_demonstration(name):
    assert "DEMONSTRATION" not in text(PAPERS[name]())


@pytest.mark.parametrize("name", PAPERS)
def test_the_same_content_gives_the_same_bytes(name):
    assert PAPERS[name]() == PAPERS[name]()


def test_the_same_content_gives_the_same_bytes_in_another_process_zone_and_locale():
    code = (
        "import sys, hashlib; from tests.rules import test_documents as t;"
        "print(hashlib.sha256(t.PAPERS['protocol']()).hexdigest())"
    )
    env = os.environ | {"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    other = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == hashlib.sha256(PAPERS["protocol"]()).hexdigest()


def test_other_content_gives_other_bytes():
    assert PAPERS["protocol"]() != protocol.draw(example.protocol(), HEAD)


@pytest.mark.parametrize("name", PAPERS)
def test_every_paper_carries_its_fonts_so_that_it_looks_alike_everywhere(name):
    assert fonts_not_embedded(PAPERS[name]()) == []


@pytest.mark.parametrize("name", PAPERS)
def test_every_glyph_is_in_the_fonts(name):
    found = text(PAPERS[name]())
    assert "\ufffd" not in found and "\x00" not in found and "[U+" not in found


def test_a_narrow_space_from_a_formatted_date_is_drawn_as_a_space():
    content = example.protocol()
    content["candidate"]["name"] = "Өмүрова\u202fҮсөн"
    assert "Өмүрова Үсөн" in text(protocol.draw(content, CONTENT_DIGEST))


def test_the_summary_bears_counts_incidents_forms_people_and_the_head_of_the_chain():
    content = example.summary(60)
    found = text(summary.draw(content, CONTENT_DIGEST))
    for fact in (
        "Сеанстын жыйынтык протоколу Сводный протокол сеанса тестирования", "№ Т-2026-117/С",
        "64 Катталды Зарегистрировано", "61 Келди Явились", "3 Келген жок Не явились", "60 Баштады", "60 Аяктады",
        f"{content['counts']['meets']} Жооп берет", f"{content['counts']['does_not_meet']} Жооп бербейт",
        "28.11.2026, 09:31:08", "28.11.2026, 12:58:40", "Чороева Гүлмира Өмүровна", "Жапар уулу Үсөн",
        "байланыш үзүлдү", "связь прервана", "электр кубаты 2 мүнөткө өчтү",
        *(grouped(form["digest"]) for form in content["forms"]), grouped(CONTENT_DIGEST), grouped(HEAD),
        "жазуу № 18977", "кол коюу үчүн кагазга басылды", "для собственноручного подписания",
    ):  # fmt: skip
        assert fact in found, fact


def test_two_hundred_rows_run_over_pages_that_repeat_the_heading():
    content = example.summary(200)
    found = pages(summary.draw(content, CONTENT_DIGEST))
    whole = " ".join(found)
    assert [row["number"] for row in content["attempts"] if row["number"] not in whole] == []
    rows = [page for page in found if "117-" in page]
    assert len(rows) >= 4
    assert all("Ачык номери Открытый номер" in page for page in rows)
    assert "200 117-" in whole


def test_a_row_of_the_summary_gives_times_score_and_outcome():
    found = text(summary.draw(example.summary(3), CONTENT_DIGEST))
    assert "1 117-0004 1 10:00:00 11:20:00 өзү / сам 28 / 60 жооп бербейт / не соответствует" in found
    assert "2 117-0041 2 10:01:13 11:21:17 өзү / сам 39 / 60 жооп берет / соответствует" in found


def test_one_who_came_but_did_not_start_has_dashes():
    content = example.summary(1)
    content["attempts"][0] |= dict.fromkeys(["form_variant", "started_at", "ended_at", "end_kind", "score", "outcome"])
    assert "1 117-0004 – – – – – –" in text(summary.draw(content, CONTENT_DIGEST))


def test_a_quiet_sitting_says_that_nothing_happened():
    found = text(summary.draw(example.summary(0, incidents=[]), CONTENT_DIGEST))
    assert "Өзгөчө жагдай катталган жок" in found
    assert "Ни один кандидат не начал тест" in found


def test_the_summary_prints_neither_name_nor_seat_of_a_candidate_even_if_it_is_given_them():
    content = example.summary(60)
    for row in content["attempts"]:
        row |= {"name": NAME, "seat": "Ө-77"}
    found = text(summary.draw(content, CONTENT_DIGEST))
    assert NAME.split()[0] not in found
    assert "Ө-77" not in found


def test_nobody_signs_a_page_that_bears_nothing_but_signatures():
    for count in range(0, 60, 4):
        last = pages(summary.draw(example.summary(count), CONTENT_DIGEST))[-1]
        assert "кол тамгасы" in last and grouped(HEAD) in last, count


def test_the_opening_sheet_bears_the_digests_and_the_two_who_opened():
    content = example.opening()
    found = text(opening.draw(content, CONTENT_DIGEST))
    for fact in (
        "Сеансты ачуу баракчасы Лист открытия сеанса тестирования", "28.11.2026, 09:31:08",
        "Катталды Зарегистрировано 64",
        "Чороева Гүлмира Өмүровна (көзөмөлчү / дежурный по аудитории)", "Жапар уулу Үсөн",
        "босого балл: 36", *(grouped(form["digest"]) for form in content["forms"]), grouped(HEAD), "кол тамгасы",
    ):  # fmt: skip
        assert fact in found, fact
    assert len(pages(opening.draw(content, CONTENT_DIGEST))) == 1


@pytest.mark.parametrize(("count", "sheets"), [(1, 1), (8, 1), (9, 2), (60, 8)])
def test_slips_are_eight_to_a_page(count, sheets):
    assert len(pages(slips.draw(example.slips(count)))) == sheets


def test_each_slip_bears_its_code_in_groups_of_four_its_seat_room_and_number():
    sheet = example.slips(60)
    found = pages(slips.draw(sheet))
    for index, slip in enumerate(sheet.slips):
        page = found[index // 8]
        assert " ".join(slip.code[i : i + 4] for i in range(0, 16, 4)) in page
        assert f"орун / место: {slip.seat}" in page
        assert f"баракча / листок № {slip.number}" in page
        assert f"аудитория: {slip.room}" in page
    assert "28.11.2026, 10:00" in found[0] and "Республикалык тестирлөө борбору, Бишкек ш." in found[0]
    assert found[0].count("Шифрди эч кимге көрсөтпөңүз") == 8


def test_a_slip_has_no_room_for_a_name():
    assert [field.name for field in fields(slips.Slip)] == ["number", "room", "seat", "code"]


def test_a_long_place_fits_on_a_slip():
    place = (
        "Ысык-Көл облустук билим берүү кызматкерлеринин квалификациясын жогорулатуу борбору, Каракол ш., Үсөнов "
        "көчөсү, 2, биринчи корпус, экинчи кабат",
        "Иссык-Кульский областной центр повышения квалификации работников образования, город Каракол, первый корпус, "
        "второй этаж, ул. Усенова, 2",
    )
    pdf = slips.draw(replace(example.slips(8), place=place))
    assert text(pdf).count(place[0]) == 8 and text(pdf).count(place[1]) == 8
    box_top = slips.PAGE_HEIGHT - slips.CELL_HEIGHT + slips.BOX_FOOT + slips.BOX
    last_line = max(y for words, y in lines(pdf) if "ул. Усенова" in words)
    assert last_line > box_top + 2


def test_the_envelope_list_joins_name_seat_and_slip_in_the_order_given_but_holds_no_code():
    sheet = example.envelopes(60)
    found = text(envelopes.draw(sheet))
    at = -1
    for index, row in enumerate(sheet.envelopes, start=1):
        line = f"{index} {row.name} {row.room} {row.seat} {row.slip}"
        assert found.index(line) > at
        at = found.index(line)
    assert [field.name for field in fields(envelopes.Envelope)] == ["name", "room", "seat", "slip"]
    assert all("Алдым (кол тамгасы)" in page for page in pages(envelopes.draw(sheet)))
