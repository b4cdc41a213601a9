"""What narrows the list of questions, filters kept by name, and what is to be done with many questions at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlencode
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import BooleanField, Form, SelectField, SelectMultipleField, StringField

from core.forms import DayField
from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import SOURCE_LENGTH
from question_bank.forms.fields import CHOSEN, FILLED, at_most, clean, options, text_field
from question_bank.forms.items import DIFFICULTY_NAMES
from question_bank.forms.life import POINTS_NEEDED, SUSPENSION_NAMES, points_field, ticked
from question_bank.life import ReviewPoint, SuspensionKind
from question_bank.listing import ItemFilter
from question_bank.rules import ItemKind, ItemStatus
from question_bank.services.bulk import BulkAct, Wish

ID = re.compile(r"[^\s,;]{1,64}")
GAPS = (
    ("", _l("All")), ("ky", _l("Kyrgyz is missing or out of date")), ("ru", _l("Russian is missing or out of date")),
)  # fmt: skip
USES = (("", _l("All")), ("on", _l("Stands on a sealed form")), ("never", _l("Never used")))


class FilterForm(Form):
    """What the list of items is narrowed to; it lives in the address."""

    text = StringField(_l("Text or identifier"), filters=[clean])
    area = SelectField(_l("Subject area"), validate_choice=False)
    difficulty = SelectField(_l("Difficulty"), validate_choice=False)
    kind = SelectField(_l("Kind of question"), validate_choice=False)
    status = SelectField(_l("Status"), validate_choice=False)
    identifier = StringField(_l("Identifier begins with"), filters=[clean])
    author = StringField(_l("Author"), filters=[clean])
    source = StringField(_l("Source"), filters=[clean])
    approver = SelectField(_l("Approved by"), validate_choice=False)
    gap = SelectField(_l("Translation"), choices=options(GAPS), validate_choice=False)
    used = SelectField(_l("Use"), choices=options(USES), validate_choice=False)
    edited_from = DayField(_l("Edited from"), required=False, description="")
    edited_to = DayField(_l("Edited to"), required=False, description="")
    approved_from = DayField(_l("Approved from"), required=False, description="")
    approved_to = DayField(_l("Approved to"), required=False, description="")
    suspended = BooleanField(_l("In quarantine only"))
    enemies = BooleanField(_l("With enemies only"))
    retired = BooleanField(_l("Out of use only"))

    def wanted(self, address: Mapping[str, str], own_of: UUID | None) -> ItemFilter:
        """The filter; what cannot be understood does not narrow. ``address`` has the order, which is no field."""
        area, _slash, topic = (self.area.data or "").partition("/")
        level, status, kind = self.difficulty.data or "", self.status.data or "", self.kind.data or ""
        return ItemFilter(
            area=area, sub_topic=topic, difficulty=int(level) if level in set("12345") else None,
            kind=ItemKind(kind) if kind in set(ItemKind) else None,
            status=ItemStatus(status) if status in set(ItemStatus) else None, text=self.text.data or "",
            retired=bool(self.retired.data), suspended=bool(self.suspended.data), enemies=bool(self.enemies.data),
            identifier=self.identifier.data or "", author=self.author.data or "", source=self.source.data or "",
            approver=_uuid(self.approver.data or ""), gap=self.gap.data or "", used=self.used.data or "",
            edited_from=self.edited_from.data, edited_to=self.edited_to.data, approved_from=self.approved_from.data,
            approved_to=self.approved_to.data, own_of=own_of, sort=address.get("sort", ""),
            descending=address.get("order") == "down",
        )  # fmt: skip

    @property
    def more(self) -> tuple[str, ...]:
        """Names of the fields that stand folded below the others."""
        return (
            "identifier", "author", "source", "approver", "gap", "used", "edited_from", "edited_to", "approved_from",
            "approved_to", "suspended", "enemies",
        )  # fmt: skip

    @property
    def is_wide(self) -> bool:
        """Whether one of the folded fields narrows the list."""
        return any(self[name].data for name in self.more)


def query_of(address: Mapping[str, str]) -> str:
    """The part of an address that a filter is, without empty fields: what is saved and compared."""
    names = [*FilterForm()._fields, "sort", "order"]
    return urlencode({name: address[name].strip() for name in names if address.get(name, "").strip()})


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


class SavedFilterForm(FlaskForm):
    """A name for the filter that is shown."""

    name = text_field(_l("Name of the filter"), 80)
    is_shared = BooleanField(_l("Colleagues in my role may use it"))
    is_default = BooleanField(_l("Show it when I open the list"))


class BulkForm(FlaskForm):
    """What an act on many questions needs to know; which fields are shown depends on the act."""

    points = points_field()
    comment = StringField(_l("Comment or reason"), [at_most(500)], filters=[clean])
    sub_topic = SelectField(_l("Subject area and sub-topic"), validate_choice=False)
    difficulty = SelectField(_l("Difficulty"), choices=options(DIFFICULTY_NAMES.items()), validate_choice=False)
    source = StringField(_l("Source"), [at_most(SOURCE_LENGTH)], filters=[clean])
    enemies = StringField(_l("Enemies to add: identifiers separated by commas"), [at_most(1000)], filters=[clean])
    suspension = SelectField(_l("After what"), choices=options(SUSPENSION_NAMES.items()), validate_choice=False)
    keep_good = BooleanField(_l("Leave out those with which it cannot be done"))

    needs: ClassVar[dict[BulkAct, tuple[str, ...]]] = {
        BulkAct.APPROVE: ("points", "comment"), BulkAct.RETURN: ("points", "comment"), BulkAct.RETIRE: ("comment",),
        BulkAct.SUSPEND: ("suspension", "comment"),
        BulkAct.SUB_TOPIC: ("sub_topic",), BulkAct.DIFFICULTY: ("difficulty",), BulkAct.SOURCE: ("source",),
        BulkAct.ENEMIES: ("enemies",),
    }  # fmt: skip

    def is_complete(self, act: BulkAct) -> bool:
        """Whether everything is filled in; what is missing is said at its field."""
        is_valid = self.validate()
        may_lack = {BulkAct.APPROVE: ("points", "comment"), BulkAct.RETURN: ("points",)}.get(act, ())
        missing = [name for name in self.needs.get(act, ()) if not self[name].data and name not in may_lack]
        for name in missing:
            self[name].errors = [FILLED]
        strange = [name for name in self.needs.get(act, ()) if name not in missing and not self._is_on_list(name)]
        for name in strange:
            self[name].errors = [CHOSEN]
        faults = [one for one in self.enemy_list if not ID.fullmatch(one)] if act == BulkAct.ENEMIES else []
        if faults:
            self.enemies.errors = [_l("Enemies are ids of other questions, separated by commas.")]
        if act == BulkAct.APPROVE and len(ticked(self.points)) < len(ReviewPoint) and not self.comment.data:
            self.points.errors = [POINTS_NEEDED]
            return False
        return is_valid and not missing and not strange and not faults

    def _is_on_list(self, name: str) -> bool:
        """Whether a field is no list, or has one of the values that it offers."""
        field = self[name]
        if isinstance(field, SelectMultipleField) or not isinstance(field, SelectField):
            return True
        return field.data in {choice.value for choice in field.choices}

    @property
    def enemy_list(self) -> tuple[str, ...]:
        """The identifiers that were typed."""
        return tuple(one.strip() for one in (self.enemies.data or "").split(",") if one.strip())

    def wish(self, act: BulkAct, topics: Mapping[str, UUID]) -> Wish:
        """The act as it is wanted; ``topics`` are the ids of sub-topics by ``area/topic``."""
        return Wish(
            act=act, comment=(self.comment.data or "") if "comment" in self.needs.get(act, ()) else "",
            sub_topic=topics.get(self.sub_topic.data or "") if act == BulkAct.SUB_TOPIC else None,
            difficulty=int(self.difficulty.data) if act == BulkAct.DIFFICULTY else None,
            source=(self.source.data or "") if act == BulkAct.SOURCE else "",
            enemies=self.enemy_list if act == BulkAct.ENEMIES else (),
            points=tuple(ticked(self.points)) if act in {BulkAct.APPROVE, BulkAct.RETURN} else (),
            suspension=SuspensionKind(self.suspension.data) if act == BulkAct.SUSPEND else SuspensionKind.OTHER,
        )  # fmt: skip
