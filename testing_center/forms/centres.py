"""Forms of centres, rooms and seats."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange

from core.i18n import lazy_gettext as _l
from testing_center.forms.fields import SEATS_MAX, by_rule, filled, text
from testing_center.rules.seating import SEATS_PER_ROW, SEATS_PER_ROW_MAX
from testing_center.rules.sittings import check_address_ranges
from testing_center.services.centres import CentreData

ZONES = {
    "Asia/Bishkek": _l("Bishkek time (UTC+6)"),
    "Asia/Almaty": _l("Almaty time (UTC+5)"),
    "Europe/Moscow": _l("Moscow time (UTC+3)"),
    "UTC": "UTC",
}


class CentreForm(FlaskForm):
    """A test centre in both languages."""

    name_ky = text(_l("Name in Kyrgyz"), 200, keys={"lang": "ky"})
    name_ru = text(_l("Name in Russian"), 200, keys={"lang": "ru"})
    address_ky = text(_l("Address in Kyrgyz"), 240, keys={"lang": "ky"})
    address_ru = text(_l("Address in Russian"), 240, keys={"lang": "ru"})
    time_zone = SelectField(
        _l("Time zone"),
        choices=[SelectChoice(*zone) for zone in ZONES.items()],
        description=_l("Times of sittings are shown in it."),
    )
    is_active = BooleanField(_l("The centre is in use"), default=True)
    requires_safe_browser = BooleanField(
        _l("Tests are taken in Safe Exam Browser only"),
        description=_l("Each computer needs the program and the settings file. Without this, any browser will do."),
    )

    def values(self) -> CentreData:
        """What was entered."""
        return CentreData(**{name: self[name].data for name in CentreData.__dataclass_fields__})


class RoomForm(FlaskForm):
    """A room with its seats."""

    name = text(_l("Number or name of the room"), 80, description=_l("It stands on the slips, so keep it short: 2"))
    seats = IntegerField(_l("Seats"), [filled(), NumberRange(1, SEATS_MAX, _l("Write a number from 1 to 400."))])
    seats_per_row = IntegerField(
        _l("Seats in a row"),
        [filled(), NumberRange(1, SEATS_PER_ROW_MAX, _l("Write a number from 1 to 40."))], default=SEATS_PER_ROW,
        description=_l("Seats are numbered row by row. When seats are dealt, it says who sits beside whom."),
    )  # fmt: skip
    address_ranges = text(
        _l("Networks of the workstations"), 500, required=False,
        description=_l("Codes work only from there. Example: 192.168.10.0/24. Empty: from anywhere."),
    )  # fmt: skip

    def validate_address_ranges(self, field: StringField) -> None:
        """Networks, separated by commas."""
        by_rule(check_address_ranges)(self, field)
