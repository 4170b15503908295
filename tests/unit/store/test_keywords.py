"""Words that name a cluster."""

from services.store.taxonomy.keywords import keywords

TAX = ("a yearly statement for the tax office", "tax letter for your customers", "is there tax for winnings, yearly?")
OTHERS = tuple(f"message {number} for your support" for number in range(100))


def test_words_of_the_topic_come_before_those_that_stand_everywhere() -> None:
    assert keywords(TAX, OTHERS) == ("tax", "yearly")


def test_a_word_of_one_message_names_no_cluster() -> None:
    assert "letter" not in keywords(TAX, OTHERS)


def test_without_other_messages_what_most_of_the_cluster_says_names_it() -> None:
    assert keywords(TAX, ()) == ()
    assert "tax" in keywords(TAX, ("hello",))
