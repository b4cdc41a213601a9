"""Single QTI items of other programs: what is read of each version, and what is refused by name."""

from __future__ import annotations

import base64

import pytest

from question_bank.exchange.qti import reading
from question_bank.exchange.qti.names import MATHML
from question_bank.exchange.reading import Given, Limits
from question_bank.kinds.choice import TRUE_FALSE
from tests.rules.qti_files import (
    CHOICES,
    ENTRY,
    MAP_RESPONSE,
    NAMESPACE,
    ORDER,
    SETS,
    choice,
    item,
    read,
    refused,
    taken,
)  # fmt: skip

VERSIONS = list(NAMESPACE)
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def texts(wordings):
    return [one.ru for one in wordings]


# --- what is taken, in each version


@pytest.mark.parametrize("version", VERSIONS)
def test_a_single_choice_item_is_taken_with_its_prompt_as_a_part_of_the_question(version):
    draft = taken(choice(correct=("B",), version=version))
    assert (draft.kind, draft.key, draft.external_id) == ("single_choice", (1,), "luggage")
    assert draft.stem_ru == "Look at the text.\nWhat does it say?"
    assert texts(draft.options)[0] == "You must stay with your luggage."
    assert (draft.subject_area, draft.difficulty, draft.is_rich) == ("law", 2, False)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_choice_of_several_is_multiple_response_all_or_nothing(version):
    draft = taken(choice(0, correct=("A", "C"), version=version, cardinality="multiple"))
    assert (draft.kind, draft.key, draft.is_partial) == ("multiple_response", (0, 2), False)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_order_item_is_taken_in_its_right_order(version):
    draft = taken(item(ORDER, ("B", "C", "A"), version=version, cardinality="ordered"))
    assert (draft.kind, draft.key, texts(draft.options)) == ("ordering", (1, 2, 0), ["third", "first", "second"])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_match_item_is_taken_with_each_line_and_its_match(version):
    draft = taken(item(SETS, ("C R", "D M"), version=version, cardinality="multiple", base_type="directedPair"))
    assert (draft.kind, draft.key) == ("matching", ((0, 1), (1, 0)))
    assert texts(draft.options) == ["Capulet", "Demetrius"]
    assert texts(draft.targets) == ["A Midsummer Night's Dream", "Romeo and Juliet"]


def test_a_match_item_whose_second_set_has_one_match_each_is_turned_round():
    turned = item(SETS, ("C M", "C R"), cardinality="multiple", base_type="directedPair")
    draft = taken(turned)
    assert (texts(draft.options)[0], draft.key) == ("A Midsummer Night's Dream", ((0, 0), (1, 0)))


EQUAL = """<responseProcessing><responseCondition><responseIf>
<equal {how}>{sides}</equal>
<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>
</responseIf></responseCondition></responseProcessing>"""
RESPONSE_FIRST = '<variable identifier="RESPONSE"/><correct identifier="RESPONSE"/>'
CORRECT_FIRST = '<correct identifier="RESPONSE"/><variable identifier="RESPONSE"/>'


@pytest.mark.parametrize("version", VERSIONS)
def test_a_number_item_is_taken_with_its_tolerance(version):
    how = EQUAL.format(how='toleranceMode="absolute" tolerance="0.01"', sides=RESPONSE_FIRST)
    draft = taken(item(ENTRY, ("3.14",), version=version, base_type="float", processing=how))
    assert (draft.kind, draft.key, draft.stem_ru) == ("numeric", ("3.14", "0.01"), "Pi is about")


@pytest.mark.parametrize(
    ("how", "sides", "key"),
    [
        ('toleranceMode="exact"', RESPONSE_FIRST, ("3", "0")),
        ('toleranceMode="absolute" tolerance="1 2"', CORRECT_FIRST, ("3.5", "1.5")),  # from 2 to 5
        ('toleranceMode="absolute" tolerance="1 2"', RESPONSE_FIRST, ("2.5", "1.5")),  # from 1 to 4
        ("", RESPONSE_FIRST, ("3", "0")),
        (
            'toleranceMode="absolute" tolerance="0.5"',
            '<variable identifier="RESPONSE"/><baseValue baseType="float">1e1</baseValue>', ("10", "0.5"),
        ),
    ],
)  # fmt: skip
def test_bounds_around_a_number_are_those_of_the_standard(how, sides, key):
    processing = EQUAL.format(how=how, sides=sides)
    assert taken(item(ENTRY, ("3",), base_type="float", processing=processing)).key == key


