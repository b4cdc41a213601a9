"""What a commission found wrong waits as a correction, is filled in, and is corrected for everybody (¶35)."""

from __future__ import annotations

import re

import pytest

from accounts.rules import Role
from appeals.rules.states import AppealOutcome, FindingKind
from core import audit
from core.db import db
from ranking.services import findings
from testing_center.models.errata import Correction
from tests.appeal_scene import AppealScene
from tests.correction_scene import CorrectionScene
from tests.web.reading import page_of
from tests.web.signing_in import post, sign_in
from tests.web.test_appeal_pages import seated

INDEX = "/staff/corrections/"


@pytest.fixture
def upheld(make, clock):
    """Of two people one has appealed: at place 2 the second option is right instead of the key."""
    scene = AppealScene(make, clock, people=2, right=5)
    scene.closed(AppealOutcome.UPHELD, findings={2: FindingKind.WRONG_KEY})
    return scene


def test_a_finding_of_a_decided_appeal_waits_is_filled_in_and_is_settled_by_the_correction(client, make, upheld):
    form_id = upheld.attempt().form_id
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    assert "Decided appeals wait for a correction" in client.get(f"{INDEX}?lang=en").get_data(as_text=True)
    path = f"{INDEX}forms/{form_id}"
    html = client.get(path).get_data(as_text=True)
    option, number = upheld.option(2, 1), upheld.appeal().number
    boxes = [tag for tag in re.findall(r"<input[^>]*>", html) if 'name="accepted_2"' in tag and " checked" in tag]
    assert len(boxes) == 1 and option in boxes[0] and number in html
    data = {"grounds": number, "kind_2": "wrong_key", "accepted_2": [option], "reason_2": "Текшерилди."}
    assert post(client, path, data, page=path).status_code == 303
    assert "Decided appeals wait" not in client.get(f"{INDEX}?lang=en").get_data(as_text=True), "it is prepared"
    correction = db.session.scalars(db.select(Correction)).one()
    scene = CorrectionScene.of(make, upheld.clock, upheld.sitting)
    assert scene.apply(correction) == 2
    assert [candidate.result.score for candidate in upheld.candidates] == [4, 4]
    assert findings.errata_due(form_id) == []
    assert "Decided appeals wait" not in client.get(f"{INDEX}?lang=en").get_data(as_text=True)


def test_the_candidate_reads_at_the_own_screen_that_the_result_was_corrected_and_what_it_was(client, make, upheld):
    own = seated(client, upheld.candidates[0])
    assert "The result was corrected" not in page_of(own.get("/exam/result"))
    scene = CorrectionScene.of(make, upheld.clock, upheld.sitting)
    scene.correct(scene.wrong_key(2, 1))
    page = page_of(own.get("/exam/result"))
    assert "The result was corrected" in page and "The score before: 5" in page


def test_a_finding_that_agrees_with_the_key_brings_no_correction(make, clock):
    scene = AppealScene(make, clock, right=5)
    scene.closed(AppealOutcome.DISMISSED, findings={2: FindingKind.AGREES})
    assert findings.errata_due(scene.attempt().form_id) == []


def test_a_void_finding_comes_as_a_void_erratum_with_its_reason(make, clock):
    scene = AppealScene(make, clock, right=5)
    scene.closed(AppealOutcome.UPHELD, findings={3: FindingKind.VOID})
    [erratum] = findings.errata_due(scene.attempt().form_id)
    assert (erratum.place, str(erratum.kind), list(erratum.accepted), erratum.reason) == (3, "void", [], "Текшерилди.")
    assert findings.grounds_due(scene.attempt().form_id) == scene.appeal().number


def entries(action: str) -> list[audit.AuditEntry]:
    db.session.rollback()
    return list(
        db.session.scalars(db.select(audit.AuditEntry).filter_by(action=action).order_by(audit.AuditEntry.number))
    )


def test_the_page_that_shows_what_was_found_is_in_the_record_with_who_looked(client, make, upheld):
    administrator, form_id = make.user(Role.TEST_ADMINISTRATOR), upheld.attempt().form_id
    actor = administrator.actor_name
    sign_in(client, administrator)
    client.get(f"{INDEX}forms")
    assert entries("findings.opened") == []
    client.get(f"{INDEX}forms/{form_id}")
    [entry] = entries("findings.opened")
    assert (entry.actor, entry.subject) == (actor, f"test_form:{form_id}")
    assert audit.facts(entry)["purpose"] == "correction"


@pytest.mark.parametrize(
    ("place", "kind", "option", "code", "sentence"),
    [
        (1, "several_right", 0, "erratum_changes_nothing", "This is what the key says already"),
        (2, "wrong_key", 2, "finding_says_otherwise", "A decided appeal waits for the correction of this question"),
    ],
)
def test_whoever_tries_what_the_key_says_or_what_was_not_found_is_in_the_record_with_form_and_place(
    client, make, upheld, place, kind, option, code, sentence
):
    administrator, form_id = make.user(Role.TEST_ADMINISTRATOR), upheld.attempt().form_id
    actor = administrator.actor_name
    sign_in(client, administrator)
    path = f"{INDEX}forms/{form_id}?place={place}&chosen=1&lang=en"
    data = {"grounds": "х", f"kind_{place}": kind, f"accepted_{place}": [upheld.option(place, option)],
            f"reason_{place}": "х"}  # fmt: skip
    html = post(client, path, data, page=path).get_data(as_text=True)
    assert sentence in html and db.session.query(Correction).count() == 0
    [refused] = entries("refused")
    assert (refused.actor, refused.subject) == (actor, f"test_form:{form_id}")
    assert (audit.facts(refused)["code"], audit.facts(refused)["params"]["place"]) == (code, place)
