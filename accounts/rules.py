"""Who may do what: roles, permissions, and the pairs of roles that one person must not hold."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection
from datetime import datetime, timedelta

from accounts.guessable import is_guessable
from core.errors import Refusal
from core.i18n import lazy_gettext as _l


class Role(enum.StrEnum):
    """Duties of staff (¶5, 18, 22–24, 34–37)."""

    ITEM_AUTHOR = "item_author"
    ITEM_APPROVER = "item_approver"
    TEST_ADMINISTRATOR = "test_administrator"
    PROCTOR = "proctor"
    COMMISSION_CHAIR = "commission_chair"
    COMMISSION_MEMBER = "commission_member"
    AUTHORITY_OFFICER = "authority_officer"
    AUDITOR = "auditor"
    SYSTEM_ADMINISTRATOR = "system_administrator"


ROLE_NAMES = {
    Role.ITEM_AUTHOR: _l("Item author"),
    Role.ITEM_APPROVER: _l("Item approver"),
    Role.TEST_ADMINISTRATOR: _l("Test administrator"),
    Role.PROCTOR: _l("Proctor"),
    Role.COMMISSION_CHAIR: _l("Commission chair"),
    Role.COMMISSION_MEMBER: _l("Commission member"),
    Role.AUTHORITY_OFFICER: _l("Authority officer"),
    Role.AUDITOR: _l("Auditor"),
    Role.SYSTEM_ADMINISTRATOR: _l("System administrator"),
}

#: One sentence about each duty, for whoever gives or holds it.
ROLE_DUTIES = {
    Role.ITEM_AUTHOR: _l("Writes questions and sends them for approval."),
    Role.ITEM_APPROVER: _l("Checks questions of others; approves or returns them."),
    Role.TEST_ADMINISTRATOR: _l("Prepares tests, sittings, candidates and codes."),
    Role.PROCTOR: _l("Runs the sitting in the room: presence, incidents, closing."),
    Role.COMMISSION_CHAIR: _l("Leads the technical commission that hears appeals."),
    Role.COMMISSION_MEMBER: _l("Hears appeals in the technical commission."),
    Role.AUTHORITY_OFFICER: _l("Approves the cut score and the manner of testing for the authorised body."),
    Role.AUDITOR: _l("Reads the journal and checks that nothing was altered."),
    Role.SYSTEM_ADMINISTRATOR: _l("Opens accounts and gives roles."),
}


class Permission(enum.StrEnum):
    """Acts and views; a view names exactly one."""

    ACCOUNT_OWN = "account.own"  # one's own account: every staff user
    ACCOUNTS_MANAGE = "accounts.manage"
    BANK_VIEW = "bank.view"
    BANK_AUTHOR = "bank.author"
    BANK_APPROVE = "bank.approve"
    BANK_SUBJECTS = "bank.subjects"
    TEST_DESIGN = "test.design"  # blueprints, specifications, forms
    TEST_APPROVE = "test.approve"  # cut score and manner of testing (¶22)
    TEST_VIEW = "test.view"
    STATISTICS_VIEW = "statistics.view"  # of tests and questions after a sitting; what was answered is a key
    COMPETITIONS_VIEW = "competitions.view"
    COMPETITIONS_MANAGE = "competitions.manage"
    CENTRES_MANAGE = "centres.manage"
    SITTINGS_VIEW = "sittings.view"
    SITTINGS_MANAGE = "sittings.manage"
    PARTICIPANTS_MANAGE = "participants.manage"
    CODES_MANAGE = "codes.manage"  # issue, print, revoke, unlock
    SITTING_RUN = "sitting.run"  # open, presence, incidents, resume tokens, close
    PROTOCOLS_VIEW = "protocols.view"
    AUDIT_VIEW = "audit.view"
    APPEALS_VIEW = "appeals.view"
    APPEAL_DESK = "appeals.desk"  # take an appeal from a person at the centre's desk, confirm who they are (¶33)
    COMMISSIONS_MANAGE = "commissions.manage"  # approve the technical commission (¶34)
    APPEALS_HEAR = "appeals.hear"  # look at the key in a hearing, vote, sign (¶35)
    APPEALS_LEAD = "appeals.lead"  # invite, open and close a hearing, fix the decision
    CORRECTIONS_MANAGE = "corrections.manage"  # prepare, apply, cancel a correction or an annulment; two persons
    RANKING_VIEW = "ranking.view"
    TIE_BREAKS_MANAGE = "tie_breaks.manage"  # place and time of a tie-break test (¶29)
    RESULTS_DECIDE = "results.decide"  # publish, record what the authority did (¶27–31, 37)
    ARCHIVE_MANAGE = "archive.manage"  # legal hold, act of destruction; two persons (¶36, 39)


_OWN = {Permission.ACCOUNT_OWN}
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ITEM_AUTHOR: frozenset(_OWN | {Permission.BANK_VIEW, Permission.BANK_AUTHOR}),
    Role.ITEM_APPROVER: frozenset(
        _OWN | {Permission.BANK_VIEW, Permission.BANK_APPROVE, Permission.STATISTICS_VIEW}
    ),
    Role.TEST_ADMINISTRATOR: frozenset(
        _OWN
        | {
            Permission.BANK_VIEW, Permission.BANK_SUBJECTS, Permission.TEST_VIEW, Permission.TEST_DESIGN,
            Permission.STATISTICS_VIEW,
            Permission.COMPETITIONS_VIEW, Permission.COMPETITIONS_MANAGE, Permission.CENTRES_MANAGE,
            Permission.SITTINGS_VIEW, Permission.SITTINGS_MANAGE, Permission.PARTICIPANTS_MANAGE,
            Permission.CODES_MANAGE, Permission.SITTING_RUN, Permission.PROTOCOLS_VIEW, Permission.APPEALS_VIEW,
            Permission.APPEAL_DESK, Permission.COMMISSIONS_MANAGE, Permission.CORRECTIONS_MANAGE,
            Permission.RANKING_VIEW, Permission.TIE_BREAKS_MANAGE, Permission.ARCHIVE_MANAGE,
        }
    ),
    Role.PROCTOR: frozenset(
        _OWN | {Permission.SITTINGS_VIEW, Permission.SITTING_RUN, Permission.APPEALS_VIEW, Permission.APPEAL_DESK}
    ),
    Role.COMMISSION_CHAIR: frozenset(
        _OWN | {Permission.APPEALS_VIEW, Permission.APPEALS_HEAR, Permission.APPEALS_LEAD}
    ),
    Role.COMMISSION_MEMBER: frozenset(_OWN | {Permission.APPEALS_VIEW, Permission.APPEALS_HEAR}),
    Role.AUTHORITY_OFFICER: frozenset(
        _OWN
        | {
            Permission.TEST_VIEW, Permission.TEST_APPROVE, Permission.COMPETITIONS_VIEW, Permission.SITTINGS_VIEW,
            Permission.PROTOCOLS_VIEW, Permission.APPEALS_VIEW, Permission.CORRECTIONS_MANAGE,
            Permission.RANKING_VIEW, Permission.RESULTS_DECIDE, Permission.ARCHIVE_MANAGE,
        }
    ),
    Role.AUDITOR: frozenset(
        _OWN
        | {
            Permission.AUDIT_VIEW, Permission.SITTINGS_VIEW, Permission.TEST_VIEW, Permission.APPEALS_VIEW,
            Permission.RANKING_VIEW,
        }
    ),
    Role.SYSTEM_ADMINISTRATOR: frozenset(_OWN | {Permission.ACCOUNTS_MANAGE}),
}  # fmt: skip

#: Roles that can see keys or change results sign in with a one-time code as well.
ONE_TIME_CODE_ROLES = frozenset(
    {
        Role.ITEM_AUTHOR, Role.ITEM_APPROVER, Role.TEST_ADMINISTRATOR, Role.COMMISSION_CHAIR, Role.COMMISSION_MEMBER,
        Role.AUTHORITY_OFFICER, Role.SYSTEM_ADMINISTRATOR,
    }
)  # fmt: skip

#: Whoever hears appeals neither prepares what is appealed against nor acts on the result.
FORBIDDEN_PAIRS = (
    frozenset({Role.TEST_ADMINISTRATOR, Role.AUDITOR}),
    frozenset({Role.SYSTEM_ADMINISTRATOR, Role.AUDITOR}),
    frozenset({Role.TEST_ADMINISTRATOR, Role.AUTHORITY_OFFICER}),
    frozenset({Role.COMMISSION_CHAIR, Role.TEST_ADMINISTRATOR}),
    frozenset({Role.COMMISSION_MEMBER, Role.TEST_ADMINISTRATOR}),
    frozenset({Role.COMMISSION_CHAIR, Role.AUTHORITY_OFFICER}),
    frozenset({Role.COMMISSION_MEMBER, Role.AUTHORITY_OFFICER}),
)
LOCK_AFTER = 10  # consecutive failures of one user name, whether or not there is such a user
LOCK_FOR = timedelta(minutes=15)
ADDRESS_FAILURES = 30  # failures from one address within ADDRESS_WINDOW
ADDRESS_WINDOW = timedelta(minutes=1)
PASSWORD_MIN = 12
PASSWORD_MAX = 200  # characters: a bound on the work of one attempt, far above any pass phrase
SETUP_LINK_LASTS = timedelta(days=3)
REAUTHENTICATION_LASTS = timedelta(minutes=5)
IDLE_LIMIT = timedelta(minutes=30)
SESSION_LIMIT = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # how often "last seen" is written down
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


class ForbiddenPair(Refusal):
    code = "forbidden_pair"
    message = _l("One person cannot hold both roles: %(one)s and %(other)s. Give one of them to somebody else.")


class WrongCredentials(Refusal):
    """The same for an unknown name, a wrong password, a wrong code, and an account closed or not yet set up."""

    code = "wrong_credentials"
    status = 401
    message = _l("Wrong user name, password or one-time code.")


class AccountLocked(Refusal):
    """Told alike for a name that exists and one that does not, so it tells nothing about accounts."""

    code = "account_locked"
    status = 429
    title = _l("Too many tries")
    message = _l("Too many tries. Try again after: %(time)s.")


class WeakPassword(Refusal):
    code = "weak_password"
    message = _l("Choose a longer password: at least %(n)s characters, and not your user name.")


class GuessablePassword(WeakPassword):
    code = "guessable_password"
    message = _l(
        "This password is easy to guess: it consists of usual words, names, words of this service, rows of keys, dates "
        "or repetitions. Choose several words that have nothing to do with each other, nor with you and your work."
    )


class SetupLinkInvalid(Refusal):
    code = "setup_link_invalid"
    status = 410
    title = _l("The link is no longer valid")
    message = _l("This link was used already or has expired. Ask the system administrator for a new one.")


class WrongOneTimeCode(Refusal):
    code = "wrong_one_time_code"
    message = _l("The one-time code is not right. Wait for the next one and try again.")


class SetupNeeded(Refusal):
    """Told only to somebody who knows the password: a role was given that needs a one-time code, and none is set up."""

    code = "setup_needed"
    message = _l("Your role needs a one-time code. Ask the system administrator for a set-up link.")


class NotYourself(Refusal):
    code = "not_yourself"
    message = _l("You cannot do this to your own account. Ask another administrator.")


class LastAdministrator(Refusal):
    code = "last_administrator"
    message = _l("At least one system administrator must remain.")


class UserNameTaken(Refusal):
    code = "user_name_taken"
    message = _l("This user name is taken already: %(name)s.")


def permissions_of(roles: Collection[Role]) -> frozenset[Permission]:
    """Everything that the holder of these roles may do."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles)) if roles else frozenset()


