"""The papers of a technical appeal say what ¶33 and ¶35 ask for, in both languages, and nothing that they must not."""

from __future__ import annotations

import pytest

from appeals.documents import application, protocol, wording
from appeals.rules.states import AppealOutcome, FindingKind
from tests.rules import appeal_paper_examples as example
from tests.rules.appeal_paper_examples import ACCEPTED, CHAIR, GIVEN, MEMBERS
from tests.rules.paper_examples import CONTENT_DIGEST, FORM_DIGEST, HEAD, NAME
from tests.rules.reading import fonts_not_embedded, grouped, lines, opened, pages, text

LONG = "\n\n".join(f"{n}. " + "Ыңгайлуу деп табылган жооп өзгөчө түшүндүрмөнү талап кылат. " * 13 for n in range(1, 9))
ABOVE_FOOT, TWO_FIFTHS = 60, 505  # points from the lower edge; two fifths of the page are used above the second


@pytest.fixture(scope="module")
def filed() -> str:
    return text(application.draw(example.application(), CONTENT_DIGEST))


@pytest.fixture(scope="module")
def heard() -> str:
    return text(protocol.draw(example.protocol(), CONTENT_DIGEST, GIVEN))


@pytest.mark.parametrize(
    "fact",
    [
        "Техникалык апелляцияга арыз Заявление на техническую апелляцию",
        "№ Т-2026-117/014-А",
        "Техникалык комиссияга (Республикалык тестирлөө борбору, ведомствого караштуу мекеме)",
        "В техническую комиссию (Республиканский центр тестирования, подведомственное учреждение)",
        NAME,
        "117-0142",
        "Тестирлөөнүн протоколу Протокол тестирования № Т-2026-117/014",
        "Ү. Асаналиев атындагы № 14 жалпы билим берүүчү орто мектеби",
        "школа № 14 имени У. Асаналиева",
        "Республиканский центр тестирования, аудитория: 2",
        "35 / 60; босого балл: 36",
        "35 / 60; пороговый балл: 36",
        "Тесттин аякташы Окончание теста 28.11.2026, 11:47:11",
        "Сеанстын жабылышы Закрытие сеанса 28.11.2026, 12:02:40",
        "Крайний срок подачи 28.11.2026, 13:02:40",
        "Время подачи 28.11.2026, 12:31:09",
        "Бишкек убактысы / время Бишкека",
        "Жобонун 33-пунктуна ылайык",
        "пунктом 33 Положения",
        "7, 23, 41",
        "41-суроодо эки вариант бирдей туура.",
        "Талапкер Кандидат",
        "Инсандыгын текшерген көзөмөлчү Дежурный, удостоверивший личность",
        grouped(CONTENT_DIGEST),
    ],
)
def test_the_application_bears_every_fact_in_both_languages(filed, fact):
    assert fact in filed


def test_while_the_sitting_runs_the_application_says_at_least_until():
    content = example.application(sitting_closed_at=None, is_at_least=True)
    found = text(application.draw(content, CONTENT_DIGEST))
    assert "на момент подачи сеанс продолжался" in found
    assert "кеминде ушул убакытка чейин как минимум до этого времени" in found


def test_after_the_sitting_has_closed_the_bound_is_said_without_at_least(filed):
    assert "как минимум до" not in filed and "сеанс продолжался" not in filed


def test_an_application_without_questions_and_grounds_says_that_none_are_needed():
    found = text(application.draw(example.application(questions=[], grounds=" \n"), CONTENT_DIGEST))
    assert "называть их не обязательно" in found and "Не указаны; указывать их не обязательно." in found


def test_long_grounds_flow_over_pages_whole_and_the_signatures_stand_under_them():
    sheets = pages(application.draw(example.application(grounds=LONG), CONTENT_DIGEST))
    assert len(sheets) == 2
    whole = " ".join(sheets)
    assert whole.count("талап кылат.") == 8 * 13
    assert "8. Ыңгайлуу" in whole and whole.index("8. Ыңгайлуу") < whole.index("Дежурный, удостоверивший личность")
    assert "Дежурный, удостоверивший личность" in sheets[-1] and grouped(CONTENT_DIGEST) in sheets[-1]


def test_what_the_candidate_wrote_is_never_read_as_markup():
    found = text(application.draw(example.application(grounds="<b>калың</b> & <font size=99>чоң"), CONTENT_DIGEST))
    assert "<b>калың</b> & <font size=99>чоң" in found


def test_the_place_in_the_trail_is_printed_where_the_application_has_it(filed):
    found = text(application.draw(example.application(audit={"entry": 19100, "head": HEAD}), CONTENT_DIGEST))
    assert "Журнал, запись № 19100" in found and grouped(HEAD) in found
    assert "Журнал" not in filed


