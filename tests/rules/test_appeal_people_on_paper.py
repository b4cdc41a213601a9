"""Who sat, instead of whom, who left, who signed and who could not: the protocol of a hearing names each as it was."""

from __future__ import annotations

from appeals.documents import protocol
from tests.rules import appeal_paper_examples as example
from tests.rules.appeal_paper_examples import CHAIR, GIVEN, LEFT, MEMBERS
from tests.rules.paper_examples import CONTENT_DIGEST, NAME
from tests.rules.reading import pages, text


def drawn(given=GIVEN, **commission):
    """The words of a protocol."""
    content = example.protocol()
    content["commission"] |= commission
    return text(protocol.draw(content, CONTENT_DIGEST, given))


def test_34_a_substitute_is_named_as_such_with_the_act_and_since_when():
    assert (
        f"{MEMBERS[2]} Ордуна / Взамен: {LEFT} курамда / в составе с: 28.11.2026, 14:31:00 "
        "буйрук / приказ: № 119-б, 28.11.2026"
    ) in drawn()


def test_34_of_a_substitution_older_than_its_act_no_act_is_invented():
    old = {"name": LEFT, "since": "2026-11-28T08:31:00Z", "act_number": None, "act_on": None}
    found = drawn(members=[{"name": MEMBERS[0], "is_present": True, "substitutes": old}])
    assert f"Взамен: {LEFT}" in found and "буйрук / приказ" not in found


def test_34_who_left_before_the_decision_is_named_with_time_and_reason_and_that_they_had_voted():
    found = drawn()
    assert "курамдан чыккан убактысы / время выхода: 28.11.2026, 14:20:00 талапкердин тууганы" in found
    assert "успел проголосовать; голоса по этому заявлению отменены" in found
    quiet = drawn(left=[{"name": LEFT, "role": "member", "reason": "оорулуу", "had_voted": False}])
    assert "оорулуу" in quiet and "успел проголосовать" not in quiet


def test_35_who_could_not_sign_is_named_with_the_reason_and_the_document_and_has_no_time():
    gone = {"name": MEMBERS[0], "role": "member", "signed_at": None, "reason": "каза болгон", "document": "күбөлүк № 7"}
    found = drawn([GIVEN[0], gone, *GIVEN[2:]])
    assert "кол коё алган жок / не смог(ла) подписать каза болгон. күбөлүк № 7" in found
    assert "15:02:40" not in found and "15:01:12" in found


def test_35_everybody_who_decided_and_the_candidate_have_room_to_sign_and_who_was_absent_has_not():
    last = pages(protocol.draw(example.protocol(), CONTENT_DIGEST, GIVEN))[-1]
    table = last[last.index("Подпись, дата") :]
    assert all(name in table for name in (CHAIR, *MEMBERS[:3], NAME)) and MEMBERS[3] not in table


def test_35_before_anybody_has_signed_it_says_so_of_each():
    found = drawn([])
    assert found.count("пока не подписано") == 4 and "сырсөзүн" not in found
