"""The form of a participant's photograph."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileAllowed, FileField, FileRequired

from core.i18n import lazy_gettext as _l


class PhotoForm(FlaskForm):
    """A picture file."""

    file = FileField(
        _l("Photograph"),
        [FileRequired(_l("Choose a file.")), FileAllowed(["jpg", "jpeg", "png"], _l("Choose a JPEG or PNG picture."))],
        description=_l("JPEG or PNG, at most 1 MiB. The face, as in the identity document."),
        render_kw={"accept": ".jpg,.jpeg,.png"},
    )
