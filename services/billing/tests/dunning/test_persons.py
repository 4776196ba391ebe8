"""A person says otherwise: manual statuses beside the rules, in whatever order they are heard (D18)."""

from datetime import date
from typing import Any

BUNDLE = "plan_bundle"


def november(day: int) -> date:
    return date(2026, 11, day)


def december(day: int) -> date:
    return date(2026, 12, day)


def test_what_a_person_blocked_a_payment_does_not_lift(story: Any) -> None:
    story.bill(november(1), due_on=november(16))
    story.says("active", "blocked")
    story.day(november(16))
    story.pay(3000)

    assert story.account.blocked_manually
    assert story.state == "clear"

    story.says("blocked", "active")
    assert not story.account.blocked_manually


def test_a_person_makes_inactive_and_active_again(story: Any) -> None:
    story.day(november(10))
    story.says("active", "inactive")
    assert story.held() == [
        ("disabled", date(2026, 10, 20), november(10), november(1)),
        ("paused", november(10), None, november(1)),
    ]
    assert story.state == "clear"

    story.day(november(20))
    story.pay(500)
    assert story.held()[1][0] == "paused"

    story.says("inactive", "active")
    assert story.held()[1] == ("active", november(20), None, november(20))


def test_a_person_who_activates_a_late_payer_is_not_overruled(story: Any) -> None:
    story.bill(november(1), due_on=november(16))
    story.day(november(26))
    story.says("inactive", "active")

    assert (story.state, story.account.excused_on) == ("clear", november(26))
    assert story.held()[1] == ("active", november(26), None, december(1))

    story.day(december(15))
    assert story.state == "clear"

    story.bill(december(1), due_on=december(16))
    story.day(december(16))
    assert story.state == "blocked"


def test_an_older_word_of_a_person_and_words_of_the_rules_change_nothing(story: Any) -> None:
    story.says("active", "blocked", version=30)
    story.says("blocked", "active", version=29)
    story.says("blocked", "inactive", version=31, reason="auto")

    assert story.account.blocked_manually
    assert story.held() == [("active", date(2026, 10, 20), None, date(2026, 11, 1))]
