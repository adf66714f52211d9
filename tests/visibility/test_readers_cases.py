"""Case e-mails and pasted case logs: what is learned of a case, and what of a letter is never kept."""

from __future__ import annotations

import contextlib
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opswheel.core.errors import UnreadableFile
from opswheel.visibility import letters
from opswheel.visibility.letters import case_table
from opswheel.visibility.masking import excerpt, masked, without_names

from ..loading import Shop

DAY = date(2026, 11, 20)
THEM, US = "Seller Support <merch.service05@amazon.com>", "Jane Doe <jane@shop.example>"
COLUMNS = ("case_id", "at", "direction", "status", "item_id", "excerpt")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def letter(
    words: str,
    *,
    sender: str = THEM,
    subject: str = "[CASE 12345678901] Your listing",
    sent: str = "Wed, 18 Nov 2026 08:15:00 -0800",
) -> EmailMessage:
    message = EmailMessage()
    message["Received"] = "from a.example by b.example; Wed, 18 Nov 2026 08:15:01 -0800"
    message["Message-ID"] = "<0102018c@eu-west-1.amazonses.com>"
    message["From"], message["To"] = sender, "ops@shop.example"
    message["Subject"], message["Date"] = subject, sent
    message.set_content(words)
    return message


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_letter_tells_its_case_who_wrote_when_and_that_it_asks(shop: Shop) -> None:
    words = (
        "Dear Jane Doe,\n\nWe need more information about B0ABCDEFGH. Please send an invoice.\n\nKind regards,\nRobert"
    )
    result = shop.load_text("letter.eml", bytes(letter(words)), channel="amazon:US", day=DAY)
    assert (result.report, result.table, result.rows, result.rejected) == ("case_letters", "cases", 1, 0)
    told = "Your listing · We need more information about B0ABCDEFGH. Please send an invoice."
    assert shop.rows("cases", *COLUMNS) == [
        ("12345678901", at("2026-11-18 16:15:00"), "them", "waiting_on_us", "B0ABCDEFGH", told)
    ]
    assert shop.rows("cases", "told", "day") == [("letter", date(2026, 11, 18))]


def test_our_own_answer_is_ours_whatever_it_quotes(shop: Shop) -> None:
    words = "The invoice is attached.\n\nOn Wed, Nov 18, 2026 Seller Support wrote:\n> Please provide an invoice.\n"
    answer = letter(words, sender=US, subject="Re: [CASE 12345678901] Your listing")
    shop.load_text("answer.eml", bytes(answer), channel="amazon:US", day=DAY)
    assert shop.rows("cases", "direction", "status", "excerpt") == [
        ("us", None, "Your listing · The invoice is attached.")
    ]


FORWARDS = {
    "gmail": (
        "FYI\n\n---------- Forwarded message ---------\nFrom: Amazon Seller Support <merch.service05@amazon.com>\n"
        "Date: Thu, Nov 19, 2026 at 8:15\u202fPM\nSubject: [CASE 12345678901] Your listing\n"
        "To: <jane@shop.example>\n\n\n"
        "Hello Jane,\n\nYour case has been resolved.\n"
    ),
    "outlook": (
        "________________________________\nFrom: Seller Support <merch.service05@amazon.com>\n"
        "Sent: Thursday, November 19, 2026 8:15 PM\nTo: Jane Doe <jane@shop.example>\n"
        "Subject: [CASE 12345678901] Your listing\n\nHello Jane,\n\nYour case has been resolved.\n"
    ),
    "apple": (
        "Begin forwarded message:\n\n> From: Seller Support <merch.service05@amazon.com>\n"
        "> Subject: [CASE 12345678901] Your listing\n> Date: November 19, 2026 at 8:15:00 PM PST\n"
        "> To: jane@shop.example\n\nHello Jane,\n\nYour case has been resolved.\n"
    ),
}


@pytest.mark.parametrize("program", FORWARDS)
def test_a_forwarded_letter_is_taken_for_what_it_was(shop: Shop, program: str) -> None:
    wrapped = letter(FORWARDS[program], sender=US, subject="Fwd: [CASE 12345678901] Your listing")
    shop.load_text("forward.eml", bytes(wrapped), channel="amazon:US", day=DAY)
    assert shop.rows("cases", *COLUMNS[:4], "excerpt", "message_hash") == [
        (
            "12345678901",
            at("2026-11-20 04:15:00"),
            "them",
            "closed",
            "Your listing · Your case has been resolved.",
            None,
        )
    ]