def test_a_range_of_numbers_is_a_number_and_its_tolerance():
    bounds = (
        '<gte><variable identifier="RESPONSE"/><baseValue baseType="float">2</baseValue></gte>'
        '<gte><baseValue baseType="float">3</baseValue><variable identifier="RESPONSE"/></gte>'
    )
    processing = EQUAL.format(how="", sides=bounds).replace("<equal >", "<and>").replace("</equal>", "</and>")
    assert taken(item(ENTRY, (), base_type="float", processing=processing)).key == ("2.5", "0.5")


def test_an_integer_with_the_template_is_right_exactly():
    assert taken(item(ENTRY, ("42",), base_type="integer")).key == ("42", "0")


@pytest.mark.parametrize(
    ("first", "second", "right", "key"),
    [("True", "False", "A", 0), ("Неверно", "Верно", "A", 1), ("Жалган", "Чын", "B", 0)],
)
def test_two_options_that_say_true_and_false_are_true_or_false_in_our_words(first, second, right, key):
    body = CHOICES.format(most=1)
    body = body.replace("You must stay with your luggage.", first).replace(
        "Do not let someone else look after it.", second
    )
    body = body.replace('<simpleChoice identifier="C">Remember it when you leave.</simpleChoice>', "")
    draft = taken(item(body, (right,)))
    assert (draft.kind, draft.options, draft.key) == ("true_false", TRUE_FALSE, (key,))


def test_words_after_the_field_leave_a_gap_in_the_question():
    draft = taken(item(ENTRY.replace("</p>", " and no more.</p>"), ("3",), base_type="float"))
    assert draft.stem_ru == "Pi is about ____ and no more."


# --- languages


@pytest.mark.parametrize(("said", "language"), [("ky", "ky"), ("ru-RU", "ru"), ("kir", "ky"), ("en", "ru"), ("", "ru")])
def test_the_language_is_that_of_the_item_or_else_the_given_one(said, language):
    found = read(choice(attributes=f'xml:lang="{said}"' if said else ""))
    [draft], [problem] = found.items, found.problems
    assert getattr(draft, f"stem_{language}") and problem.code == "translation_missing"
    assert problem.severity == "warning"


# --- content


def test_formatting_of_the_short_list_is_kept_and_the_rest_is_named():
    body = (
        "<h2>Water</h2><p>Is <b>H<sub>2</sub>O</b> or <a href='http://x.org'>this</a> &amp; <code>that</code>?</p>"
        '<p><math xmlns="http://www.w3.org/1998/Math/MathML"><mfrac><mi>a</mi><mi>b</mi></mfrac></math></p>'
    )
    found = read(item(body + CHOICES.format(most=1)))
    [draft] = found.items
    assert draft.is_rich and draft.stem_ru == (
        "<p>Water</p><p>Is <b>H<sub>2</sub>O</b> or this &amp; that?</p>"
        "<p><math><mfrac><mi>a</mi><mi>b</mi></mfrac></math></p><p>What does it say?</p>"
    )
    [warning] = [one for one in found.problems if one.code == "markup_dropped"]
    assert "a, code" in str(warning.message) and warning.severity == "warning"


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ('10<span style="vertical-align:super">2</span>', "10<sup>2</sup>"),
        ('<span style="text-decoration:underline">no</span>', "<u>no</u>"),
        (
            f'<math xmlns="{MATHML}"><semantics><mi>x</mi><annotation>x^2</annotation></semantics></math>',
            "<math><mrow><mi>x</mi></mrow></math>",
        ),
        (
            f'<math xmlns="{MATHML}"><mfenced open="[" separators=";,"><mi>x</mi><mi>y</mi><mi>z</mi></mfenced></math>',
            "<math><mrow><mo>[</mo><mi>x</mi><mo>;</mo><mi>y</mi><mo>,</mo><mi>z</mi><mo>)</mo></mrow></math>",
        ),
    ],
)
def test_what_styles_and_formulas_of_others_say_is_kept(content, kept):
    assert taken(item(f"<p>{content}</p>" + CHOICES.format(most=1))).stem_ru.startswith(f"<p>{kept}</p>")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('<span style="display:none">B</span>', "style_not_shown"),
        ('<span class="qti-hidden">B</span>', "style_not_shown"),
        ('<span class="sr-only">B</span>', "style_not_shown"),
        ('<bdo dir="rtl">1 - 2</bdo>', "style_not_shown"),
        ("<del>B</del>", "content_kind"),
        ('<span style="text-decoration: line-through">B</span>', "style_not_shown"),
        (f'<math xmlns="{MATHML}"><menclose notation="radical"><mi>x</mi></menclose></math>', "content_kind"),
    ],
)
def test_what_styles_and_formulas_hide_or_the_bank_does_not_know_refuses_the_question(content, code):
    found = read(item(f"<p>{content}</p>" + CHOICES.format(most=1)))
    assert [problem.code for problem in found.errors] == [code] and not found.items


