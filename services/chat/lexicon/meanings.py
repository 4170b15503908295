"""What every label stands for, in the words of the label guide. A test holds them to docs/labels.md."""

from typing import Final

MEANINGS: Final = {
    "bonus_missing": "a bonus, cashback, free spins or promo they expected was not given",
    "bonus_terms": (
        "asks about wagering, expiry, eligibility, max bet, or disputes a bonus being removed under its terms"
    ),
    "bonus_request": "asks for a bonus, a code, VIP or loyalty treatment",
    "deposit_failed": "a deposit was declined or errors",
    "deposit_not_credited": "money left them but is not in the balance",
    "deposit_info": "how to deposit, methods, limits, fees, currencies",
    "withdrawal_delayed": 'a pay-out is pending, late, "where is my money"',
    "withdrawal_rejected": "a pay-out was cancelled, refused or returned",
    "withdrawal_info": "how to cash out, methods, limits, fees, times",
    "game_technical": "a game or stream does not load, freezes, crashes, lags",
    "game_result": "a round, bet, win or settlement is disputed, missing or wrong",
    "game_fairness": "says games are rigged, asks about RTP or fairness",
    "login_failed": "cannot sign in: password, code, 2FA, error on sign-in",
    "account_locked": "account blocked, suspended, closed by the operator",
    "verification": "identity or address documents, KYC, source of funds",
    "account_change": "change of e-mail, phone, name, currency, personal data, consent",
    "account_closure": "wants to close, pause or self-exclude, set limits, gambling harm",
    "geo_blocked": 'country not allowed, VPN, travelling, "not available in your region"',
    "complaint": "anger at the operator or its support, threat to leave, report, sue or post a review; insults",
    "praise": "thanks or positive feedback beyond politeness",
    "suggestion": "proposes a change or feature",
    "app_technical": "site or app trouble not tied to a game, payment or login (page blank, app update, notifications)",
    "security_report": "phishing, stolen account, unknown transaction, fraud report",
    "human_agent": "only asks for a person, a call-back or whether anyone is there",
    "smalltalk": "greeting, thanks, filler, test, nonsense with no request",
    "other": "a real request that no other label covers",
}
"""Intent → when a message has it."""

SENTIMENT_MEANINGS: Final = {
    "negative": "frustration, anger, worry about money",
    "neutral": "plain question or statement",
    "positive": "thanks, praise, delight",
}
"""Sentiment → what a message expresses that has it."""