def test_a_letter_forwarded_as_an_attachment_counts_and_its_envelope_does_not(shop: Shop) -> None:
    outer = letter("See attached.", sender=US, subject="for the case folder")
    outer.add_attachment(letter("We have closed this case."))
    shop.load_text("forward.eml", bytes(outer), channel="amazon:US", day=DAY)
    assert shop.rows("cases", "case_id", "direction", "status") == [("12345678901", "them", "closed")]


def test_a_letter_in_html_alone_is_read_as_text(shop: Shop) -> None:
    message = letter("")
    message.set_content(
        "<html><style>p {color: red}</style><p>Hello Jane,</p><p>Caf&eacute; listing: action required</p></html>",
        subtype="html",
    )
    shop.load_text("letter.eml", bytes(message), channel="amazon:US", day=DAY)
    assert shop.rows("cases", "status", "excerpt") == [
        ("waiting_on_us", "Your listing · Café listing: action required")
    ]


def mailbox(*letters: EmailMessage) -> bytes:
    first = b"From seller-support@amazon.com Wed Nov 18 08:15:00 2026\n"
    return b"".join(first + bytes(m) + b"\n" for m in letters)


def test_a_mailbox_tells_every_letter_of_a_case_and_leaves_the_others_out(shop: Shop) -> None:
    cases = [letter("Hello,\n\nFrom here on it works.", subject=f"Case ID {n}") for n in range(10_000_001, 10_000_031)]
    news = letter("Our newsletter.", subject="News for sellers")
    result = shop.load_text("cases.mbox", mailbox(news, *cases, news), channel="amazon:US", day=DAY)
    assert (result.status, result.rows, result.rejected) == ("loaded", 30, 0)
    assert {told for (told,) in shop.rows("cases", "excerpt")} == {"From here on it works."}


def test_messages_of_buyers_are_left_out_even_where_they_name_a_case(shop: Shop) -> None:
    buyer = letter("My case 123456789 is broken, call me", sender="Sam <x1@marketplace.amazon.com>", subject="Order")
    refused = shop.load_text("buyer.eml", bytes(buyer), channel="amazon:US", day=DAY)
    assert (refused.status, refused.code) == ("refused", "unreadable_file")
    assert "names a case" in str(refused.error)
    result = shop.load_text("both.mbox", mailbox(buyer, letter("Text.")), channel="amazon:US", day=DAY)
    assert result.rows == 1
    assert b"broken" not in shop.bytes_at_rest()


@pytest.mark.parametrize(("sender", "direction"), [
    ("a@amazon.co.uk", "them"), ("b@seller-support.amazon.de", "them"), ("c@walmart.com", "them"),
    ("d@shopify.com", "them"), ("e@notamazon.com", "us"), ("f@amazon.com.evil.example", "us"), ("g@shop.example", "us"),
])  # fmt: skip
def test_only_an_address_of_the_marketplace_makes_a_letter_theirs(shop: Shop, sender: str, direction: str) -> None:
    shop.load_text("letter.eml", bytes(letter("Text.", sender=sender)), channel="amazon:US", day=DAY)
    assert shop.rows("cases", "direction") == [(direction,)]


def test_nothing_of_a_letter_is_kept_but_ids_dates_and_a_masked_beginning(shop: Shop) -> None:
    words = (
        "Dear Jane Doe,\n\nAbout order 114-1234567-1234567: write to sam.buyer@mail.example, call +1 (206) 555-0100 or "
        "see https://sellercentral.amazon.com/x?token=SECRET99. " + "Padding words go here. " * 20 + "\nSECRETTAIL\n"
        "Kind regards,\nRobert Secretname\n"
    )
    message = letter(words)
    message.add_attachment(b"Jane Doe, 1 Secret Street", maintype="text", subtype="plain", filename="proof.txt")
    shop.load_text("letter.eml", bytes(message), channel="amazon:US", day=DAY)
    kept = shop.bytes_at_rest()
    for private in (b"Jane", b"sam.buyer", b"555-0100", b"114-1234567", b"SECRET", b"Secret", b"jane@", b"0102018c"):
        assert private not in kept
    ((told,),) = shop.rows("cases", "excerpt")
    assert told.startswith("Your listing · About order …: write to … call … or see …")
    assert len(told) <= 200


@pytest.mark.parametrize("subject", [
    "[CASE 12345678901] Listing", "RE: Case ID: 12345678901", "Case #12345678901 closed", "Your case-id=12345678901",
    "Case ID [12345678901]", "Ticket No. 12345678901", "Fall-Nr. 12345678901: Angebot", "ケース12345678901",
])  # fmt: skip
def test_a_case_is_known_by_its_number_however_it_is_written(shop: Shop, subject: str) -> None:
    message = letter("In case 2026 is over, see suitcase 999999999.", subject=subject)
    shop.load_text("letter.eml", bytes(message), channel="amazon:US", day=DAY)
    assert shop.rows("cases", "case_id") == [("12345678901",)]


