"""Questions people and programs ask, answered from ledger and lake in the public JSON form."""

from .intent import intent_answer
from .issues import close_incident, close_issue, issue_state, members_of, reopen_issue
from .match import match_answer
from .queue import queue_answer
from .why import why_answer
from .whynot import whynot_answer

__all__ = [
    "close_incident",
    "close_issue",
    "intent_answer",
    "issue_state",
    "match_answer",
    "members_of",
    "queue_answer",
    "reopen_issue",
    "why_answer",
    "whynot_answer",
]
