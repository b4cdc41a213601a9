"""Rich drafts, missing and stale translations, differences word by word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank import differences, writing
from question_bank.exchange.drafts import Medium, check_draft, languages_with_words, missing_language, settled
from question_bank.kinds.base import Wording
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.rules import ItemKind
from tests.kinds_scene import DRAFTS
from tests.rich_scene import RED, TRIANGLE, image, rich


def faults(draft, severity: str = "error") -> set[tuple[str, str | None]]:
    return {(problem.code, problem.column) for problem in check_draft(draft) if problem.severity == severity}


def test_a_rich_question_with_pictures_and_their_words_may_be_taken():
    assert check_draft(rich()) == []


def test_a_picture_needs_its_words_in_both_languages():
    bare = rich(stem_ru=f"<p>Какой угол?</p>{image(TRIANGLE, ' ')}")
    assert faults(bare) == {("alternative_missing", "stem_ru")}


def test_a_picture_that_is_not_there_or_not_what_its_name_says_is_a_fault():
    assert faults(rich(media=(TRIANGLE,))) == {("picture_missing", "option_c_ky"), ("picture_missing", "option_c_ru")}
    other = Medium(RED.name, RED.media_type, TRIANGLE.content)
    assert faults(rich(media=(other, TRIANGLE))) == {("picture_refused", "stem_ky")}


def test_markup_alone_is_no_text_and_two_options_that_look_alike_are_the_same():
    empty = Wording("<p> </p>", "<b></b>")
    assert ("option_gap", "option_b_ky") in faults(rich(options=(rich().options[0], empty, rich().options[2])))
    alike = (Wording("<b>бир</b>", "<b>один</b>"), Wording("<i>бир</i>", "два"))
    assert faults(rich(options=alike, key=(0,))) == {("options_equal", "option_b_ky")}


def test_what_is_kept_is_clean_and_has_only_the_pictures_that_it_shows():
    dirty = rich(stem_ky='<p onclick="x">Бурч?<script>x</script></p>', stem_ru="<p>Угол?")
    kept = settled(dirty)
    assert (kept.stem_ky, kept.stem_ru, kept.media) == ("<p>Бурч?</p>", "<p>Угол?</p>", (RED,))
    assert settled(kept) == kept
    assert settled(DRAFTS["single"]) == DRAFTS["single"]


def test_a_plain_question_may_hold_signs_of_markup():
    plain = replace(DRAFTS["single"], stem_ky="a < b & <b>c</b>?")
    assert settled(plain).stem_ky == plain.stem_ky
    assert check_draft(plain) == []


@pytest.mark.parametrize("language", ["ky", "ru"])
@pytest.mark.parametrize("name", [*DRAFTS, "rich"])
def test_a_question_wholly_in_one_language_is_kept_with_a_warning(name, language):
    whole = rich() if name == "rich" else DRAFTS[name]
    there = "ru" if language == "ky" else "ky"

    def half(text):
        return Wording(*(getattr(text, code) if code == there else "" for code in ("ky", "ru")))

    given_by_kind = whole.kind == ItemKind.TRUE_FALSE
    one = replace(
        whole, **{f"stem_{language}": ""}, targets=tuple(map(half, whole.targets)),
        options=TRUE_FALSE if given_by_kind else tuple(map(half, whole.options)),
    )  # fmt: skip
    assert missing_language(one) == language
    assert faults(one) == set()
    assert faults(one, "warning") == {("translation_missing", f"stem_{language}")}


def test_a_picture_is_no_translation_of_words():
    one = rich(
        stem_ru=image(TRIANGLE, "Синий треугольник"),
        options=(Wording("бир", ""), Wording(f"эки {image(RED, 'чарчы')}", image(RED, "квадрат"))),
    )  # fmt: skip
    assert missing_language(one) == "ru"
    assert (faults(one), faults(one, "warning")) == (set(), {("translation_missing", "stem_ru")})
    assert languages_with_words(one) == ("ky",)
    with_figures = replace(one, options=(Wording("5", "5"), Wording("7", "7")))
    assert (missing_language(with_figures), faults(with_figures)) == (None, {("stem_missing", "stem_ru")})


def test_a_text_that_is_a_picture_in_both_languages_lacks_nothing():
    shown = image(TRIANGLE, "Үч бурчтук")
    one = rich(stem_ky=shown, stem_ru=image(TRIANGLE, "Треугольник"))
    assert (missing_language(one), check_draft(one)) == (None, [])
    silent = replace(one, options=(Wording(shown, shown), Wording(image(RED, "чарчы"), image(RED, "квадрат"))))
    assert (missing_language(silent), faults(silent)) == (None, set())
    assert languages_with_words(silent) == ("ky", "ru")


def test_a_translation_with_gaps_is_no_missing_one():
    one = replace(DRAFTS["single"], stem_ru="")
    assert missing_language(one) is None
    assert faults(one) == {("stem_missing", "stem_ru")}


STEM, A, B = ("stem", "к", "р"), ("option", "ка", "ра"), ("option", "кб", "рб")


@pytest.mark.parametrize(
    ("now", "behind"),
    [
        ([STEM, A, B], {}),
        ([("stem", "к2", "р"), A], {("stem", "к2", "р"): "ru"}),
        ([STEM, ("option", "ка", "ра2")], {("option", "ка", "ра2"): "ky"}),
        ([("stem", "к2", "р2"), A, B], {}),
        ([("stem", "к2", "р"), ("option", "ка2", "ра2")], {("stem", "к2", "р"): "ru"}),
        ([("stem", "к2", "р"), ("option", "ка", "ра2")], {("stem", "к2", "р"): "ru", ("option", "ка", "ра2"): "ky"}),
        ([STEM, ("option", "ка", "рб"), ("option", "кб", "ра")],
         {("option", "ка", "рб"): "ky", ("option", "кб", "ра"): "ky"}),
        ([STEM, B, A], {}),
        ([STEM, A], {}),
        ([STEM, A, B, ("option", "кв", "рв")], {}),
        ([STEM, ("target", "ка", "рв")], {}),
    ],
)  # fmt: skip
def test_of_each_text_the_language_is_behind_that_stands_while_the_other_changed(now, behind):
    assert writing.behind([STEM, A, B], now, anew="ky") == behind


def test_a_text_that_is_translated_only_now_is_not_behind():
    assert writing.behind([("stem", "к", ""), ("option", "", "р")], [STEM, ("option", "к", "р")], anew="ru") == {}


def test_the_next_change_is_compared_with_what_last_agreed():
    changed = ("stem", "к2", "р")
    kept = writing.still_agreed([STEM, A, B], [changed, A, ("option", "кб2", "рб2")], [changed])
    assert kept == sorted([STEM, A, ("option", "кб2", "рб2")])


def test_an_autosave_builds_on_the_last_one_and_a_save_on_what_was_opened():
    writing.check_revision(3, 3, time="12:31")
    with pytest.raises(writing.SavedElsewhere, match="12:31"):
        writing.check_revision(2, 3, time="12:31")
    opened = datetime(2026, 11, 22, 12, tzinfo=UTC)
    writing.check_based_on(opened, opened)
    writing.check_based_on(None, opened)
    with pytest.raises(writing.EditedMeanwhile):
        writing.check_based_on(opened, opened + timedelta(seconds=1))


def test_words_that_came_and_went_are_told_apart():
    pieces = differences.words("Апелляция үч күндө берилет.", "Апелляция беш күндө берилет!")
    assert [(piece.sign, piece.text) for piece in pieces] == [
        ("same", "Апелляция "), ("removed", "үч"), ("added", "беш"), ("same", " күндө берилет"), ("removed", "."),
        ("added", "!"),
    ]  # fmt: skip


@given(st.text("аб в.\n", max_size=40), st.text("аб в.\n", max_size=40))
def test_without_what_came_the_old_text_is_left_and_without_what_went_the_new_one(old, new):
    pieces = differences.words(old, new)
    assert "".join(piece.text for piece in pieces if piece.sign != "added") == old
    assert "".join(piece.text for piece in pieces if piece.sign != "removed") == new


def test_differences_name_each_text_and_see_form_apart_from_words():
    new = rich(stem_ky=rich().stem_ky.replace("<b>", "<i>").replace("</b>", "</i>"), options=rich().options[:2])
    stem, first, _second, gone = differences.changes(rich(), new)
    assert (stem.is_form, stem.is_changed) == ({"ky": True, "ru": False}, True)
    assert not first.is_changed
    assert gone.sign == "–" and gone.pieces["ru"][0].sign == "removed"


def test_lines_that_are_stored_in_a_drawn_order_are_compared_with_themselves():
    whole = DRAFTS["order"]
    other = replace(whole, options=tuple(reversed(whole.options)))
    assert not any(change.is_changed for change in differences.changes(whole, other))


def asked(kind: str, key, *options: str, targets=()):
    """A question of this kind with these options."""
    both, others = (tuple(Wording(one, one) for one in side) for side in (options, targets))
    return replace(DRAFTS["order"], kind=kind, options=both, key=key, targets=others)


@pytest.mark.parametrize(
    ("old", "new", "is_changed"),
    [
        (asked("single_choice", (0,), "а", "б"), asked("single_choice", (1,), "а", "б"), True),
        (asked("single_choice", (0,), "а", "б"), asked("single_choice", (1,), "б", "а"), False),
        (asked("single_choice", (0,), "а", "б"), asked("single_choice", (0,), "в", "б"), False),
        (asked("single_choice", (0,), "а", "б"), asked("single_choice", (0,), "б", "а"), True),
        (asked("multiple_response", (0, 1), "а", "б", "в"), asked("multiple_response", (0, 2), "а", "б", "в"), True),
        (asked("ordering", (0, 1, 2), "аа", "бб", "вв"), asked("ordering", (2, 0, 1), "бб", "вв", "аа"), False),
        (asked("ordering", (0, 1, 2), "аа", "бб", "вв"), asked("ordering", (1, 0, 2), "аа", "бб", "вв"), True),
        (
            asked("matching", ((0, 0), (1, 1)), "аа", "бб", targets=("гг", "дд")),
            asked("matching", ((0, 1), (1, 0)), "аа", "бб", targets=("дд", "гг")), False,
        ),
        (
            asked("matching", ((0, 0), (1, 1)), "аа", "бб", targets=("гг", "дд")),
            asked("matching", ((0, 1), (1, 0)), "аа", "бб", targets=("гг", "дд")), True,
        ),
        (asked("numeric", ("12.5", "0")), asked("numeric", ("12.5", "0.5")), True),
        (asked("numeric", ("12.5", "0")), asked("numeric", ("12.5", "0")), False),
    ],
)  # fmt: skip
def test_a_key_has_changed_where_it_names_another_text_and_not_where_the_text_moved(old, new, is_changed):
    found = differences.key_change(old, new)
    assert (found is not None) is is_changed


def test_a_key_is_told_in_words_with_the_letters_of_choices():
    old, new = asked("single_choice", (0,), "а", "б"), asked("single_choice", (1,), "а", "б")
    assert differences.key_change(old, new) == ([Wording("A. а", "A. а")], [Wording("B. б", "B. б")])
    old, new = asked("numeric", ("12.5", "0")), asked("numeric", ("12.5", "0.5"))
    assert differences.key_change(old, new) == ([Wording("12,5", "12,5")], [Wording("12,5 ± 0,5", "12,5 ± 0,5")])
