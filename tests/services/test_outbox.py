"""The outbox: a letter leaves after the commit, once, to a real mail server; what could not go is kept and said."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller

from core import cli, config, mail, outbox
from core.audit import AuditEntry, System
from core.db import db, transaction
from core.errors import ConfigurationError
from core.outbox import Letter
from tests.candidates import at_once

MINUTE = timedelta(minutes=1)


class Postman:
    """What the mail server of the test does with a letter: keeps it, or refuses some recipients."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], object]] = []
        self.refused: set[str] = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        """Refuse those of whom the test says so."""
        if address in self.refused:
            return "550 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        """Keep the letter."""
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"

    @property
    def recipients(self) -> list[str]:
        """To whom letters came, in order."""
        return [address for to, _message in self.letters for address in to]


@pytest.fixture
def postman(app):
    """A real mail server on this computer; the application is told where it is."""
    handler = Postman()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    app.extensions["settings"] = replace(
        app.extensions["settings"], smtp_url=f"smtp://127.0.0.1:{port}", mail_from="test@edu.example.kg"
    )
    yield handler
    server.stop()


def write(clock, recipient: str = "candidate@example.kg", **more) -> Letter:
    """A letter as a service writes it."""
    with transaction():
        return outbox.write(
            "ranking.published", uuid4(), recipient, "Конкурстун жыйынтыгы",
            "Урматтуу талапкер!\nЖыйынтык чыкты.\n", "ky", now=clock(), **more,
        )  # fmt: skip


def letter() -> Letter:
    """The only letter as the database has it now."""
    db.session.rollback()
    return db.session.scalars(db.select(Letter).execution_options(populate_existing=True)).one()


def test_the_sweep_sends_a_letter_in_the_language_and_letters_of_its_text(app, clock, postman):
    written = write(clock)
    assert cli.sweep_once() == ["Letters sent: 1; not sent: 0."]
    [(to, message)] = postman.letters
    assert to == ["candidate@example.kg"]
    assert (message["Subject"], message["Content-Language"]) == ("Конкурстун жыйынтыгы", "ky")
    assert message["From"].addresses[0].addr_spec == "test@edu.example.kg"
    assert message["Message-ID"] == f"<{written.id}@edu.example.kg>"
    assert message.get_content() == "Урматтуу талапкер!\nЖыйынтык чыкты.\n"
    assert letter().sent_at == clock()
    assert db.session.query(AuditEntry).filter_by(action="letter.sent", subject=f"letter:{written.id}").count() == 1


def test_a_letter_goes_once(app, clock, postman):
    write(clock)
    cli.sweep_once()
    clock.advance(timedelta(days=1))
    assert cli.sweep_once() == []
    assert len(postman.letters) == 1


def test_of_two_processes_that_send_at_the_same_moment_one_sends_it(app, clock):
    for n in range(5):
        write(clock, f"person{n}@example.kg")
    went = []

    def send() -> tuple[int, int]:
        return outbox.send_due(now=clock(), send=lambda to, _m: went.append(to), sender="a@example.kg")

    got = at_once(app, send, send)
    assert sum(sent for sent, _failed in got) == 5
    assert sorted(went) == [f"person{n}@example.kg" for n in range(5)]


def test_a_process_that_dies_with_a_letter_in_hand_leaves_it_to_be_tried_later(app, clock, postman):
    write(clock)

    def die(_to, _message):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outbox.send_due(now=clock(), send=die, sender="a@example.kg")
    assert cli.sweep_once() == []
    clock.advance(MINUTE)
    assert cli.sweep_once() == ["Letters sent: 1; not sent: 0."]


def test_a_letter_waits_for_its_day(app, clock, postman):
    write(clock, not_before=clock() + timedelta(days=3))
    clock.advance(timedelta(days=3) - timedelta(seconds=1))
    assert cli.sweep_once() == []
    clock.advance(timedelta(seconds=1))
    assert cli.sweep_once() == ["Letters sent: 1; not sent: 0."]


def test_a_refused_letter_waits_longer_with_each_try_and_the_others_go(app, clock, postman):
    postman.refused = {"gone@example.kg"}
    write(clock, "gone@example.kg")
    assert cli.sweep_once() == ["Letters sent: 0; not sent: 1."]
    assert (letter().tries, letter().last_error) == (1, "550 no such box")
    write(clock, "here@example.kg")
    assert cli.sweep_once() == ["Letters sent: 1; not sent: 0."]
    for minutes in (1, 2, 4):
        clock.advance(minutes * MINUTE - timedelta(seconds=1))
        assert cli.sweep_once() == []
        clock.advance(timedelta(seconds=1))
        assert cli.sweep_once() == ["Letters sent: 0; not sent: 1."]


def test_the_pause_doubles_up_to_six_hours():
    assert [outbox.pause(n) / MINUTE for n in (1, 2, 9, 10, 12, 500)] == [1, 2, 256, 360, 360, 360]


def test_after_twelve_tries_a_person_has_to_look_and_may_correct_the_address(app, clock, postman, make):
    postman.refused = {"gone@example.kg"}
    write(clock, "gone@example.kg")
    for _ in range(outbox.MOST_TRIES + 3):
        cli.sweep_once()
        clock.advance(timedelta(hours=7))
    assert letter().tries == outbox.MOST_TRIES
    with transaction():
        outbox.send_again(letter(), " here@example.kg ", by=System("clerk"), now=clock())
    assert cli.sweep_once() == ["Letters sent: 1; not sent: 0."]
    assert postman.recipients == ["here@example.kg"]
    with transaction():
        outbox.send_again(letter(), "other@example.kg", by=System("clerk"), now=clock())
    assert letter().recipient == "here@example.kg"


@pytest.mark.parametrize(
    "recipient", ["a@example.kg, b@example.kg", "nobody", "a b@example.kg", "a@example.kg\nBcc: b@c"]
)
def test_what_is_not_one_address_goes_nowhere(app, clock, postman, recipient):
    write(clock, recipient)
    assert cli.sweep_once() == ["Letters sent: 0; not sent: 1."]
    assert letter().last_error == "not an e-mail address"
    assert postman.letters == []


def test_a_letter_to_nobody_is_kept_so_that_the_untold_are_seen(app, clock, postman):
    assert write(clock, " ").last_error == outbox.NO_ADDRESS
    assert cli.sweep_once() == []
    assert (letter().tries, letter().sent_at) == (0, None)


def test_while_the_server_is_away_everything_waits_and_nothing_is_lost(app, clock, postman):
    for _ in range(3):
        write(clock)
    here = app.extensions["settings"]
    app.extensions["settings"] = replace(here, smtp_url="smtp://127.0.0.1:1")
    assert cli.sweep_once() == ["Letters sent: 0; not sent: 3."]
    assert cli.sweep_once() == []
    assert "refused" in db.session.scalars(db.select(Letter.last_error).distinct()).one()
    app.extensions["settings"] = here
    clock.advance(MINUTE)
    assert cli.sweep_once() == ["Letters sent: 3; not sent: 0."]


def test_the_sweep_says_how_many_people_were_not_told_in_time(app, clock):
    write(clock, due_at=clock() + timedelta(days=5))
    clock.advance(timedelta(days=5))
    assert cli.sweep_once() == []
    clock.advance(timedelta(seconds=1))
    assert cli.sweep_once() == ["Letters past the day by which people must be told: 1."]


def test_without_a_mail_server_letters_stay_in_the_outbox(app, clock):
    write(clock)
    assert cli.sweep_once() == []
    assert letter().tries == 0


def test_a_letter_of_an_act_that_is_rolled_back_was_never_written(app, clock, postman):
    with pytest.raises(RuntimeError), transaction():
        outbox.write("x", uuid4(), "a@example.kg", "s", "b", "ky", now=clock())
        raise RuntimeError
    assert cli.sweep_once() == []


def test_a_password_is_not_sent_in_the_clear_to_another_computer():
    assert mail.Server.from_url("smtp://u:p%40ss@127.0.0.1").is_local
    assert not mail.Server.from_url("smtp://u:p@mail.example.kg").is_local
    server = mail.Server.from_url("smtps://u:p%40ss@mail.example.kg")
    assert (server.password, server.port, server.is_encrypted) == ("p@ss", 465, True)
    assert mail.Server.from_url("smtp://u:p@mail.example.kg").port == 587


@pytest.mark.parametrize("url", ["mail.example.kg", "http://mail.example.kg", "smtp://", "smtp://a:b@host:mail"])
def test_a_setting_that_names_no_mail_server_is_said_at_the_start(url):
    with pytest.raises(ConfigurationError, match="SMTP_URL"):
        config.from_environ({"SMTP_URL": url})


def test_a_sender_that_is_no_address_is_said_at_the_start():
    with pytest.raises(ConfigurationError, match="MAIL_FROM"):
        config.from_environ({"MAIL_FROM": "the ministry"})
    assert config.from_environ({"PUBLIC_URL": "https://test.example.kg"}).sender == "no-reply@test.example.kg"