@pytest.mark.parametrize(
    "fact",
    [
        "Арызды кароонун протоколу Протокол рассмотрения заявления",
        "№ Т-2026-117/014-АП",
        "№ Т-2026-117/014-А Ачык номери",
        NAME,
        "28.11.2026, 14:00:00 – 28.11.2026, 14:52:31; время Бишкека",
        "Арыз талапкердин көзүнчө каралды. / Заявление рассмотрено в присутствии кандидата.",
        "Документ, удостоверяющий личность: паспорт ID 1234567",
        "№ 117-б, 20.11.2026",
        f"Председатель технической комиссии {CHAIR} катышты присутствует",
        f"Член технической комиссии {MEMBERS[3]} келген жок не явился",
        "Кадырова Өкүм чечимге чейин курамдан чыккан / вышел из состава до решения",
        "Время подачи заявления 28.11.2026, 12:31:09",
        "Номера оспариваемых вопросов на экране: 7, 23, 41",
        "41-суроодо эки вариант бирдей туура.",
        f"{CHAIR}; {MEMBERS[0]}; {MEMBERS[1]}; {MEMBERS[2]}",
        f"{NAME} (паспорт ID 1234567)",
        "система, убакыты бүткөндө / система, по истечении времени",
        "жылдырылды / отложено: имаратта ток өчүп",
        "вычисленная заново на рассмотрении",
        "35 / 60: дал келет / совпадает",
        "арыз жарым-жартылай канааттандырылды заявление удовлетворено частично",
        f"Особое мнение: {MEMBERS[1]} «Ачкычты туура деп эсептейм",
        "Арыз жарым-жартылай канааттандырылды Заявление удовлетворено частично",
        f"{CHAIR} Техникалык комиссиянын төрагасы Председатель технической комиссии 28.11.2026, 15:01:12",
        f"{NAME} Протоколду алдым (талапкер) Протокол получил(а) (кандидат)",
        "Журнал, запись № 19211",
        grouped(HEAD),
        grouped(CONTENT_DIGEST),
        "M3RT-9KXA",
        "https://test.edu.example.kg/verify/M3RT-9KXA",
    ],
)
def test_the_protocol_bears_every_fact_in_both_languages(heard, fact):
    assert fact in heard


def test_form_digests_stand_one_under_the_other_and_a_difference_is_said(heard):
    assert heard.count(grouped(FORM_DIGEST)) == 2
    content = example.protocol(score={"stored": 35, "recomputed": 36, "maximum": 60, "cut_score": 36})
    content["form"] |= {"recomputed": HEAD, "equal": False}
    found = text(protocol.draw(content, CONTENT_DIGEST, GIVEN))
    assert found.count("ДАЛ КЕЛБЕЙТ / НЕ СОВПАДАЕТ") == 2 and "ДАЛ КЕЛБЕЙТ" not in heard


def test_the_words_cover_every_finding_and_every_outcome():
    assert set(wording.FINDINGS) == set(FindingKind) and set(wording.OUTCOMES) == set(AppealOutcome)


@pytest.mark.parametrize("outcome", list(AppealOutcome))
def test_the_outcome_is_said_in_official_words(outcome):
    found = text(protocol.draw(example.protocol(outcome=outcome, votes=[]), CONTENT_DIGEST, GIVEN))
    said = [ky for ky, _ in wording.OUTCOMES.values() if ky[1:] in found]
    assert said == [wording.OUTCOMES[outcome][0]]


def test_the_edition_of_the_regulation_is_named_in_words():
    found = text(application.draw(example.application(), CONTENT_DIGEST))
    assert "убактылуу редакция № 1 временная редакция № 1" in found and "provisional" not in found


@pytest.mark.parametrize("kind", list(FindingKind))
def test_the_key_is_printed_only_where_it_was_changed(kind):
    finding = {"question": 5, "item": "НУА-0001", "version": 2, "kind": kind, "reason": "Себеби.", "accepted": []}
    changed = kind in (FindingKind.WRONG_KEY, FindingKind.SEVERAL_RIGHT)
    if changed:
        finding["accepted"] = ACCEPTED
    found = text(protocol.draw(example.protocol(findings=[finding]), CONTENT_DIGEST, GIVEN))
    assert " ".join(wording.FINDINGS[kind]) in found
    said = "Также верный ответ" if kind == FindingKind.SEVERAL_RIGHT else "Верный ответ"
    assert all((f"{said}: {answer}" in found) is changed for answer in ACCEPTED)