def needs_one_time_code(roles: Collection[Role]) -> bool:
    """Whether the holder of these roles signs in with a one-time code too."""
    return not ONE_TIME_CODE_ROLES.isdisjoint(roles)


def check_roles(roles: Collection[Role]) -> None:
    """Refuse a set of roles that holds a forbidden pair."""
    for pair in FORBIDDEN_PAIRS:
        if pair <= set(roles):
            one, other = sorted(pair)
            raise ForbiddenPair(one=ROLE_NAMES[one], other=ROLE_NAMES[other])


def canonical_username(text: str) -> str:
    """A user name as it is stored and looked up: without spaces around it, in small letters."""
    return text.strip().casefold()


def lacks_one_time_code(roles: Collection[Role], *, has_password: bool, has_secret: bool) -> bool:
    """Whether somebody who could sign in until now must set up a one-time code first, because of a role."""
    return has_password and not has_secret and needs_one_time_code(roles)


def check_password(password: str, *own: str) -> None:
    """Refuse a password that is short, or made of what is guessed first; no rules of composition (NIST SP 800-63B).

    ``own`` are the names of the account and of the person.
    """
    if len(password) < PASSWORD_MIN:
        raise WeakPassword(n=PASSWORD_MIN)
    if is_guessable(password, *own):
        raise GuessablePassword


def is_fresh(confirmed_at: datetime | None, *, now: datetime) -> bool:
    """Whether the person proved who they are recently enough for a grave act."""
    return confirmed_at is not None and now - confirmed_at <= REAUTHENTICATION_LASTS


def is_live(created_at: datetime, seen_at: datetime, revoked_at: datetime | None, *, now: datetime) -> bool:
    """Whether a session still counts: not revoked, not idle for too long, not too old; both bounds are in time."""
    return revoked_at is None and now - seen_at <= IDLE_LIMIT and now - created_at <= SESSION_LIMIT


def check_setup_link(used_at: datetime | None, expires_at: datetime, *, now: datetime) -> None:
    """Refuse a set-up link that was used, or whose time is over; at ``expires_at`` itself it is over."""
    if used_at is not None or now >= expires_at:
        raise SetupLinkInvalid
