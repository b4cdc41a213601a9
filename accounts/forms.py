"""What staff fill in about accounts. A form that proves who somebody is asks the services and keeps their answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from accounts import one_time_codes, queries, rules
from accounts.models import SetupLink, User
from accounts.rules import ROLE_NAMES, Role
from accounts.services import setting_up, signing_in
from accounts.services.signing_in import Proof
from core.errors import Refusal
from core.i18n import lazy_gettext as _l

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "9"}
FILLED = _l("Fill in this field.")
CURRENT = {"autocomplete": "current-password", "maxlength": str(rules.PASSWORD_MAX)}
NEW = {"autocomplete": "new-password", "maxlength": str(rules.PASSWORD_MAX)}
PLAIN = {"autocapitalize": "none", "spellcheck": "false"}


def filled() -> InputRequired:
    """Something must be entered; without the browser's own bubble, the page says it."""
    return InputRequired(FILLED)


class ProofForm(FlaskForm):
    """A form with a password, checked against somebody's account.

    ``proof`` is there once :meth:`validate` has said yes; ``refusal`` says why it was refused, where it was not merely
    incomplete.
    """

    proof: Proof | None = None
    refusal: Refusal | None = None

    def __init__(self, *, address: str, now: datetime, username: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._address, self._now, self._username = address, now, username

    def prove(self, username: str, password: str, code: str | None) -> bool:
        """Ask the services; a refusal becomes a message above the form."""
        try:
            self.proof = signing_in.prove(username, password, code, address=self._address, now=self._now)
        except Refusal as refusal:
            self.refusal = refusal
            self.form_errors.append(str(refusal))
            if "code" in self:
                self["code"].data = ""  # it is spent or wrong; the next one is another
        return self.proof is not None

    @property
    def status(self) -> int:
        """HTTP status of the page that shows this form."""
        return self.refusal.status if self.refusal else 200

    @property
    def headers(self) -> dict[str, str]:
        """HTTP headers of the page that shows this form."""
        seconds = self.refusal.params.get("seconds") if self.refusal else None
        return {"Retry-After": str(seconds)} if seconds else {}


class SignInForm(ProofForm):
    """User name, password, one-time code: all at once, so that the answer never tells which one was wrong."""

    username = StringField(
        _l("User name"), [filled(), Length(max=64)], render_kw={"autocomplete": "username", "maxlength": "64"} | PLAIN
    )
    password = PasswordField(_l("Password"), [filled(), Length(max=rules.PASSWORD_MAX)], render_kw=CURRENT)
    code = StringField(
        _l("One-time code"), [Length(max=16)], render_kw=CODE,
        description=_l("Six digits from the app on your phone. Leave empty if you have none."),
    )  # fmt: skip

    def validate(self, extra_validators: Any = None) -> bool:
        return super().validate(extra_validators) and self.prove(
            self.username.data or "", self.password.data or "", self.code.data or ""
        )


class ConfirmForm(ProofForm):
    """Password and one-time code of the person who is signed in."""

    password = PasswordField(_l("Password"), [filled(), Length(max=rules.PASSWORD_MAX)], render_kw=CURRENT)
    code = StringField(
        _l("One-time code"), [Length(max=16)], render_kw=CODE, description=_l("Six digits from the app on your phone.")
    )

    def validate(self, extra_validators: Any = None) -> bool:
        return super().validate(extra_validators) and self.prove(
            self._username, self.password.data or "", self.code.data or ""
        )


class NewPasswordForm(FlaskForm):
    """A new password, typed twice; ``own`` names, of the account and of the person, do not make one."""

    own: tuple[str, ...] = ()
    password = PasswordField(_l("New password"), [filled(), Length(max=rules.PASSWORD_MAX)], render_kw=NEW)
    again = PasswordField(
        _l("New password once more"), [filled(), EqualTo("password", _l("The two passwords differ."))], render_kw=NEW
    )

    def validate_password(self, field: PasswordField) -> None:
        """The rule of the house, at the field."""
        try:
            rules.check_password(field.data or "", *self.own)
        except rules.WeakPassword as refusal:
            raise ValidationError(str(refusal)) from refusal


class SetUpForm(NewPasswordForm):
    """Password and, where a role asks for it, the first one-time code."""

    code = StringField(
        _l("One-time code"), [Length(max=16)], render_kw=CODE, description=_l("Six digits that the app shows now.")
    )

    def __init__(self, link: SetupLink, token: str, *, now: datetime) -> None:
        super().__init__()
        self._link, self._token, self._now = link, token, now
        self.own = link.user.username, link.user.full_name
        if not link.user.needs_one_time_code:
            del self.code

    def validate_code(self, field: StringField) -> None:
        """The app must show the right code already: else nobody could sign in later."""
        secret = setting_up.offered_secret(self._link, self._token)
        if one_time_codes.matching_step(secret, field.data or "", after=0, at=self._now) is None:
            raise ValidationError(str(rules.WrongOneTimeCode()))


class ChangePasswordForm(ProofForm, NewPasswordForm):
    """One's own password: the old one and a new one, twice."""

    current = PasswordField(_l("Current password"), [filled(), Length(max=rules.PASSWORD_MAX)], render_kw=CURRENT)

    def __init__(self, *, username: str, full_name: str, **kwargs: Any) -> None:
        super().__init__(username=username, **kwargs)
        self.own = username, full_name

    def validate(self, extra_validators: Any = None) -> bool:
        return super().validate(extra_validators) and self.prove(self._username, self.current.data or "", None)


class RolesField(SelectMultipleField):
    """Roles as a list of checkboxes; its data is a set of roles."""

    widget, option_widget = ListWidget(prefix_label=False), CheckboxInput()

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(
            label, choices=[SelectChoice(role.value, ROLE_NAMES[role]) for role in Role], coerce=Role, **kwargs
        )


def _check_roles(_form: FlaskForm, field: RolesField) -> None:
    try:
        rules.check_roles(field.data or [])
    except rules.ForbiddenPair as refusal:
        raise ValidationError(str(refusal)) from refusal


class UserForm(FlaskForm):
    """A person's name and roles."""

    full_name = StringField(
        _l("Surname, given name, patronymic"), [filled(), Length(max=160)],
        render_kw={"autocomplete": "off", "maxlength": "160"},
    )  # fmt: skip
    roles = RolesField(_l("Roles"), validators=[_check_roles])


class NewUserForm(UserForm):
    """A new account: the person sets the password with a link."""

    username = StringField(
        _l("User name"), [filled()], render_kw={"autocomplete": "off", "maxlength": "64"} | PLAIN,
        description=_l("Latin letters, digits, dot, hyphen. It cannot be changed later."),
    )  # fmt: skip

    def validate_username(self, field: StringField) -> None:
        """Well formed, and nobody's yet."""
        name = rules.canonical_username(field.data or "")
        if not rules.USERNAME.fullmatch(name):
            raise ValidationError(_l("Write 2 to 64 Latin letters, digits, dots or hyphens."))
        if queries.find_user(name) is not None:
            raise ValidationError(str(rules.UserNameTaken(name=name)))


class UserFilter(FlaskForm):
    """Filters of the list of users; they stand in the address."""

    class Meta:
        csrf = False

    q = StringField(_l("Name"), render_kw={"type": "search"})
    role = SelectField(
        _l("Role"), choices=[SelectChoice("", _l("All roles")), *(SelectChoice(r.value, ROLE_NAMES[r]) for r in Role)]
    )
    state = SelectField(
        _l("State"),
        choices=[
            SelectChoice("", _l("All states")),
            SelectChoice("active", _l("Open")),
            SelectChoice("closed", _l("Closed")),
        ],
    )

    @property
    def chosen_role(self) -> Role | None:
        """The role asked for; None for all, and for a word that is no role."""
        return Role(self.role.data) if self.role.data in set(Role) else None


def user_form(user: User) -> UserForm:
    """The form about this person, filled with what is known."""
    return UserForm(full_name=user.full_name, roles=[role.value for role in user.roles])
