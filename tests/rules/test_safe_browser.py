"""Safe Exam Browser: its Config Key by the published description, whatever the order in which settings are written."""

from __future__ import annotations

import hashlib
import plistlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testing_center.rules import safe_browser as rules

ADDRESS = "https://exam.example.kg/exam/questions/1?x=1"

values = st.recursive(
    st.booleans() | st.integers(-10, 10) | st.text("abcАБ /:", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abXY", min_size=1, max_size=3), inner),
)


def test_the_settings_are_written_as_the_description_says():
    """safeexambrowser.org/developer/seb-config-key.html: sorted whatever the case, no blanks, nothing escaped."""
    written = rules.seb_json(
        {
            "URLFilterRules": [{"expression": "a\\d", "active": True}], "allowWlan": False, "blank": {},
            "originatorVersion": "SEB_Win_3.7", "browserViewMode": 1, "AllowAirPlay": False, "text": "", "list": [],
        }
    )  # fmt: skip
    assert written == (
        '{"AllowAirPlay":false,"allowWlan":false,"browserViewMode":1,"list":[],"text":"",'
        '"URLFilterRules":[{"active":true,"expression":"a\\d"}]}'
    )
    key = rules.config_key({"startURL": "http://localhost", "sendBrowserExamKey": True})
    assert key == hashlib.sha256(b'{"sendBrowserExamKey":true,"startURL":"http://localhost"}').hexdigest()


@given(st.dictionaries(st.text("abXY", min_size=1, max_size=4), values), st.randoms())
def test_the_key_follows_from_what_is_said_and_not_from_its_order(of, random):
    names = list(of)
    random.shuffle(names)
    if len({name.lower() for name in names}) == len(names):
        assert rules.config_key({name: of[name] for name in names}) == rules.config_key(of)
    assert rules.config_key({**of, "originatorVersion": "x"}) == rules.config_key(
        {name: value for name, value in of.items() if name != "originatorVersion"}
    )


def test_the_file_holds_what_the_key_is_made_of():
    of = rules.settings("https://exam.example.kg")
    found = plistlib.loads(rules.settings_file(of))
    assert rules.config_key(found) == rules.config_key(of)
    assert (found["startURL"], found["sendBrowserExamKey"]) == ("https://exam.example.kg/exam/", True)


@pytest.mark.parametrize("change", ["", "0" * 64, "other address", "other settings"])
def test_a_request_shows_the_settings_by_its_own_address(change):
    key = rules.config_key(rules.settings("https://exam.example.kg"))
    right = hashlib.sha256((ADDRESS + key).encode()).hexdigest()
    assert rules.is_shown(right, ADDRESS, key)
    assert rules.is_shown(f" {right.upper()} ", ADDRESS, key)
    other = rules.config_key(rules.settings("https://elsewhere.example.kg"))
    shown = {"other address": rules.expected(ADDRESS + "2", key), "other settings": rules.expected(ADDRESS, other)}
    assert not rules.is_shown(shown.get(change, change), ADDRESS, key)
