"""Who is counted, what is counted, and what rows are grouped by."""

from typing import Final

from services.chat.lexicon.entry import Table

PERSON_WORDS: Final[Table] = {
    ("person",): """people, person, user, customer, player, client, member, folk, gambler, punter, guest, individual,
        visitor, bettor, account holder, unique user, distinct user, human being, guy""",
}

MESSAGE_WORDS: Final[Table] = {
    ("message",): """message, msg, ticket, conversation, contact, text, post, case, report, record, mention, item,
        entry, submission, correspondence, communication, volume, traffic, one""",
}

DIMENSION_WORDS: Final[Table] = {
    ("category",): """category, topic, subject, theme, reason, contact reason, contact driver, driver, type, kind,
        area, cause, label, problem type, issue type, message type""",
    ("intent",): "intent, intention, leaf label",
    ("source",): "source, channel, platform, medium, contact channel",
    ("sentiment",): "sentiment, mood, tone, emotion, feeling",
    ("language",): "language, lang, tongue",
    ("status",): "status, processing state, label state",
    ("weekday",): "weekday, day of the week, day of week, week day",
    ("hour",): "hour, time of day, time of the day, hour of the day, hour of day, time",
    ("day",): "day, date, calendar day",
    ("week",): "week, calendar week",
    ("month",): "month, calendar month",
}

ADVERBS: Final = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}
"""Words that name a grouping by themselves."""