@pytest.mark.parametrize("subject", ["In case 2026 is over", "Suitcase 12345678901", "Order 114-1234567-1234567"])
def test_other_numbers_are_no_cases(shop: Shop, subject: str) -> None:
    result = shop.load_text("letter.eml", bytes(letter("Text.", subject=subject)), channel="amazon:US", day=DAY)
    assert (result.status, "names a case" in str(result.error)) == ("refused", True)


def test_the_same_letter_loaded_twice_changes_nothing(shop: Shop) -> None:
    raw = bytes(letter("Text."))
    first = shop.load_text("a.eml", raw, channel="amazon:US", day=DAY)
    again = shop.load_text("b.eml", raw, channel="amazon:US", day=DAY)
    assert (first.status, again.status, len(shop.rows("cases", "case_id"))) == ("loaded", "unchanged", 1)


def test_odd_encodings_and_headers_give_words_or_a_refusal(shop: Shop) -> None:
    fields = b"Received: x\nFrom: =?utf-8?q?Am=C3=A9lie?= <a@amazon.fr>\nDate: Wed, 18 Nov 2026 08:15:00 -0800\n"
    subject = b"Subject: =?iso-8859-1?Q?Case_ID_12345678=3A_Caf=E9?=\n"
    body = b"Content-Type: text/plain; charset=no-such-thing\n\nD\xe9j\xe0 vu\n"
    shop.load_text("odd.eml", fields + subject + body, channel="amazon:US", day=DAY)
    assert shop.rows("cases", "case_id", "excerpt") == [("12345678", "Café · Déjà vu")]


@pytest.mark.parametrize(("field", "column"), [(b"Date: yesterday\n", "written"), (b"", "written")])
def test_a_letter_without_a_readable_date_is_refused(shop: Shop, field: bytes, column: str) -> None:
    raw = b"Received: x\nFrom: a@amazon.com\nSubject: Case 12345678\n" + field + b"\nText.\n"
    result = shop.load_text("undated.eml", raw, channel="amazon:US", day=DAY)
    assert result.status == "refused"
    assert f"column '{column}'" in str(result.error)


def test_a_letter_of_a_size_that_no_letter_has_is_refused_by_a_named_limit(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "MAX_LETTER_BYTES", 2**20)
    whole = bytes(letter("Text.")) + b"x" * 2**20
    result = shop.load_text("large.eml", whole, channel="amazon:US", day=DAY)
    assert (result.status, result.code) == ("refused", "over_limit")
    assert "more than 1 MiB" in str(result.error)


HEADER = b"Received: x\nFrom: a@amazon.com\nSubject: Case 12345678\nDate: Wed, 18 Nov 2026 08:15:00 -0800\n"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=400), where=st.integers(0, 200))
def test_no_spoilt_letter_makes_the_reader_fall_over(tmp_path: Path, noise: bytes, where: int) -> None:
    whole = HEADER + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nText\n--b--\n'
    path = tmp_path / "spoilt.eml"
    path.write_bytes(whole[:where] + noise + whole[where:])
    with contextlib.suppress(UnreadableFile):  # noise may hide the case's number
        told = case_table(path, "spoilt.eml", tmp_path).read_text(encoding="utf-8").split("\n")
        assert {line.count("\t") for line in told[:-1]} == {6}


LOG = (
    ("Created", "Case ID", "Status", "Short description", "Actions"),
    ("Nov 16, 2026", "12345678901", "Answered", "Listing B0ABCDEFGH is suppressed", "View or respond"),
    ("November 12, 2026 8:15 AM", "12345678902", "Pending Amazon action", "Lost units, mail x@y.example", "View"),
    ("Oct 1, 2026", "12345678903", "Closed", "Fees", "View or respond"),
)
CASES = [
    ("12345678901", date(2026, 11, 16), "waiting_on_us", "B0ABCDEFGH", "Listing B0ABCDEFGH is suppressed"),
    ("12345678902", date(2026, 11, 12), "waiting_on_them", None, "Lost units, mail …"),
    ("12345678903", date(2026, 10, 1), "closed", None, "Fees"),
]