@pytest.mark.parametrize(
    ("recorded", "counts", "said"),
    [
        ("Эки / Два", "Үч / Три", "Записано: Эки / Два; засчитывается: Үч / Три"),
        (None, "Үч / Три", "Записано: жооп жок / нет ответа; засчитывается: Үч / Три"),
        ("Эки / Два", None, "Записано: Эки / Два; засчитывается: жооп жок / нет ответа"),
    ],
)
def test_35_the_answer_recorded_and_the_one_that_counts_are_printed(recorded, counts, said):
    fault = {"question": 5, "item": "НУА-0001", "version": 2, "kind": "recording_fault", "reason": "Себеби.",
             "accepted": [], "restated": {"recorded": recorded, "counts": counts}}  # fmt: skip
    assert said in text(protocol.draw(example.protocol(findings=[fault]), CONTENT_DIGEST, GIVEN))


@pytest.mark.parametrize(
    ("outcome", "kinds", "consequence"),
    [
        ("dismissed", ["agrees"], "Результат тестирования остаётся без изменений."),
        ("dismissed", [], "Результат тестирования остаётся без изменений."),
        ("upheld", ["wrong_key"], "Исправление применяется ко всем кандидатам"),
        ("upheld", ["several_right"], "Исправление применяется ко всем кандидатам"),
        ("upheld_in_part", ["agrees", "void"], "Исправление применяется ко всем кандидатам"),
        ("upheld", ["recording_fault"], "пересчитывается балл только этого кандидата"),
    ],
)
def test_the_consequence_follows_from_outcome_and_findings(outcome, kinds, consequence):
    rows = [{"question": 1, "item": "НУА-1", "kind": kind, "reason": "Себеби.", "accepted": []} for kind in kinds]
    found = text(protocol.draw(example.protocol(outcome=outcome, findings=rows), CONTENT_DIGEST, GIVEN))
    all_of = {"остаётся без изменений", "применяется ко всем", "только этого кандидата"}
    assert [one for one in all_of if one in found] == [one for one in all_of if one in consequence]
    is_changed = outcome != "dismissed"
    assert ("Материалы комиссии хранятся в архиве 1 год (п. 36 Положения)" in found) is not is_changed
    assert ("Этот протокол хранится столько же, сколько протокол тестирования" in found) is is_changed


def test_a_new_protocol_is_promised_to_those_only_whose_points_change():
    found = text(protocol.draw(example.protocol(findings=example.findings(3)), CONTENT_DIGEST, GIVEN))
    assert "выдаются только тем, чьи баллы изменились" in found and "каждому выдаётся" not in found
    assert "Баллы өзгөргөн талапкерге гана" in found


def test_whoever_signs_by_hand_has_the_decision_on_the_same_page():
    for count in range(0, 13):
        last = pages(protocol.draw(example.protocol(count), CONTENT_DIGEST, GIVEN))[-1]
        assert "Комиссиянын чечими" in last and "Кол тамгасы, күнү" in last and grouped(HEAD) in last, count


def test_no_page_of_it_is_mostly_blank():
    for count in range(0, 5):
        content = example.protocol(count)
        for people in (1, 4):
            content["commission"] |= {"left": [], "members": [{"name": name} for name in MEMBERS[:people]]}
            for sheet in range(len(pages(pdf := protocol.draw(content, CONTENT_DIGEST, GIVEN[:people])))):
                low = min(height for words, height in lines(pdf, sheet) if words.strip() and height > ABOVE_FOOT)
                assert low < TWO_FIFTHS, (count, people, sheet)


def test_findings_stand_in_the_order_of_the_candidates_screen():
    content = example.protocol(findings=list(reversed(example.findings(4))))
    found = text(protocol.draw(content, CONTENT_DIGEST, GIVEN))
    assert [found.index(f"НУА-{n:04d}") for n in range(4)] == sorted(found.index(f"НУА-{n:04d}") for n in range(4))


def test_ten_findings_run_over_pages_with_the_heading_repeated():
    sheets = pages(protocol.draw(example.protocol(10), CONTENT_DIGEST, GIVEN))
    assert all(f"НУА-{n:04d}" in " ".join(sheets) for n in range(10))
    assert all("№ Т-2026-117/014-АП" in sheet for sheet in sheets)


@pytest.mark.parametrize("paper", ["application", "protocol"])
def test_the_same_content_gives_the_same_bytes_with_every_font_inside(paper):
    def draw() -> bytes:
        if paper == "application":
            return application.draw(example.application(demo=True), CONTENT_DIGEST)
        return protocol.draw(example.protocol(demo=True), CONTENT_DIGEST, GIVEN)

    pdf = draw()
    assert pdf == draw() and fonts_not_embedded(pdf) == []
    assert [round(float(side)) for side in opened(pdf).pages[0].mediabox[2:]] == [595, 842]
    assert all("ДЕМОНСТРАЦИЯЛЫК ҮЛГҮ" in sheet for sheet in pages(pdf))
