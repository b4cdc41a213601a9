"""Who may do what: roles, forbidden pairs, passwords, sessions, one-time codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts import agents, one_time_codes, rules
from accounts.rules import FORBIDDEN_PAIRS, ONE_TIME_CODE_ROLES, PERMISSIONS, Permission, Role

NOW = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RFC_SECRET = b"12345678901234567890"


@pytest.mark.parametrize("pair", FORBIDDEN_PAIRS, ids=lambda pair: "+".join(sorted(pair)))
def test_a_forbidden_pair_is_refused_and_named(pair):
    with pytest.raises(rules.ForbiddenPair) as refused:
        rules.check_roles(pair | {Role.PROCTOR})
    assert {refused.value.params["one"], refused.value.params["other"]} == {rules.ROLE_NAMES[role] for role in pair}


@pytest.mark.parametrize("role", Role)
def test_each_role_may_be_held_alone_and_is_named_and_explained(role):
    rules.check_roles({role})
    assert rules.ROLE_NAMES[role] and rules.ROLE_DUTIES[role]
    assert Permission.ACCOUNT_OWN in PERMISSIONS[role]


def test_an_auditor_neither_manages_accounts_nor_prepares_tests():
    assert PERMISSIONS[Role.AUDITOR].isdisjoint(
        {Permission.ACCOUNTS_MANAGE, Permission.TEST_DESIGN, Permission.SITTINGS_MANAGE, Permission.CODES_MANAGE}
    )


def test_the_cut_score_is_approved_by_the_authority_officer_alone():
    assert [role for role in Role if Permission.TEST_APPROVE in PERMISSIONS[role]] == [Role.AUTHORITY_OFFICER]


def test_nobody_without_a_role_may_do_anything():
    assert rules.permissions_of(set()) == frozenset()


def test_permissions_of_several_roles_add_up():
    both = rules.permissions_of({Role.PROCTOR, Role.ITEM_AUTHOR})
    assert both == PERMISSIONS[Role.PROCTOR] | PERMISSIONS[Role.ITEM_AUTHOR]


def test_every_role_that_sees_keys_or_changes_results_needs_a_one_time_code():
    grave = {
        Permission.BANK_AUTHOR, Permission.BANK_APPROVE, Permission.TEST_DESIGN, Permission.TEST_APPROVE,
        Permission.CODES_MANAGE, Permission.ACCOUNTS_MANAGE,
    }  # fmt: skip
    assert {role for role in Role if PERMISSIONS[role] & grave} <= ONE_TIME_CODE_ROLES
    assert rules.needs_one_time_code({Role.PROCTOR, Role.ITEM_AUTHOR})
    assert not rules.needs_one_time_code({Role.PROCTOR, Role.AUDITOR})


@pytest.mark.parametrize("password", ["elevenchars", ""])
def test_a_short_password_is_refused(password):
    with pytest.raises(rules.WeakPassword) as refused:
        rules.check_password(password, "administrator-1")
    assert refused.type is rules.WeakPassword


def test_a_password_that_is_guessed_first_is_refused_with_a_reason_of_its_own():
    with pytest.raises(rules.GuessablePassword):
        rules.check_password("ADMINISTRATOR-1", "administrator-1")


@pytest.mark.parametrize("password", ["twelve chars", "өзүмдүн сөзүм", "correct horse battery"])
def test_a_password_of_twelve_characters_is_accepted_whatever_they_are(password):
    rules.check_password(password, "administrator-1")


@pytest.mark.parametrize(("typed", "stored"), [(" Admin ", "admin"), ("A.Asanova", "a.asanova")])
def test_a_user_name_is_the_same_in_capitals_and_with_spaces_around(typed, stored):
    assert rules.canonical_username(typed) == stored and rules.USERNAME.fullmatch(stored)


@pytest.mark.parametrize("ago", [timedelta(0), rules.REAUTHENTICATION_LASTS])
def test_a_proof_of_identity_holds_for_five_minutes(ago):
    assert rules.is_fresh(NOW - ago, now=NOW)


@pytest.mark.parametrize("confirmed_at", [None, NOW - rules.REAUTHENTICATION_LASTS - SECOND])
def test_a_missing_or_older_proof_of_identity_does_not_hold(confirmed_at):
    assert not rules.is_fresh(confirmed_at, now=NOW)


@pytest.mark.parametrize(
    ("age", "idle", "revoked", "counts"),
    [
        (timedelta(0), timedelta(0), False, True),
        (rules.SESSION_LIMIT, timedelta(0), False, True),
        (rules.SESSION_LIMIT + SECOND, timedelta(0), False, False),
        (timedelta(hours=1), rules.IDLE_LIMIT, False, True),
        (timedelta(hours=1), rules.IDLE_LIMIT + SECOND, False, False),
        (timedelta(0), timedelta(0), True, False),
    ],
)
def test_a_session_counts_for_half_an_hour_idle_and_twelve_hours_in_all(age, idle, revoked, counts):
    assert rules.is_live(NOW - age, NOW - idle, NOW if revoked else None, now=NOW) is counts


def test_a_setup_link_is_open_until_its_end_and_not_at_it():
    rules.check_setup_link(None, NOW + SECOND, now=NOW)
    for used_at, expires_at in ((None, NOW), (NOW, NOW + SECOND)):
        with pytest.raises(rules.SetupLinkInvalid):
            rules.check_setup_link(used_at, expires_at, now=NOW)


def test_a_new_role_that_asks_for_a_code_stops_only_somebody_who_has_none():
    def lacks(roles, *, password=True, secret=False):
        return rules.lacks_one_time_code(roles, has_password=password, has_secret=secret)

    assert lacks({Role.ITEM_AUTHOR})
    assert not lacks({Role.ITEM_AUTHOR}, secret=True)
    assert not lacks({Role.ITEM_AUTHOR}, password=False)
    assert not lacks({Role.PROCTOR})


@pytest.mark.parametrize(
    ("seconds", "digits"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_one_time_codes_are_those_of_rfc_6238_appendix_b(seconds, digits):
    moment = datetime.fromtimestamp(seconds, UTC)
    assert one_time_codes.code_at(RFC_SECRET, moment) == digits
    assert one_time_codes.matching_step(RFC_SECRET, digits, after=0, at=moment) == seconds // 30


@pytest.mark.parametrize(("drift", "accepted"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_phone_may_be_one_step_early_or_late(drift, accepted):
    code = one_time_codes.code_at(RFC_SECRET, NOW + timedelta(seconds=drift))
    assert (one_time_codes.matching_step(RFC_SECRET, code, after=0, at=NOW) is not None) is accepted


def test_a_code_of_a_step_used_before_does_not_count_again_and_the_next_one_does():
    here = one_time_codes.step_of(NOW)
    code, following = (one_time_codes.code_at(RFC_SECRET, NOW + timedelta(seconds=s)) for s in (0, 30))
    assert one_time_codes.matching_step(RFC_SECRET, code, after=here, at=NOW) is None
    assert one_time_codes.matching_step(RFC_SECRET, following, after=here, at=NOW) == here + 1


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_what_is_not_six_digits_is_no_code(text):
    assert one_time_codes.matching_step(RFC_SECRET, text, after=0, at=NOW) is None


def test_a_code_may_be_typed_in_two_groups():
    code = one_time_codes.code_at(RFC_SECRET, NOW)
    assert one_time_codes.matching_step(RFC_SECRET, f" {code[:3]} {code[3:]}", after=0, at=NOW) is not None


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/109.0 Safari/537.36 Edg/109.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.1", "curl/8.1"),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_words(agent, words):
    assert agents.browser_name(agent) == words
