"""How people name topics and moods. The labels are those of services.runtime.labels; a test holds the two together."""

from typing import Final

from services.chat.lexicon.entry import Table

CATEGORY_WORDS: Final[Table] = {
    ("bonus",): """bonus, promo, promotion, promotional, cashback, cash back, free spin, freespin, reward, voucher,
        coupon, special offer, welcome offer, bonus question, bonus message""",
    ("deposit",): """deposit, depositing, deposited, depositor, top up, topup, topping up, topped up, pay in, payin,
        paying in, paid in, fund my account, funding, add money, adding money, money in, recharge""",
    ("withdraw",): """withdraw, withdrawal, withdrawing, withdrew, withdrawn, pay out, payout, paying out, paid out,
        cash out, cashout, cashing out, cashed out, money out""",
    ("game_issue",): """game, gaming, slot, slot machine, live casino, casino game, casino, bet, betting, sportsbook,
        sport bet, sport betting, game issue, gameplay, tournament, jackpot""",
    (
        "login_account",
    ): """login, log in, logging in, logged in, sign in, signing in, signin, account, login and account,
        login account, account access, login or account""",
    ("geo_restriction",): """geo, geo restriction, georestriction, geo block, geoblock, geo blocking, geoblocking,
        region restriction, regional restriction, country restriction, location restriction, vpn, blocked country,
        country block, restricted country, restricted region, region block, blocked region""",
    ("anger_feedback",): "feedback, anger and feedback, anger feedback, customer feedback, general feedback",
    ("other",): """other topic, other message, other category, category other, miscellaneous, misc, uncategorised,
        uncategorized""",
    ("deposit", "withdraw"): "payment, transaction, cashier, billing, banking, money transfer",
}