def test_that_lines_of_a_list_are_numbered_otherwise_is_said():
    found = read(item('<p>Q</p><ol start="3"><li value="5">x</li></ol>' + CHOICES.format(most=1)))
    [warning] = [one for one in found.problems if one.code == "markup_dropped"]
    assert "li value, ol start" in str(warning.message) and found.items


def test_blanks_are_those_that_a_browser_shows():
    draft = taken(item("<div>\n   One\n   two<br/>three   </div>" + CHOICES.format(most=1)))
    assert draft.stem_ru == "One two\nthree\nWhat does it say?"
    rich = taken(item("<p>\n One <b>two</b>\n </p>\n<ul>\n<li> three </li></ul>" + CHOICES.format(most=1)))
    assert rich.stem_ru.startswith("<p>One <b>two</b></p><ul>") and "<li>three</li>" in rich.stem_ru


def test_feedback_is_left_out_with_a_warning():
    text = choice().replace("</assessmentItem>", '<modalFeedback outcomeIdentifier="F" showHide="show" identifier="A">'
                            "Well done</modalFeedback></assessmentItem>")  # fmt: skip
    text = text.replace("your luggage.<", 'your luggage.<feedbackInline identifier="A">Yes!</feedbackInline><')
    found = read(text)
    assert {problem.code for problem in found.problems} == {"feedback_dropped", "translation_missing"}
    assert texts(found.items[0].options)[0] == "You must stay with your luggage."


def test_a_picture_may_stand_in_the_item_itself():
    src = "data:image/png;base64," + base64.b64encode(PIXEL).decode()
    draft = taken(item(f'<p>What? <img src="{src}" alt="a dot"/></p>' + CHOICES.format(most=1)))
    [medium] = draft.media
    assert medium.content == PIXEL and f'<img src="{medium.name}" alt="a dot">' in draft.stem_ru


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ('<img src="https://example.org/a.png" alt="a"/>', "external_reference"),
        ('<img src="//example.org/a.png" alt="a"/>', "external_reference"),
        ('<img src="images/a.png" alt="a"/>', "picture_missing"),
        ('<img src="../../etc/passwd" alt="a"/>', "package_path"),
        ('<img src="data:image/png;base64,AAAA" alt="a"/>', "picture_unknown"),
        ('<object data="a.mp3" type="audio/mpeg"/>', "content_kind"),
        ('<video src="a.mp4"/>', "content_kind"),
        ('<printedVariable identifier="X"/>', "content_kind"),
        ('<include xmlns="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>', "content_elsewhere"),
    ],
)
def test_what_the_bank_cannot_keep_refuses_the_question(tag, code):
    assert refused(item(f"<p>What? {tag}</p>" + CHOICES.format(most=1))) == code


# --- scoring


def mapping(entries: dict[str, float], bounds: str = 'lowerBound="0"') -> str:
    inside = "".join(f'<mapEntry mapKey="{key}" mappedValue="{value}"/>' for key, value in entries.items())
    return f'<mapping defaultValue="0" {bounds}>{inside}</mapping>'


MAPPED = f'<responseProcessing template="{MAP_RESPONSE["2.1"]}"/>'