@pytest.mark.parametrize("pasted", [
    "\n".join("\t".join(row) for row in LOG),
    "Case log\n\n" + "\r\n".join("\t".join(row) for row in LOG) + "\r\n",
    "\n".join(",".join(f'"{cell}"' for cell in row) for row in LOG),
    "\n".join(cell for row in LOG for cell in row),
    "\n\n".join(cell for row in LOG[1:] for cell in row),
], ids=["tabs", "tabs below a title", "commas", "a cell on each line", "without headings"])  # fmt: skip
def test_a_pasted_log_tells_number_state_and_days_however_it_came_out(shop: Shop, pasted: str) -> None:
    result = shop.load_text("case-log-2026-11-20.txt", pasted, channel="amazon:US")
    assert (result.report, result.rows, result.rejected) == ("case_log", 3, 0)
    assert shop.rows("cases", "case_id", "day", "status", "item_id", "excerpt") == CASES
    assert set(shop.rows("cases", "told", "direction", "known_at")) == {("log", None, at("2026-11-20 08:00:00"))}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_log_is_read_in_whatever_encoding_its_editor_saved_it(shop: Shop, encoding: str) -> None:
    pasted = "Case ID\tStatus\tCreated\tSubject\n12345678901\tOpen\t2026-11-01\tCafé cups\n"
    shop.load_text("log.txt", pasted.encode(encoding), channel="amazon:US", day=DAY)
    assert shop.rows("cases", "case_id", "excerpt") == [("12345678901", "Café cups")]


def test_a_message_in_outlooks_own_format_is_told_how_to_be_saved(shop: Shop) -> None:
    result = shop.load_text("case.msg", b"\xd0\xcf\x11\xe0" + bytes(600), channel="amazon:US", day=DAY)
    assert (result.code, ".eml" in str(result.error)) == ("unreadable_file", True)


def test_a_log_with_both_days_tells_when_a_case_was_opened_and_last_changed(shop: Shop) -> None:
    pasted = "Case ID\tStatus\tCreated\tLast updated\tSubject\n12345678901\tOpen\t2026-11-01\t2026-11-18\tFees\n"
    shop.load_text("log.txt", pasted, channel="amazon:US", day=DAY)
    assert shop.rows("cases", "opened_day", "day", "status") == [(date(2026, 11, 1), date(2026, 11, 18), "open")]


def test_a_row_of_a_log_without_a_number_or_a_day_is_refused_and_the_rest_stays(shop: Shop) -> None:
    rows = [f"1234567{n:04}\tOpen\t2026-11-01\tFees" for n in range(60)]
    pasted = "\n".join(
        ["Case ID\tStatus\tCreated\tSubject", *rows, "\tOpen\t2026-11-01\tFees", "12345679999\tOpen\tsoon\tx"]
    )
    result = shop.load_text("log.txt", pasted, channel="amazon:US", day=DAY)
    assert (result.rows, result.rejected) == (60, 2)
    assert [r[1:] for r in shop.rejects()] == [("log case id", "", "empty"), ("opened", "soon", "cannot be read")]


@pytest.mark.parametrize("pasted", ["Case ID\nStatus\nnothing to see\n", "Case ID\tStatus\n"])
def test_a_log_without_a_case_is_refused_in_words(shop: Shop, pasted: str) -> None:
    result = shop.load_text("log.txt", pasted, channel="amazon:US", day=DAY)
    assert (result.status, result.code) == ("refused", "unreadable_file")
    assert "case" in str(result.error)


def test_other_reports_are_never_taken_for_letters_or_logs(shop: Shop) -> None:
    listed = "sku,status,price,title\nA,active,19.90,From: case id 12345678 closed\n"
    assert shop.load_text("listings.csv", listed, channel="amazon:US", day=DAY).report == "listings_csv"


@pytest.mark.parametrize(("text", "kept"), [
    ("call 206-555-0100 now", "call … now"),
    ("on 2026-11-20 or 11/20/2026", "on 2026-11-20 or 11/20/2026"),
    ("B0ABCDEFGH costs 19.99", "B0ABCDEFGH costs 19.99"),
    ("id 12345678901", "id …"),
    ("tab\tand\nline", "tab and line"),
    ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
])  # fmt: skip
def test_masking_hides_what_leads_to_a_person_and_keeps_days_items_and_prices(text: str, kept: str) -> None:
    assert masked(text) == kept


def test_greetings_and_names_below_a_letter_are_cut_off() -> None:
    assert without_names("Dear Jane,\nAll is well.\n\nBest regards,\nRobert") == "All is well."
    assert without_names("Please see below.\nThank you,\nRobert") == "Please see below."
    assert excerpt("a" * 300).count("a") == 200
