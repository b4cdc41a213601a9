"""The papers of a competition's results: places, winner or 'not held', reserve, and the handing-over file (¶27–32)."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from io import BytesIO
from zipfile import ZipFile

import pytest

from competitions.rules import Financing
from ranking.documents import handing_over, ranking, wording
from ranking.rules.acts import ActKind
from ranking.rules.outcome import Ground, RoundState
from ranking.rules.tie_break import Absence
from ranking.rules.told import Out
from tests.rules import ranking_paper_examples as example
from tests.rules.paper_examples import CONTENT_DIGEST, HEAD
from tests.rules.reading import fonts_not_embedded, grouped, opened, pages, text


@pytest.fixture(scope="module")
def decided() -> str:
    return text(ranking.draw(example.ranking(), CONTENT_DIGEST))


@pytest.fixture(scope="module")
def zipped() -> ZipFile:
    return ZipFile(BytesIO(handing_over.archive(example.FILES, example.HANDING_OVER)))


@pytest.mark.parametrize(
    "fact",
    [
        "Конкурстун жыйынтык протоколу",
        "Протокол итогов конкурса",
        "№ К-2026-03/Ж",
        "01.12.2026, 11:00",
        "жергиликтүү бюджеттен каржыланат",
        "школа № 14 имени У. Асаналиева",
        "вопросов: 60, максимальный балл: 60",
        "Босого балл Пороговый балл 36",
        "1 117-0142 51 14 + 11 76 жеңүүчү победитель",
        "2 117-0007 51 14 + 9 74 резервде в резерве",
        "3 118-0311 51 катышкан жок не участвовал(а) 51",
        "4 117-0099 44 – 44 резервде",
        "4 118-0040 44 – 44 резервде",
        "– 117-0201 31 – 31 босого баллдан төмөн ниже порогового балла",
        "1 1 20 117-0007, 117-0142, 118-0311 118-0311: келген жок / не явился (не явилась) 30.11.2026, 13:10",
        "2 1 20 117-0007, 117-0142 02.12.2026, 12:00 өткөрүлдү проведено",
        "Конкурстун жеңүүчүсү: 117-0142 Победитель конкурса: 117-0142",
        "заключение с победителем срочного трудового договора",
        "Кадровый резерв 117-0007, 118-0311, 117-0099, 118-0040",
        "117-0201: 28.11.2027",
        grouped(CONTENT_DIGEST),
        grouped(HEAD),
        "Сотрудник уполномоченного органа",
    ],
)
def test_the_ranking_protocol_bears_every_fact_in_both_languages(decided, fact):
    assert fact in decided


@pytest.mark.parametrize("ground", list(Ground))
def test_a_competition_not_held_names_its_ground_and_whether_the_law_names_it(ground):
    found = text(ranking.draw(example.not_held(ground), CONTENT_DIGEST))
    ky, ru = wording.GROUNDS[ground]
    assert "Конкурс өткөн жок деп табылды Конкурс признан несостоявшимся" in found
    assert f"Негизи: {ky}" in found and f"Основание: {ru}" in found
    assert ("(п. 30 Положения)" in found) is ground.is_named_in_law
    assert ("в п. 30 Положения не названо" in found) is not ground.is_named_in_law
    assert "назначение из кадрового резерва (п. 31 Положения)" in found
    assert "Победитель конкурса" not in found


def test_the_words_cover_everything_that_the_rules_can_say():
    assert set(wording.GROUNDS) == set(Ground)
    assert {ground for ground in Ground if ground.is_named_in_law} == wording.NAMED_IN_LAW
    assert set(wording.ACTS) == set(ActKind)
    assert set(wording.FINANCING) == set(Financing)
    assert set(wording.ROUND_STATES) == set(RoundState) and set(wording.ABSENCES) == set(Absence)


def test_a_winner_who_declined_is_said_and_what_the_authority_may_do():
    content = example.ranking(winner=None, declined=["117-0142"], may_follow=["announce_anew", "contract_second"])
    found = text(ranking.draw(content, CONTENT_DIGEST))
    assert "Победитель отказался от договора" in found and "Победитель конкурса" not in found
    assert "117-0142 51 14 + 11 76 баш тартты отказ от договора" in found
    assert "занявшим второе место (п. 29 Положения)" in found and "объявление нового конкурса" in found


def test_acts_of_the_authority_stand_with_their_documents_and_the_contract_is_said():
    act = {"kind": "winner_accepted", "code": "117-0142", "document": "Келишим № 41", "on": "2026-12-03"}
    found = text(ranking.draw(example.ranking(accepted=True, acts=[act], may_follow=[]), CONTENT_DIGEST))
    assert "С победителем заключён срочный трудовой договор." in found
    assert "03.12.2026 жеңүүчү менен мөөнөттүү эмгек келишимин түзүү" in found
    assert "117-0142 Келишим № 41" in found and "Далее возможно" not in found


@pytest.mark.parametrize("state", list(RoundState))
def test_a_round_says_how_far_it_is_and_whether_it_counts(state):
    content = example.ranking()
    content["tie_breaks"][1] |= {"state": state, "counts": False}
    over = state in (RoundState.HELD, RoundState.UNCONTESTED)
    said = wording.OUT_OF_COUNT if over else wording.ROUND_STATES[state]
    assert f"02.12.2026, 12:00 {said[0]} {said[1]}" in text(ranking.draw(content, CONTENT_DIGEST))


def test_28_29_the_paper_says_who_was_not_called_and_who_declined():
    content = example.ranking()
    content["tie_breaks"][0]["absent"] = {"117-0007": "declined", "118-0311": "barred"}
    found = text(ranking.draw(content, CONTENT_DIGEST))
    assert "117-0007: жазуу жүзүндө баш тартты / отказался (отказалась) письменно" in found
    assert "118-0311: чакырылган жок: босого баллды топтой албагандан бери 1 жыл өтө элек" in found
    assert ranking.BEHIND[0] in found and ranking.BEHIND[1] in found
    assert "место занял(а)" not in found
    content["tie_breaks"][0] |= {"state": "uncontested"}
    found = text(ranking.draw(content, CONTENT_DIGEST))
    alone = ranking.ALONE[Out.DECLINED_OR_BARRED]
    assert alone[0].format(code="117-0142") in found and alone[1].format(code="117-0142") in found


def test_what_is_not_decided_is_not_called_decided():
    found = text(ranking.draw(example.ranking(status="tie_break", winner=None, reserve=[]), CONTENT_DIGEST))
    assert "Итог пока не подведён" in found and "В резерв никто не включён." in found


def test_a_later_edition_names_the_one_that_it_replaces(decided):
    found = text(ranking.draw(example.ranking(revision=2, supersedes=1), CONTENT_DIGEST))
    assert "Взамен: редакция 1" in found and "Взамен" not in decided


@pytest.mark.parametrize("count", [0, 1, 14, 31, 70])
def test_whoever_signs_has_the_outcome_on_the_same_page(count):
    last = pages(ranking.draw(example.large(count), CONTENT_DIGEST))[-1]
    assert "Итог конкурса" in last and "кол тамгасы" in last and grouped(CONTENT_DIGEST) in last


def test_a_long_table_keeps_every_row():
    found = text(ranking.draw(example.large(70), CONTENT_DIGEST))
    assert all(f"117-{n:04d}" in found for n in range(70))


def test_the_same_content_gives_the_same_bytes_with_every_font_inside():
    content = example.ranking(demo=True)
    pdf = ranking.draw(content, CONTENT_DIGEST)
    assert pdf == ranking.draw(content, CONTENT_DIGEST) and fonts_not_embedded(pdf) == []
    assert all("ДЕМОНСТРАЦИЯЛЫК ҮЛГҮ" in page for page in pages(pdf))


def test_the_handing_over_file_holds_every_file_and_its_digest(zipped):
    manifest = json.loads(zipped.read("manifest.json"))
    assert manifest["format"] == "handing-over/1" and manifest["number"] == "К-2026-03/Ө"
    assert {one["path"]: one["sha256"] for one in manifest["files"]} == {
        path: hashlib.sha256(content).hexdigest() for path, content in example.FILES.items()
    }
    assert {path: zipped.read(path) for path in example.FILES} == example.FILES


def test_a_program_of_every_computer_verifies_the_handing_over_file(zipped, tmp_path):
    sha256sum = shutil.which("sha256sum")
    assert sha256sum
    zipped.extractall(tmp_path)
    check = [sha256sum, "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "protocols" / "117-0142.pdf").write_bytes(b"another score")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode == 1


def test_the_printed_manifest_names_the_files_the_digests_and_the_lines_of_the_receipt(zipped):
    pdf = zipped.read("manifest.pdf")
    found = text(pdf)
    for path, content in example.FILES.items():
        assert path in found and grouped(hashlib.sha256(content).hexdigest()) in found
    assert grouped(hashlib.sha256(zipped.read("manifest.json")).hexdigest()) in found
    assert "Тестирлөөнүн протоколу / Протокол тестирования" in found
    assert "Тапшырды (ведомствого караштуу мекеме)" in found and "Принял(а) (уполномоченный орган)" in found
    assert "27-пунктуна ылайык" in found and "Подлинники хранятся" in found
    assert len(opened(pdf).pages) == 1 and fonts_not_embedded(pdf) == []


def test_the_same_files_give_the_same_zip_in_whatever_order_they_come():
    backwards = dict(reversed(example.FILES.items()))
    assert handing_over.archive(example.FILES, example.HANDING_OVER) == handing_over.archive(
        backwards, example.HANDING_OVER
    )


def test_the_list_of_papers_names_the_proctors_who_have_not_signed(zipped):
    said = " ".join(text(zipped.read("manifest.pdf")).split())
    assert "Т-2026-117: подписи под сводным протоколом" in said and "1 / 2" in said and "Асанов Үсөн" in said
    assert json.loads(zipped.read("manifest.json"))["summaries"] == example.HANDING_OVER["summaries"]


def test_a_competition_without_anybody_to_hand_over_has_a_manifest_that_says_so():
    empty = ZipFile(BytesIO(handing_over.archive({}, example.HANDING_OVER)))
    assert json.loads(empty.read("manifest.json"))["files"] == []
    assert "Передавать нечего." in text(empty.read("manifest.pdf"))


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../above", "a/../../above", "a\\b", "manifest.json", "SHA256SUMS"]
)
def test_a_path_that_leads_out_of_the_zip_or_into_its_manifest_is_a_mistake(path):
    with pytest.raises(ValueError, match="not a path"):
        handing_over.archive({path: b""}, example.HANDING_OVER)
