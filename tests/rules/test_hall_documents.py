"""What the hours in the hall leave on paper: time that was given, acts of staff, slips, incidents; by number only."""

from __future__ import annotations

import pytest

from testing_center.documents import hall, incident, protocol, summary
from tests.rules import paper_examples as example
from tests.rules.paper_examples import CONTENT_DIGEST
from tests.rules.reading import fonts_not_embedded, pages, text


@pytest.mark.parametrize(("microseconds", "shown"), [
    (0, "0:00"), (251_123_456, "4:11"), (251_500_000, "4:12"), (3_599_000_000, "59:59"), (3_600_000_000, "1:00:00"),
    (7_828_000_000, "2:10:28"),
])  # fmt: skip
def test_time_is_given_in_minutes_and_seconds(microseconds, shown):
    assert hall.lasting(microseconds) == shown


def test_a_protocol_without_time_given_is_as_it_was():
    assert protocol.draw(example.extended_protocol(0), CONTENT_DIGEST) == protocol.draw(
        example.protocol(), CONTENT_DIGEST
    )
    assert "Кошумча убакыт" not in text(protocol.draw(example.protocol(), CONTENT_DIGEST))


def test_one_piece_of_time_is_named_with_its_kind_and_category_in_both_languages():
    read = text(protocol.draw(example.extended_protocol(1), CONTENT_DIGEST))
    assert "Кошумча убакыт" in read and "Дополнительное время" in read
    assert "4:11 – убакытты токтотуу, компьютер же тармак" in read and "4:11 – приостановка, компьютер или сеть" in read


def test_six_pieces_stand_on_one_page_with_their_sum_and_who_decided():
    drawn = pages(protocol.draw(example.extended_protocol(6), CONTENT_DIGEST))
    assert len(drawn) == 1
    assert "всего 2:10:28: 4:11 + 4:11 – приостановка" in drawn[0]
    assert "15:00 + 15:00 – дополнительное время, персонал, по решению двух лиц" in drawn[0]
    assert "30:00 – дополнительное время, предоставленное заранее" in drawn[0]


def test_a_test_that_staff_ended_is_called_so_on_both_papers():
    content = example.protocol()
    content["attempt"]["end_kind"] = "staff"
    assert "завершён по решению персонала" in text(protocol.draw(content, CONTENT_DIGEST))
    assert "кызматкер / персонал" in text(summary.draw(example.recorded_summary(5), CONTENT_DIGEST))


@pytest.fixture(scope="module")
def recorded() -> str:
    return text(summary.draw(example.recorded_summary(12), CONTENT_DIGEST))


@pytest.mark.parametrize("fact", [
    "Киргизилген жок Не допущены", "Инсандыгын тастыктаган документи жок.", "Ушёл до начала теста",
    "И-1", "117-0004 убакытты токтотуу: 4:11 (аракет № 2); кошумча убакыт: 15:00 (аракет № 3)", "19:11",
    "баарына: 12", "Аудиториянын коммутатору өчтү.", "нештатная ситуация: И-1", "кандидатов: 6", "10:58:00 – 11:00:30",
    "утратило силу", "Сообщений кандидатам: 3", "Переход на другое рабочее место", "Пересчитан остаток",
    "Бир баракча айрылып, ыргытылган.", "Көзөмөлчү",
])  # fmt: skip
def test_the_summary_says_what_happened_in_the_hall(recorded, fact):
    assert fact in recorded


def test_a_summary_of_before_has_none_of_it():
    read = text(summary.draw(example.summary(), CONTENT_DIGEST))
    for words in ("Дополнительное время", "Листки с кодами", "Не допущены", "И-1"):
        assert words not in read


def test_a_quiet_hall_says_so():
    content = example.recorded_summary(3)
    content["hall"] |= {"acts": [], "extensions": [], "moves": [], "messages": 0}
    content["hall"]["attendance"] = {"not_let_in": [], "unsat": []}
    read = text(summary.draw(content, CONTENT_DIGEST))
    assert "Дополнительное время не предоставлялось." in read and "Таких действий не было." in read
    assert "Пояснения о явке" not in read and "Переход" not in read


@pytest.mark.parametrize("candidates", [5, 60, 200])
def test_nobody_signs_a_page_that_bears_nothing_but_signatures(candidates):
    last = pages(summary.draw(example.recorded_summary(candidates), CONTENT_DIGEST))[-1]
    assert "Контрольные суммы" in last and "подпись, Ф. И. О., дата" in last


def test_the_act_on_an_incident_bears_place_time_words_people_and_measures():
    read = text(incident.draw(example.incident_act(), CONTENT_DIGEST))
    for fact in (
        "Өзгөчө жагдай жөнүндө акт", "Акт о нештатной ситуации", "№ Т-2026-117/И-1", "10:41:17", "место: 9",
        "Бардык компьютерлер байланышсыз калды.", "Көрүлгөн чаралар", "Принятые меры", "приостановка", "Присутствовали",
        "Жапар уулу Үсөн",
    ):  # fmt: skip
        assert fact in read


def test_where_nothing_was_done_the_act_says_so():
    read = text(incident.draw(example.incident_act(measures=[]), CONTENT_DIGEST))
    assert "Действий в отношении кандидатов не записано." in read


def test_the_register_lists_incidents_or_says_that_there_was_none():
    read = text(incident.draw_register(example.register()))
    assert "Реестр нештатных ситуаций" in read and "И-1" in read and "Записал(а)" in read
    assert "Нештатных ситуаций не зарегистрировано." in text(incident.draw_register(example.register(incidents=[])))


def test_fonts_are_in_the_papers():
    for pdf in (
        incident.draw(example.incident_act(), CONTENT_DIGEST), incident.draw_register(example.register()),
        summary.draw(example.recorded_summary(5), CONTENT_DIGEST),
    ):  # fmt: skip
        assert not fonts_not_embedded(pdf)