INTENT_WORDS: Final[Table] = {
    ("bonus_missing",): "missing bonus, missing free spin, missing cashback, missing promo",
    ("bonus_terms",): """maximum bet, max bet, maximum bet with bonus, max bet with bonus,
        wagering, wagering requirement, bonus term, bonus rule, bonus expiry, bonus condition, rollover,
        turnover requirement, bonus eligibility, expired bonus""",
    ("bonus_request",): """loyalty program, loyalty programme, vip program, vip programme,
        bonus request, bonus code, promo code, vip, loyalty, asking for a bonus, asked for a bonus,
        ask for a bonus, request a bonus, requested a bonus, requesting a bonus, wanted a bonus, want a bonus""",
    ("deposit_failed",): "failed deposit, declined deposit",
    ("deposit_not_credited",): "uncredited deposit, missing deposit, charged twice, double charged, double charge",
    ("deposit_info",): """deposit method, deposit limit, deposit fee, deposit currency, deposit info,
        deposit information, how to deposit, minimum deposit, maximum deposit, deposit option""",
    ("withdrawal_delayed",): """withdrawal delay, payout delay, pay out delay, cash out delay, cashout delay,
        waiting for their money, waiting for money, where is my money""",
    ("withdrawal_rejected",): "withdrawal rejection, payout rejection, withdrawal cancellation",
    ("withdrawal_info",): """withdrawal method, withdrawal limit, withdrawal fee, withdrawal time, withdrawal info,
        withdrawal information, how to withdraw, how to cash out, payout method, payout limit, payout fee, payout time,
        minimum withdrawal, maximum withdrawal, withdrawal option""",
    ("game_technical",): """game crash, crash, crashed, crashing, freeze, freezing, froze, frozen, frozen game, lag,
        lagging, laggy, lagged, game technical, technical game, game not loading, game loading, stream""",
    ("game_result",): """game result, bet settlement, settlement, disputed bet, disputed round, disputed result,
        disputed win, missing win, missing winning, wrong result, bet result, unsettled bet, bet not settled,
        game dispute, bet dispute, disputed game, disputed game result""",
    ("game_fairness",): "rigged, rigging, game fairness, fairness, rtp, unfair, unfairness, fair play",
    ("login_failed",): """can not log in, can not login, can not sign in, could not log in, could not login,
        could not sign in, unable to log in, unable to login, unable to sign in, failed login, login failed,
        login failure,
        failed to log in, failed to login, failing to log in, not able to log in, password, password reset,
        forgotten password, forgot password, 2 fa, two factor, 2 factor, login code, login error, sign in error,
        failed sign in, failed log in""",
    ("account_locked",): """locked account, account locked, blocked account, account blocked, suspended account,
        account suspended, account lock, account block, account suspension, locked out, lock out, lockout, account ban,
        banned account, account was locked, account was blocked, account was suspended, account is blocked,
        account is locked, account got locked, account got blocked, frozen account, account frozen""",
    ("verification",): """kyc, know your customer, verification, verify, verifying, verified, unverified, document,
        id check, identity, identity check, identity document, id document, id verification, proof of address,
        phone verification, email verification,
        source of fund, account verification, passport, selfie, paperwork, aml check""",
    ("account_change",): """account change, change of email, change of phone, change of name, change of address,
        email change, phone change, name change, address change, change their email, change their phone,
        change their name, change their address, change my email, change my phone, changing email, changing phone,
        changing their email, account update, detail change, change of detail, changed their email,
        change their email address, change their phone number, data change, profile change,
        changing an email, changing an email address, change an email address, change of email address,
        email address change, phone number change, change of phone number, changing a phone number, new phone number,
        new email address""",
    ("account_closure",): """account closure, close account, close their account, close my account, closing account,
        closing their account, closed account, closed their account, closed my account, close the account,
        closed the account, delete account, deleted their account, self exclusion, self exclude, self excluded,
        selfexclusion,
        gambling limit, responsible gambling,
        responsible gaming, gambling harm, problem gambling, gambling addiction, gambling problem,
        cooling off, delete their account, delete my account, account deletion, deleting their account,
        closure, close an account, closing an account, account was closed, account were closed, account closed,
        account is closed, account are closed, account got closed""",
    (
        "geo_blocked",
    ): """geo blocked, geoblocked, geo issue, geo problem, country not allowed, not available in their country,
        blocked by country, blocked by region, blocked in their country, blocked by their country, blocked because of
        their country, blocked for their country, blocked from their country, blocked because of country""",
    ("suggestion",): "suggestion, suggest, suggested, feature request, idea, proposal, improvement, improvement idea",
    ("app_technical",): """site slow, site is slow, site was slow, slow site, website slow, website is slow,
        website was slow, slow website, app is slow, app was slow, slow app,
        app, app problem, app issue, app crash, app error, app bug, app trouble, application problem,
        website problem, website issue, website error, site problem, site issue, website trouble, website down,
        site down, app technical, blank page, page blank, push notification, app update, bug, app crashed,
        app crashing, website crash, mobile app, website bug, technical app issue, technical app problem""",
    ("security_report",): """fraud, fraud report, phishing, scam, scammed, hacked, hacking, hack, stolen account,
        account theft, security, security report, security issue, security problem, security incident,
        unknown transaction, fraudulent, security concern, account takeover""",
    ("human_agent",): """human agent, human, real person, live agent, real agent, human operator, human support,
        talk to a person, talk to an agent, talk to a human, speak to a person, speak to an agent, speak to a human,
        speak with an agent, talk to someone, speak to someone, agent request, call back, callback,
        asking for an agent, asked for an agent, asking for a person, asked for a person, asked for a human,
        wanted an agent, wanted a person, want an agent, wanted to talk to an agent, request an agent,
        requested an agent, request for an agent, request for a person, human help""",
    (
        "smalltalk",
    ): """small talk, smalltalk, greeting, chit chat, chitchat, filler, idle chat, say hi, said hi, saying hi,
        say hello, said hello, saying hello""",
    ("other",): "intent other, other intent",
    ("game_technical", "app_technical"): """technical problem, technical issue, technical trouble, technical error,
        technical, technical difficulty, tech issue, tech problem""",
    ("deposit_failed", "withdrawal_rejected"): "failed payment, declined payment, rejected payment, payment failed",
}

MOOD_NOUNS: Final[Table] = {
    (
        "complaint",
    ): """complaint, complain, complained, complaining, complainer, anger, rant, ranting, insult, grievance,
        angry feedback, moaning, moan, moaned, grumble, grumbled, grumbling, ranted, whine, whining, gripe, griped,
        griping, vented, venting, insulted, shouted, yelled""",
    ("praise",): """praise, praised, praising, thanked, thanking, compliment, positive feedback, good feedback, kudos,
        thank you message, thanks message, thank you, thank yous, thank you note, happy feedback, commendation""",
}

