"""After an annulment a new sitting of the same test is called (decision on ¶24, 35)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from testing_center.rules.errata import CorrectionStatus


class NotAnnulled(Refusal):
    code = "not_annulled"
    message = _l("The sitting is not annulled: nobody is called anew.")


class OtherTest(Refusal):
    code = "other_test"
    message = _l(
        "The candidates of an annulled sitting are registered for the same test. This sitting is of another one."
    )


class FormSatBefore(Refusal):
    """¶24: an equal chance. Whoever sits a form again knows its questions."""

    code = "form_sat_before"
    message = _l(
        "People of an annulled sitting have sat this form already, so they do not sit it again: choose another sealed "
        "form. Form: %(form)s; annulled sitting: %(sitting)s"
    )


def check_forms_unsat(forms: Mapping[UUID, str], sat: Mapping[UUID, str]) -> None:
    """After an annulment nobody sits a form that was sat at the annulled sitting they came to (decision on ¶24, 35).

    ``forms`` are those of the sitting with the beginning of their digests; ``sat`` those of annulled sittings, each
    with the number of the sitting.

    Raises:
        FormSatBefore: names the first such form and the annulled sitting.
    """
    for form_id, digest in forms.items():
        if form_id in sat:
            raise FormSatBefore(form=digest, sitting=sat[form_id])


def check_may_call(status: CorrectionStatus, annulled_test: UUID, new_test: UUID) -> None:
    """Candidates are called anew after an annulment in force, and to the same test.

    Raises:
        NotAnnulled, OtherTest.
    """
    if status != CorrectionStatus.APPLIED:
        raise NotAnnulled
    if new_test != annulled_test:
        raise OtherTest