def test_a_mapping_that_is_our_formula_is_partial_credit():
    weights = mapping({"A": 0.5, "B": 0.5, "C": -1})
    draft = taken(choice(0, correct=("A", "B"), cardinality="multiple", mapping=weights, processing=MAPPED))
    assert (draft.key, draft.is_partial) == ((0, 1), True)


@pytest.mark.parametrize(
    ("entries", "bounds"),
    [
        ({"A": 0.5, "B": 0.5, "C": -1}, ""),  # could be below zero
        ({"A": 1, "B": 1}, 'lowerBound="0"'),  # wrong options cost nothing
        ({"A": 0.7, "B": 0.3, "C": -1}, 'lowerBound="0"'),  # one right option is worth more
        ({"A": 0.5, "B": 0.5, "C": -1}, 'lowerBound="0" upperBound="0.5"'),  # half of it is enough
        ({"A": 0.5, "B": 0.5, "C": 0.5}, 'lowerBound="0"'),  # nothing is wrong
    ],
)
def test_another_partial_credit_is_refused(entries, bounds):
    text = choice(0, correct=(), cardinality="multiple", mapping=mapping(entries, bounds), processing=MAPPED)
    assert refused(text) == "scored_otherwise"


@pytest.mark.parametrize(
    ("entries", "bounds", "is_taken"),
    [
        ({"A": 2}, "", True),
        ({"A": 2, "B": 0}, "", True),
        ({"A": 2, "B": -1}, 'lowerBound="0"', True),
        ({"A": 2, "B": -1}, "", False),
        ({"A": 2, "B": 1}, "", False),
    ],
)
def test_of_a_single_choice_one_option_may_give_points_and_none_may_take_them(entries, bounds, is_taken):
    text = choice(mapping=mapping(entries, bounds), processing=MAPPED)
    assert (taken(text).key == (0,)) if is_taken else (refused(text) == "scored_otherwise")


@pytest.mark.parametrize(("second", "is_taken"), [(1, True), (2, False)])
def test_a_match_gives_the_same_share_for_each_line(second, is_taken):
    weights = mapping({"C R": 1, "D M": second})
    text = item(
        SETS, ("C R", "D M"), cardinality="multiple", base_type="directedPair", mapping=weights, processing=MAPPED
    )
    assert taken(text).is_partial if is_taken else refused(text) == "scored_otherwise"


SET = '<setOutcomeValue identifier="{name}">{value}</setOutcomeValue>'
ONE, ZERO = (f'<baseValue baseType="float">{n}</baseValue>' for n in (1, 0))
MATCH = '<match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>'
NULL = '<isNull><variable identifier="RESPONSE"/></isNull>'
SUM = '<sum><variable identifier="SCORE"/><baseValue baseType="integer">1</baseValue></sum>'
MAXIMUM = '<variable identifier="MAXSCORE"/>'


def scored(*rules: str) -> str:
    return f"<responseProcessing>{''.join(rules)}</responseProcessing>"


def rule(condition: str, then: str, otherwise: str | None = None, between: str = "") -> str:
    end = "" if otherwise is None else f"<responseElse>{otherwise}</responseElse>"
    return f"<responseCondition><responseIf>{condition}{then}</responseIf>{between}{end}</responseCondition>"


def points(value: str) -> str:
    return SET.format(name="SCORE", value=value)


ASIDE = rule(MATCH, SET.format(name="FEEDBACK", value='<baseValue baseType="identifier">well</baseValue>'))


@pytest.mark.parametrize(
    "processing",
    [
        scored(rule(MATCH, points(ONE), points(ZERO))),
        scored(rule(MATCH, points(ONE))),
        scored(rule(MATCH, points(SUM))),
        scored(rule(MATCH, points(MAXIMUM), points(ZERO))),
        scored(points(ZERO), rule(MATCH, points(ONE))),
        scored(ASIDE, rule(MATCH, points(ONE), points(ZERO)), ASIDE),
        scored(rule(NULL, points(ZERO), points(ZERO), f"<responseElseIf>{MATCH}{points(ONE)}</responseElseIf>")),
        scored(rule('<match><variable identifier="RESPONSE"/><baseValue baseType="identifier">A</baseValue></match>',
                    points(ONE))),
    ],
)  # fmt: skip
def test_the_template_written_out_is_understood(processing):
    draft = taken(choice(processing=processing))
    assert (draft.kind, draft.key) == ("single_choice", (0,))


