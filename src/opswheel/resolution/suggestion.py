"""The root cause a form begins with: what the marketplace's code, or else its words, say about a problem.

A person decides: nothing is closed with a cause nobody looked at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

# Amazon's issue categories (Listings Items API) and Walmart's unpublish reasons; other codes speak through their words.
CODES: Mapping[str, str] = MappingProxyType(
    {
        "MISSING_ATTRIBUTE": "data_missing",
        "INVALID_ATTRIBUTE": "data_invalid",
        "MISSING_IMAGE": "image",
        "INVALID_IMAGE": "image",
        "MISSING_PRICE": "price_rule",
        "INVALID_PRICE": "price_rule",
        "DUPLICATE": "duplicate_variation",
        "QUALIFICATION_REQUIRED": "approval_needed",
        "INCOMPLETE": "data_missing",
    }
)
WORDS: tuple[tuple[str, str], ...] = (
    (r"dangerous goods|hazmat|safety data|battery", "hazmat_safety"),
    (r"trademark|copyright|infring|counterfeit|intellectual|rights owner", "ip_brand_claim"),
    (r"certificate|compliance|document|invoice", "compliance_document"),
    (r"approval|qualif|gated|restricted", "approval_needed"),
    (r"\bimage|photo|picture", "image"),
    (r"reasonable price|pric(e|ing)", "price_rule"),
    (r"duplicate|variation|parent", "duplicate_variation"),
    (r"missing|required|not supplied|incomplete|no (brand|title|description)", "data_missing"),
    (r"invalid|not (valid|accepted|allowed)|too long|exceeds|format", "data_invalid"),
    (r"account|deactivat|suspend", "account_level"),
    (r"closed by|paused|deleted by|end date", "closed_by_us"),
)
"""Asked in this order, the narrow before the wide: the first that is found decides."""


def suggest(code: str | None, evidence: Mapping[str, object], known: Collection[str]) -> tuple[str, str] | None:
    """(root cause, what speaks for it), if code or words point to one of the `known` causes of the kind.

    `evidence` is what the rule saw; its `code`, `reason`, `detail` and `issue_text` are read.
    """
    codes = [str(c) for c in (code, evidence.get("code")) if c]
    for one in codes:
        cause = CODES.get(one.strip().upper().replace(" ", "_"))
        if cause in known and cause is not None:
            return cause, f"the marketplace's code {one}"
    said = [str(evidence[k]) for k in ("reason", "detail", "issue_text", "status") if evidence.get(k)]
    for text in (*said, *codes):
        plain = text.lower().replace("_", " ")
        for pattern, cause in WORDS:
            if cause in known and re.search(pattern, plain):
                return cause, f"the marketplace's words “{text[:80]}”"
    return None
