"""`serve`, `users` and `tokens` on the command line."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys

import httpx
import pytest

from opswheel.interfaces.cli import obey
from opswheel.interfaces.people import passwords


@pytest.fixture
def say(tmp_path, capsys, monkeypatch):
    """A command in a fresh workspace, with a line on stdin; argon2 takes no time here."""
    monkeypatch.setattr(passwords, "hashed", lambda password: f"hash of {len(password)}")
    at = ["--workspace", str(tmp_path / "shop")]
    assert obey(["init", str(tmp_path / "shop")]) == 0

    def command(*words, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        status = obey([*at, *words])
        told = capsys.readouterr()
        return status, told.out, told.err

    return command


def test_a_team_is_set_up_and_a_program_gets_its_token(say):
    assert "nobody" not in say("users")[1]
    assert say("users", "add", "ines", "--role", "admin", stdin="a long password\n")[0] == 0
    assert say("users", "add", "tom", "--role", "operator", "--account", "main", stdin="a long password\n")[0] == 0
    assert "tom is lead of the accounts main." in say("users", "role", "tom", "lead")[1]
    assert "tom is lead of all accounts." in say("users", "accounts", "tom", "--all")[1]
    status, out, _ = say("tokens", "make", "tom", "--name", "nightly", "--scope", "run", "--json")
    made = json.loads(out)["tokens"][0]
    assert status == 0
    assert re.fullmatch(r"ow_[0-9a-f]{12}_[\w-]{43}", made["token"])
    assert made["token"] not in say("tokens")[1]
    assert "has ended" in say("tokens", "revoke", made["id"])[1]
    assert "disabled since" in say("users", "disable", "tom")[1]
    assert [u["name"] for u in json.loads(say("users", "--json")[1])["users"]] == ["ines", "tom"]


def test_a_users_e_mail_is_set_changed_and_taken_away(say):
    say("users", "add", "ines", "--role", "admin", "--email", "Ines@example.com", stdin="a long password\n")
    say("users", "add", "tom", "--role", "operator", stdin="a long password\n")

    def of_tom(*words):
        status, out, err = say("users", "email", "tom", *words, "--json")
        return json.loads(out)["users"][0]["email"] if status == 0 else err

    assert of_tom("tom@example.com") == "tom@example.com"
    assert of_tom("TOM@example.com") == "TOM@example.com"  # one's own is no other's
    assert of_tom("ines@EXAMPLE.com").startswith("Another user has this e-mail address.")
    assert of_tom("nowhere").startswith("'nowhere' is no e-mail address.")
    assert of_tom().startswith("Which address?") and of_tom("a@b", "--none").startswith("Which address?")
    assert of_tom("--none") is None
    assert say("users", "email", "nobody", "a@b")[2].startswith("There is no user 'nobody'.")


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        (("users", "add", "tom", "--role", "lead"), "a long password", "The first user must be an admin"),
        (("users", "add", "tom", "--role", "king"), "a long password", "'king' is no role."),
        (("users", "role", "nobody", "lead"), "", "There is no user 'nobody'."),
        (("users", "accounts", "nobody"), "", "Which accounts?"),
        (("tokens", "make", "nobody", "--name", "x"), "", "There is no user 'nobody'."),
        (("tokens", "revoke", "0"), "", "There is no token '0'."),
        (("serve", "--host", "0.0.0.0"), "", "Listening on 0.0.0.0 lets others in"),
        (("serve", "--port", "99999999"), "", "Nothing can listen on 127.0.0.1, port 99999999"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(say, words, stdin, told):
    status, out, err = say(*words, stdin=stdin)
    assert (status, out) == (2, "")
    assert err.startswith(told)
    assert err.count("\n") == 1


def test_a_password_is_never_taken_from_the_command_line(say):
    status, _, err = say("users", "add", "ines", "--role", "admin", "--password", "a long password")
    assert status == 2
    assert "a long password" not in err


def test_a_password_is_asked_for_on_a_terminal_and_typed_twice(say, monkeypatch):
    typed = iter(["one long password", "another long password"])
    monkeypatch.setattr("getpass.getpass", lambda words: next(typed))

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(io, "StringIO", Terminal)
    status, _, err = say("users", "add", "ines", "--role", "admin")
    assert (status, err.startswith("These were two different passwords.")) == (2, True)


def test_the_server_tells_its_address_answers_and_stops_when_asked(tmp_path):
    folder = tmp_path / "shop"
    assert obey(["init", str(folder)]) == 0
    word = [sys.executable, "-c", "from opswheel.interfaces.cli import main; main()", "serve", "--port", "0", "--json"]
    server = subprocess.Popen(
        [*word, "--workspace", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        lines = ""
        while not lines.endswith("}\n"):
            lines += server.stdout.readline()
        told = json.loads(lines)
        assert httpx.get(f"{told['api']}/me").json()["via"] == "local"
        assert told["sign_in"] is False
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
        assert server.stderr.read() == ""
    finally:
        server.kill()
        server.communicate()