MOOD_ADJECTIVES: Final[Table] = {
    (
        "complaint",
    ): """angry, furious, mad, outraged, enraged, livid, irate, angrier, angriest, fuming, raging, hostile""",
    ("praise",): "praising, grateful, thankful",
}

SENTIMENT_WORDS: Final[Table] = {
    ("negative",): """unhappy, negative, dissatisfied, unsatisfied, frustrated, frustration, upset, sad, annoyed,
        disappointed, disappointment, worried, negativity, unhappier, unhappiest, unhappiness, displeased,
        negative feedback, negative sentiment, bad feedback, bad mood, dissatisfaction, discontent, grumpy,
        negative mood, most negative""",
    ("neutral",): "neutral, neutral sentiment",
    ("positive",): """happy, positive, satisfied, pleased, delighted, glad, happier, happiest, positivity, cheerful,
        positive sentiment, good mood, positive mood, satisfaction""",
}

STATE_WORDS: Final[Table] = {
    ("failed",): """failed, fail, failing, declined, declining, error, unsuccessful, not work, not working,
        broken, bounced, not load, not loading, did not work,
        does not work, do not work, do not load, can not, could not, unable to, not able to""",
    (
        "missing",
    ): """missing, not credited, uncredited, not arrived, not arrive, did not arrive, never arrived, not received,
        never received, did not receive, lost, disappeared, vanished, not showing, not landed, not shown, not given,
        not arriving, never arriving, not coming, not being credited, never credited, never came, did not come,
        has not arrived, have not arrived, not appear, not appearing, not in the balance""",
    ("delayed",): """delayed, delay, late, pending, slow, stuck, overdue, on hold, held, taking too long, not paid,
        waiting, unpaid, held up, taking ages, outstanding""",
    (
        "rejected",
    ): """rejected, reject, rejection, refused, refusal, cancelled, canceled, cancellation, denied, returned,
        turned down, reversed""",
    ("blocked",): "blocked, block, locked, suspended, banned, restricted, disabled, frozen",
    (
        "problem",
    ): "problem, issue, trouble, difficulty, failure, hiccup, fault, struggle, struggling, problematic, troubles",
    ("info",): "limit, fee, method, minimum, maximum, how to, currency, info, information",
    ("question",): "question, query, enquiry, inquiry, asking",
}

FAILURES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "bonus": {
        "problem": ("bonus_missing",),
        "failed": ("bonus_missing",),
        "missing": ("bonus_missing",),
        "delayed": ("bonus_missing",),
        "rejected": ("bonus_terms",),
        "info": ("bonus_terms",),
    },
    "deposit": {
        "problem": ("deposit_failed", "deposit_not_credited"),
        "failed": ("deposit_failed",),
        "rejected": ("deposit_failed",),
        "blocked": ("deposit_failed",),
        "missing": ("deposit_not_credited",),
        "delayed": ("deposit_not_credited",),
        "info": ("deposit_info",),
    },
    "withdraw": {
        "problem": ("withdrawal_delayed", "withdrawal_rejected"),
        "failed": ("withdrawal_rejected",),
        "rejected": ("withdrawal_rejected",),
        "blocked": ("withdrawal_rejected",),
        "missing": ("withdrawal_delayed",),
        "delayed": ("withdrawal_delayed",),
        "info": ("withdrawal_info",),
    },
    "game_issue": {
        "problem": ("game_technical", "game_result"),
        "failed": ("game_technical",),
        "delayed": ("game_technical",),
        "blocked": ("game_technical",),
        "missing": ("game_result",),
        "rejected": ("game_result",),
    },
    "login_account": {
        "problem": ("login_failed", "account_locked"),
        "failed": ("login_failed",),
        "rejected": ("login_failed",),
        "blocked": ("account_locked",),
    },
    "geo_restriction": {"problem": ("geo_blocked",), "failed": ("geo_blocked",), "blocked": ("geo_blocked",)},
}
"""category → state → the intents that say so. "Problems" are the category's failure intents."""
