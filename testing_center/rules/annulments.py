"""After an annulment a new sitting of the same test is called (decision on ¶24, 35)."""

from __future__ import annotations

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


def check_may_call(status: CorrectionStatus, annulled_test: UUID, new_test: UUID) -> None:
    """Candidates are called anew after an annulment in force, and to the same test.

    Raises:
        NotAnnulled, OtherTest.
    """
    if status != CorrectionStatus.APPLIED:
        raise NotAnnulled
    if new_test != annulled_test:
        raise OtherTest
