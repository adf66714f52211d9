"""Case e-mails as a plain table: `.eml` files and mailboxes, forwarded, attached or as they are.

Only what `cases` may hold leaves this module: ids, moments, who wrote, what the words say of the case's state, and a
masked beginning. Bodies, addresses, names and attachments are never written anywhere, not even into scratch files.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from ..core.errors import OverLimit, UnreadableFile
from .masking import excerpt, without_names

HEADINGS = ("case id", "message id", "written", "written by", "status said", "item named", "excerpt")
MAX_LETTER_BYTES = 50 * 2**20
"""Mail servers take letters half as large; a larger one is no letter."""
MAX_WORDS = 200_000
"""More of a letter is not looked at."""

_HEAD = 2**14
_FIELD = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]?")
_MAIL_FIELDS = re.compile(
    rb"^(?:received|return-path|delivered-to|message-id|mime-version|x-mailer|x-gmail-labels):", re.IGNORECASE | re.M
)
_FROM_LINE = re.compile(rb"From \S+.*\d{2}:\d{2}.*\r?\n?$")

_THEM = re.compile(r"(?:^|\.)(?:amazon|walmart|shopify|ebay|etsy|tiktok)\.[a-z]{2,3}(?:\.[a-z]{2})?$")
_BUYERS = re.compile(r"^marketplace\.amazon\.|^relay\.walmart\.|^members\.ebay\.")
_CASE = re.compile(  # in the languages marketplaces answer in; years and prices are shorter than any case's number
    r"(?:\b(?:case|ticket|fall|vorgang|cas|caso)|ケース)[\s-]*(?:id|no\.?|nr\.?|number|nummer|ref(?:erence)?)?"
    r"[\s:#=\[(-]*(\d{6,15})\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\bB0[0-9A-Z]{8}\b")
_PREFIX = re.compile(r"^(?:\s*(?:re|aw|fwd?|wg|tr|rv|sv|vs)\s*:\s*)+", re.IGNORECASE)
_FORWARDED = re.compile(r"^\s*(?:fwd?|wg|tr|rv|vs)\s*:", re.IGNORECASE)
_MARKER = re.compile(r"^[> ]*(?:-+ ?Forwarded message ?-+|Begin forwarded message:)", re.IGNORECASE | re.M)
_BLOCK = re.compile(r"^[>* ]*From:[* ]*(?P<from>.+)\n(?:[>* ]*[A-Z][A-Za-z-]+:.*\n){0,6}", re.M)
_QUOTED = re.compile(
    r"^(?:>|On .{5,200}wrote:|-{2,} ?Original Message|_{10,}|[* ]*From:.+\n[* ]*(?:Sent|Date|To):)", re.M
)
_CLOSED = re.compile(
    r"\b(?:case|ticket)\b[^.\n]{0,60}\b(?:has been|is now|was|have been|been) (?:closed|resolved)\b"
    r"|\bwe(?: have|'ve)? (?:now )?(?:closed|resolved) (?:this|your|the) (?:case|ticket)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\bplease (?:provide|send|reply|respond|submit|confirm|attach|upload)\b"
    r"|\b(?:need|require)s? (?:more|additional|further|the following) information\b"
    r"|\b(?:awaiting|waiting for) your (?:reply|response|answer)\b|\baction (?:is )?required\b",
    re.IGNORECASE,
)
_DAY_NAME = re.compile(r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+", re.IGNORECASE)
_AS_MAIL = re.compile(r"\d{1,2} [A-Za-z]{3} \d{4} \d{1,2}:\d\d(?::\d\d)?(?: (?!AM|PM)\S.*)$")
_WRITTEN = (
    *("%b %d, %Y %I:%M:%S %p", "%b %d, %Y %I:%M %p", "%B %d, %Y %I:%M:%S %p", "%B %d, %Y %I:%M %p", "%B %d, %Y %H:%M"),
    *(
        "%d %B %Y %H:%M:%S",
        "%d %B %Y %H:%M",
        "%d %b %Y %H:%M:%S",
        "%d %b %Y %H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
    ),
)


@dataclass(frozen=True)
class _Letter:
    """One letter while it is read: who sent it, when (as text a reader understands), its subject and its own words."""

    sender: str
    written: str
    subject: str
    words: str
    message_id: str = ""


def is_mail(path: Path) -> bool:
    """Whether a file begins as an e-mail or a mailbox does."""
    with path.open("rb") as handle:
        head = handle.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    first = head.split(b"\n", 1)[0]
    if not (_FIELD.match(first) or _FROM_LINE.match(first)):
        return False
    fields = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    return bool(_MAIL_FIELDS.search(fields) and re.search(rb"^(?:from|subject|date):", fields, re.IGNORECASE | re.M))


def case_table(path: Path, name: str, scratch: Path) -> Path:
    """A tab-separated table of the case letters in a file, one line each; letters that name no case are left out.

    Raises OverLimit for a letter too large, UnreadableFile where no letter names a case.
    """
    target = scratch / f"{path.name}.letters"
    found = 0
    with target.open("w", encoding="utf-8", newline="") as out:
        out.write("\t".join(HEADINGS) + "\n")
        for raw in _letters(path, name):
            for cells in _read(raw):
                found += 1
                out.write("\t".join(cells) + "\n")
    if not found:
        raise UnreadableFile(f"No letter in {name} names a case by its number.", "Load the letters of the case itself.")
    return target


_BROKEN = ("", "", "", "unread", "", "", "")
"""The line of a letter that cannot be taken apart: the reader refuses and counts it."""


def _read(raw: bytes) -> list[tuple[str, ...]]:
    """The lines of one message: none where it is of no case."""
    try:
        told = [_cells(letter) for letter in _unwrapped(message_from_bytes(raw))]
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError):
        return [_BROKEN]  # spoilt letters make the library give up in many ways
    return [cells for cells in told if cells]


def _letters(path: Path, name: str) -> Iterator[bytes]:
    """The letters of a file: the whole of it, or those of a mailbox, which begin with a `From ` line."""
    lines: list[bytes] = []
    size, blank, mailbox = 0, True, False
    with path.open("rb") as handle:
        for line in handle:
            if blank and line.startswith(b"From ") and _FROM_LINE.match(line) and (mailbox or not lines):
                if lines:
                    yield b"".join(lines)
                lines, size, mailbox = [], 0, True
                continue
            size += len(line)
            if size > MAX_LETTER_BYTES:
                raise OverLimit(
                    f"{name} has a letter of more than {MAX_LETTER_BYTES >> 20} MiB.", "Save it without attachments."
                )
            lines.append(line)
            blank = not line.strip()
    if lines:
        yield b"".join(lines)


def _unwrapped(message: Message) -> list[_Letter]:
    """The letters a message carries as attachments, else the one it forwards, else itself."""
    attached = [
        p.get_payload(0) for p in message.walk() if p.get_content_type() == "message/rfc822" and p.is_multipart()
    ]
    if attached:
        return [_forwarded(_as_sent(inner)) for inner in attached if isinstance(inner, Message)]
    return [_forwarded(_as_sent(message))]


def _as_sent(message: Message) -> _Letter:
    return _Letter(
        sender=parseaddr(_field(message, "From"))[1].lower(),
        written=_moment(_field(message, "Date")),
        subject=_field(message, "Subject"),
        words=_words(message),
        message_id=_field(message, "Message-ID").strip(),
    )


def _field(message: Message, name: str) -> str:
    value = message.get(name, "")
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError, MessageError):
        return str(value)


def _words(message: Message) -> str:
    """The text of a message, from its plain part if it has one."""
    for wanted in ("text/plain", "text/html"):
        for part in message.walk():
            if part.get_content_type() == wanted and not part.is_multipart() and not part.get_filename():
                text = _decoded(part).replace("\r\n", "\n")[:MAX_WORDS]
                return text if wanted == "text/plain" else _without_tags(text)
    return ""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        return raw.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return raw.decode("cp1252", "replace")


def _without_tags(text: str) -> str:
    text = re.sub(r"(?is)<(script|style|head)\b.*?</\1>", " ", text)
    text = re.sub(r"(?i)<(?:br|/p|/div|/tr|/li)\b[^>]*>", "\n", text)
    return html.unescape(re.sub(r"<[^>]{0,2000}>", " ", text))


def _forwarded(letter: _Letter) -> _Letter:
    """The letter inside a letter that was forwarded; one that was not stays as it is."""
    marker = _MARKER.search(letter.words)
    if not (marker or _FORWARDED.match(letter.subject)):
        return letter
    block = _BLOCK.search(letter.words, marker.end() if marker else 0)
    if not block:
        return letter
    told = dict(re.findall(r"(?m)^[>* ]*(Date|Sent|Subject):[* ]*(.*)$", block.group()))
    sender = re.search(r"[^\s<>\[\]:]+@[^\s<>\[\]]+", block["from"])
    return _Letter(
        sender=sender.group().lower() if sender else "",
        written=_moment(told.get("Date") or told.get("Sent") or "") or letter.written,
        subject=told.get("Subject", letter.subject),
        words=letter.words[block.end() :],
    )


def _moment(text: str) -> str:
    """A moment in the notation readers know, with its offset where it has one; nothing where it cannot be read."""
    plain = re.sub(r"\s+(?:at\s+)?", " ", _DAY_NAME.sub("", text.strip()))
    if _AS_MAIL.match(plain):  # in other notations the library would leave out AM and PM
        try:
            at = parsedate_to_datetime(plain)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat(sep=" ")
        except (ValueError, TypeError, IndexError, OverflowError):
            return ""
    plain = re.sub(r" (?!AM|PM)(?:[A-Z]{2,4}|GMT[+-]\d+)$", "", plain)
    for notation in _WRITTEN:
        try:
            at = datetime.strptime(f"{plain} +0000", f"{notation} %z")
        except ValueError:
            continue
        return at.replace(tzinfo=None).isoformat(sep=" ")  # a wall clock's: the reader knows the channel's zone
    return ""


def _cells(letter: _Letter) -> tuple[str, ...]:
    domain = letter.sender.rpartition("@")[2]
    case = _CASE.search(letter.subject) or _CASE.search(letter.words)
    if not case or _BUYERS.search(domain):
        return ()
    own = _QUOTED.split(letter.words, maxsplit=1)[0]
    by_them = bool(_THEM.search(domain))
    subject = _CASE.sub("", _PREFIX.sub("", letter.subject)).replace("[]", "").strip(" -:")
    item = _ITEM.search(f"{letter.subject} {letter.words}")
    return (
        case[1],
        re.sub(r"\s", "", letter.message_id),
        letter.written,
        "them" if by_them else "us",
        _state(own, by_them=by_them),
        item.group() if item else "",
        excerpt(subject, without_names(own)),
    )


def _state(words: str, *, by_them: bool) -> str:
    if by_them and _CLOSED.search(words):
        return "closed"
    return "waiting_on_us" if by_them and _ASKED.search(words) else ""
