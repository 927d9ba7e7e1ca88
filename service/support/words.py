"""The closed lists of this room: keys that are stored, words that people read."""

from enum import StrEnum


class Decision(StrEnum):
    """How a suggestion for a review is closed."""

    support = "support"
    already = "already"
    not_now = "not_now"
    data_wrong = "data_wrong"


DECISION_WORDS = {
    Decision.support: "Start support",
    Decision.already: "Already supported",
    Decision.not_now: "Not now",
    Decision.data_wrong: "The records are wrong",
}

DECISION_HINTS = {
    Decision.support: "Choose from your school’s menu, or write your own. A review date is set.",
    Decision.already: "The current support is right. Nothing new starts.",
    Decision.not_now: "You have looked and see no need now. Say why, for the next person who looks.",
    Decision.data_wrong: "Say what is wrong. The person who uploads your data sees it as a task.",
}

DECISION_DONE = {
    Decision.support: "Support started",
    Decision.already: "Already supported",
    Decision.not_now: "Not now, with a reason",
    Decision.data_wrong: "Records to be corrected",
}


class Known(StrEnum):
    """Whether the suggestion told the school something."""

    known = "known"
    new = "new"


KNOWN_WORDS = {Known.known: "Yes, we already knew", Known.new: "No, this is new to us"}


class Leaning(StrEnum):
    """What a person thinks before the reasons are shown."""

    help = "help"
    fine = "fine"
    unsure = "unsure"


LEANING_WORDS = {
    Leaning.help: "I think this pupil needs more help",
    Leaning.fine: "I think our current support is enough",
    Leaning.unsure: "I’m not sure",
}


class Went(StrEnum):
    """What a review found."""

    better = "better"
    same = "same"
    worse = "worse"
    too_soon = "too_soon"


WENT_WORDS = {
    Went.better: "Better",
    Went.same: "About the same",
    Went.worse: "Harder",
    Went.too_soon: "Too soon to say",
}


class Next(StrEnum):
    """What follows a review."""

    carry_on = "carry_on"
    change = "change"
    end = "end"


NEXT_WORDS = {
    Next.carry_on: "Continue as planned",
    Next.change: "Change the plan",
    Next.end: "End this support",
}


class Strength(StrEnum):
    """How well a support has been tested."""

    strong = "strong"
    some = "some"
    practice = "practice"


STRENGTH_WORDS = {
    Strength.strong: "Strong evidence",
    Strength.some: "Some evidence",
    Strength.practice: "Practice",
}


class FlagList(StrEnum):
    """The two lists, as scoring names them."""

    not_suspended = "not_suspended"
    suspended = "suspended"


LIST_WORDS = {
    FlagList.not_suspended: "Not suspended in the last year",
    FlagList.suspended: "Suspended in the last year",
}
