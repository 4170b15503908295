"""Messages, each with a question in other words that means it (D24). Written for this test."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PARAPHRASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bank transfer from the weekend never reached the wallet": "i wired 300 on saturday, still nothing there",
        "charged two times for one top-up": "you took 50 euro twice from my card, credited me once",
        "crypto payment is missing": "sent 0.02 btc, it has 12 confirmations, nothing there",
        "prepaid voucher is refused": "your site says my paysafecard pin is invalid, i bought it today",
        "smallest amount one can pay in": "can i put in just 5 bucks or is there a minimum",
        "fees for paying with plastic": "do you take a cut when i use my mastercard",
        "money out is stuck at the security department": "my cashout is under review since tuesday, until when",
        "payout was turned down because of the name on the account": "withdrawal refused, you say the iban is not mine",
        "cancel a requested payout": "i changed my mind, please put the 200 i wanted to withdraw back into play",
        "how fast do winnings get to an e-wallet": "usual time until skrill withdrawals show up?",
        "highest sum that can be taken out in a month": "is there a monthly limit for cashing out",
        "complimentary rounds did not show up": "promised 20 free spins for starting the week and got none",
        "weekly loss refund was not paid": "my cashback for last week is missing again",
        "turnover conditions of the offer": "how many times do i have to play the bonus through before it is mine",
        "voucher for loyal customers": "been here for three years, got some promo code for me?",
        "reward for bringing a friend": "my buddy signed up with my link, where is my 25 euro",
        "roulette video keeps freezing": "the live table stream hangs every few seconds",
        "round ended without a result": "screen went black during a spin and the stake is gone",
        "sports wager was graded incorrectly": "you settled my over 2.5 as lost but the match ended 3:1",
        "are the cards dealt honestly": "blackjack dealer hits 21 every single time, who checks this",
        "jackpot that was won is not there": "it said i hit the mini jackpot and my credit did not move",
        "reset link does not come": "requested a new password four times, no mail, not in spam either",
        "code for the second factor is rejected": "the six digits of my authenticator are always called wrong",
        "profile blocked after too many attempts": "typed my pin wrong and now you froze me out, please unlock",
        "identity papers were refused": "uploaded my driving licence and you say the photo is blurry, it is not",
        "proof of where i live": "which bill can i send to confirm my address",
        "new phone number": "i switched carriers, how do i update my mobile on file",
        "correct a misspelt surname": "you have me as Meier, in my passport it is Maier",
        "stop me from gambling": "please lock me out for half a year, i cannot control it",
        "erase everything you know about me": "delete my data under gdpr and confirm in writing",
        "service not offered where i am on holiday": "in turkey for two weeks, says my country is restricted",
        "use of a tunnel to get in": "is it ok to play through a vpn when i travel",
        "colleague at the desk was impolite": "the woman in chat laughed at me and hung up",
        "praise for an agent": "Tom sorted it out in two minutes, give that man a raise",
        "wish for a night theme": "your app burns my eyes in bed, make it darker please",
        "programme does not start on an android phone": "since the update it closes right after the logo on my samsung",
        "notifications come too often": "how do i stop the push messages, ten a day is too much",
        "somebody else was in my account": "there are bets i never placed and a login from brazil",
        "fake mail in your name": "got an email asking me to verify my card at earsh0t-pay.com, is that you",
        "i want a human being": "no more bot answers, put me through to a person",
    }
)
"""Question → the message it means."""