@pytest.mark.parametrize(
    ("expression", "bounds"),
    [
        ('<mapResponse identifier="RESPONSE"/>', 'lowerBound="0"'),
        (f'<divide><mapResponse identifier="RESPONSE"/>{ONE}</divide>', 'lowerBound="0"'),
        (f'<product>{ONE}<mapResponse identifier="RESPONSE"/></product>', 'lowerBound="0"'),
        (f'<max>{ZERO}<mapResponse identifier="RESPONSE"/></max>', ""),
        ('<sum><variable identifier="SCORE"/><mapResponse identifier="RESPONSE"/></sum>', 'lowerBound="0"'),
    ],
)
def test_a_mapping_written_out_is_understood(expression, bounds):
    weights = mapping({"A": 1, "B": -0.5, "C": -0.5}, bounds)
    for processing in (scored(points(expression)), scored(rule(NULL, points(ZERO), points(expression)))):
        text = choice(0, cardinality="multiple", mapping=weights, processing=processing)
        assert taken(text).is_partial


@pytest.mark.parametrize(
    "processing",
    [
        scored(rule(f"<not>{MATCH}</not>", points(ONE))),
        scored(rule(MATCH, points(ONE), points(ONE))),  # points for everybody
        scored(rule(MATCH, points(ZERO), points(ONE))),  # points for the wrong answer
        scored(rule(MATCH, points('<baseValue baseType="float">-1</baseValue>'))),
        scored(rule(MATCH, points(ONE)), rule(MATCH, points(ONE))),
        scored(rule(MATCH, points(ONE), points(ZERO), f"<responseElseIf>{NULL}{points(ONE)}</responseElseIf>")),
        scored(rule(MATCH, points('<randomInteger min="0" max="5"/>'))),
        scored("<exitResponse/>", rule(MATCH, points(ONE))),
        scored(ASIDE.replace("</responseIf>", "<exitResponse/></responseIf>"), rule(MATCH, points(ONE))),
        scored('<lookupOutcomeValue identifier="SCORE"><variable identifier="RESPONSE"/></lookupOutcomeValue>'),
        scored(
            rule('<match><variable identifier="RESPONSE"/><variable identifier="numAttempts"/></match>', points(ONE))
        ),
        scored(points('<customOperator class="x"><mapResponse identifier="RESPONSE"/></customOperator>')),
        '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response_point"/>',
        '<responseProcessing template="https://example.org/our_own_scoring"/>',
    ],
)
def test_scoring_that_is_not_understood_refuses_the_question_with_its_line(processing):
    assert refused(choice(processing=processing)) == "response_processing"
    assert "line: " in str(read(choice(processing=processing)).problems[0].message)


@pytest.mark.parametrize(
    "how",
    [
        'toleranceMode="relative" tolerance="1"', 'toleranceMode="absolute"', 'toleranceMode="absolute" tolerance="-1"',
        'toleranceMode="absolute" tolerance="{X}"', 'toleranceMode="absolute" tolerance="1" includeLowerBound="false"',
    ],
)  # fmt: skip
def test_a_tolerance_that_is_not_ours_is_refused(how):
    processing = EQUAL.replace("{how}", how).replace("{sides}", RESPONSE_FIRST)
    assert refused(item(ENTRY, ("3",), base_type="float", processing=processing)) == "response_processing"


def test_an_item_without_scoring_is_taken_as_all_or_nothing_with_a_warning():
    found = read(choice(processing=""))
    assert found.items and {problem.code for problem in found.problems} == {"scoring_assumed", "translation_missing"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (choice(correct=()), "no_correct"),
        (choice(correct=("X",)), "correct_unknown"),
        (choice(correct=("A", "B")), "scored_otherwise"),
        (choice().replace('identifier="B"', 'identifier="A"'), "identifiers"),
        (item(ORDER, ("B", "C"), cardinality="ordered"), "order_incomplete"),
        (item(ORDER, ("B", "C", "A"), cardinality="multiple"), "scored_otherwise"),
        (item(SETS, ("C R",), cardinality="multiple", base_type="directedPair"), "scored_otherwise"),
        (item(ENTRY, ("York",), base_type="string"), "kind_short_answer"),
        (item(ENTRY, ("three",), base_type="float"), "no_correct"),
        (item(ENTRY, ("1e20",), base_type="float"), "scored_otherwise"),
        (choice(correct=("A",), mapping=mapping({"B": 1}), processing=MAPPED), "scored_otherwise"),
        (choice(mapping=mapping({"A": 1}).replace('"1"', '"much"'), processing=MAPPED), "scored_otherwise"),
    ],
)
def test_a_key_that_is_missing_or_contradicts_itself_is_refused(text, code):
    assert refused(text) == code


# --- kinds that the bank does not have

OTHERS = [
    "associateInteraction", "customInteraction", "drawingInteraction", "endAttemptInteraction",
    "extendedTextInteraction", "gapMatchInteraction", "graphicAssociateInteraction", "graphicGapMatchInteraction",
    "graphicOrderInteraction",
    "hotspotInteraction", "hottextInteraction", "inlineChoiceInteraction", "mediaInteraction",
    "positionObjectInteraction", "selectPointInteraction", "sliderInteraction", "uploadInteraction",
    "portableCustomInteraction",
]  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_a_kind_that_the_bank_does_not_have_is_refused_by_its_name(name):
    text = item(f'<p>What?</p><div><{name} responseIdentifier="RESPONSE"/></div>')
    assert refused(text) == "kind_unknown" and name in str(read(text).problems[0].message)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (item(CHOICES.format(most=1) + ENTRY), "kind_composite"),
        (item("<p>Only words.</p>"), "kind_description"),
        (choice().replace("adaptive=\"false\"", "adaptive=\"true\""), "scored_otherwise"),
        (choice(before='<templateDeclaration identifier="X" cardinality="single" baseType="integer"/>'), "template"),
        (choice(before='<assessmentStimulusRef identifier="S" href="s.xml"/>'), "content_elsewhere"),
        (choice().replace("imsqti_v2p1", "imsqti_v2p0"), "qti_version"),
        (choice().replace("http://www.imsglobal.org/xsd/imsqti_v2p1", "urn:x"), "qti_version"),
    ],
)  # fmt: skip
def test_what_is_no_question_of_the_bank_is_refused(text, code):
    assert refused(text) == code


def test_a_kind_of_3_0_is_refused_by_the_name_that_both_versions_know():
    text = choice(version="3.0").replace("qti-choice-interaction", "qti-hotspot-interaction")
    assert refused(text) == "kind_unknown" and "hotspotInteraction" in str(read(text).problems[0].message)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<assessmentTest xmlns='http://www.imsglobal.org/xsd/imsqti_v2p1' identifier='t'/>", "not_item"),
        ("<questestinterop><item ident='1'/></questestinterop>", "qti_version"),
        ("<manifest xmlns='http://www.imsglobal.org/xsd/imscp_v1p1'/>", "qti_version"),
    ],
)
def test_other_files_of_such_programs_are_refused(text, code):
    assert [problem.code for problem in read(text).problems] == [code]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]>" + choice().encode(), "xml_doctype"),
        (choice().encode()[:-9], "not_xml"),
        (b"\xff\xfe" + choice().encode("utf-16-le"), "not_utf8"),
        (choice().replace("luggage.", "\0").encode(), "not_utf8"),
        (b"", "not_xml"),
    ],
)
def test_a_file_that_is_no_plain_xml_is_refused_as_a_whole(data, code):
    found = reading.read(data)
    assert [problem.code for problem in found.problems] == [code] and found.seen == 0


def test_a_file_that_is_too_large_is_not_looked_at():
    assert reading.read(choice().encode(), limits=Limits(file_bytes=100)).problems[0].code == "file_too_large"


def test_a_deep_item_is_read_without_harm():
    deep = "<div>" * 180 + "deep" + "</div>" * 180
    assert taken(item(deep + CHOICES.format(most=1))).stem_ru.startswith("deep")


def test_an_item_without_an_identifier_is_named_by_the_prefix():
    text = choice().replace('identifier="luggage"', 'identifier=""')
    assert read(text, Given("ru", "law", prefix="LAW")).items[0].external_id == "LAW-001"


def test_an_identifier_with_blanks_becomes_one_that_the_bank_has():
    assert taken(choice().replace('"luggage"', '"my, luggage; 1"')).external_id == "my-luggage-1"
