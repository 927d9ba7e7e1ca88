"""Vocabulary of the made schools: what can happen, and what each MIS calls it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class EventType:
    """A kind of behaviour event: our name, how often, how bad, and the DfE reason if it ends in suspension."""

    name: str
    share: float
    severity: int
    reason: str
    subjective: bool
    sims: str
    arbor: str
    bromcom: str


NEGATIVE = (
    EventType(
        "disruption", 0.310, 2, "DB", True, "Disruption", "Low-level disruption", "Disrupting learning"
    ),
    EventType("defiance", 0.175, 3, "DB", True, "Defiance", "Refusal to follow instructions", "Defiance"),
    EventType(
        "verbal_abuse_adult",
        0.026,
        4,
        "VA",
        True,
        "Verbal Abuse - Staff",
        "Rudeness to staff",
        "Verbal abuse (adult)",
    ),
    EventType(
        "verbal_abuse_pupil",
        0.028,
        3,
        "VP",
        True,
        "Verbal Abuse - Pupil",
        "Unkindness to another student",
        "Verbal abuse (pupil)",
    ),
    EventType("fight", 0.028, 4, "PP", False, "Fighting", "Fight", "Physical altercation"),
    EventType(
        "assault_adult",
        0.0035,
        5,
        "PA",
        False,
        "Physical Assault - Staff",
        "Physical assault on staff",
        "Physical assault (adult)",
    ),
    EventType("bullying", 0.010, 3, "BU", True, "Bullying", "Bullying", "Bullying"),
    EventType("racist_abuse", 0.004, 4, "RA", False, "Racist Incident", "Racist language", "Racist incident"),
    EventType("damage", 0.008, 3, "DM", False, "Damage to Property", "Damage", "Vandalism"),
    EventType("theft", 0.006, 3, "TH", False, "Theft", "Theft", "Theft"),
    EventType("truancy", 0.075, 2, "DB", False, "Truancy", "Internal truancy", "Lesson truancy"),
    EventType(
        "lateness",
        0.090,
        1,
        "DB",
        False,
        "Persistent Lateness to Lessons",
        "Late to lesson",
        "Late to lesson",
    ),
    EventType("uniform", 0.065, 1, "DB", False, "Uniform/Jewellery etc", "Uniform", "Incorrect uniform"),
    EventType("phone", 0.055, 1, "MT", False, "Mobile Phone", "Phone seen or heard", "Mobile phone misuse"),
    EventType("smoking", 0.014, 3, "DA", False, "Smoking", "Smoking or vaping", "Vaping/smoking"),
    EventType(
        "drugs_alcohol", 0.002, 5, "DA", False, "Drugs or Alcohol", "Drugs or alcohol", "Drugs/alcohol"
    ),
    EventType(
        "prohibited_item", 0.0015, 5, "OW", False, "Prohibited Item", "Prohibited item", "Prohibited item"
    ),
    EventType("homework", 0.070, 1, "DB", False, "Homework", "Missing homework", "Homework not done"),
    EventType("other", 0.027, 2, "DB", True, "Other (Minor)", "Other", "Other negative"),
)

POSITIVE = (
    EventType("good_work", 0.34, 1, "", False, "Achievement - Good Work", "Excellent work", "Good work"),
    EventType("effort", 0.30, 1, "", False, "Achievement - Effort", "Effort", "Effort in class"),
    EventType("kindness", 0.14, 2, "", False, "Achievement - Kindness", "Kindness", "Kindness"),
    EventType(
        "contribution",
        0.12,
        2,
        "",
        False,
        "Achievement - Participation",
        "Contribution to school life",
        "Contribution",
    ),
    EventType(
        "attendance_award",
        0.10,
        1,
        "",
        False,
        "Achievement - Attendance",
        "Attendance award",
        "Attendance award",
    ),
)

TYPES = NEGATIVE + POSITIVE
NEGATIVE_SHARE = np.array([kind.share for kind in NEGATIVE]) / sum(kind.share for kind in NEGATIVE)
POSITIVE_SHARE = np.array([kind.share for kind in POSITIVE]) / sum(kind.share for kind in POSITIVE)
SUBJECTIVE = np.array([kind.subjective for kind in NEGATIVE])
SEVERITY = np.array([kind.severity for kind in NEGATIVE])
FIGHT = next(index for index, kind in enumerate(NEGATIVE) if kind.name == "fight")

SEVERITY_SHIFT = (-1, 0, 1)
SEVERITY_SHIFT_SHARE = (0.18, 0.64, 0.18)
SUSPENDED_BY_SEVERITY = np.array([0.002, 0.022, 0.085, 0.24, 0.60])
"""Chance that an incident of severity 1 to 5 ends in a suspension, in a school of mean strictness."""

ACTIONS = ("none", "detention", "removal", "internal_suspension", "suspension", "contact_home")
ACTION_LABELS = {
    "sims": (
        "",
        "Detention",
        "Removed from Lesson",
        "Internal Exclusion",
        "Suspended from School",
        "Letter to Parent",
    ),
    "arbor": ("", "Detention", "Removed from lesson", "Internal suspension", "Suspension", "Call home"),
    "bromcom": ("", "Detention", "Lesson removal", "Internal exclusion", "Suspension", "Parent contacted"),
}
ACTION_BY_SEVERITY = np.array(
    [
        [0.62, 0.20, 0.02, 0.00, 0.0, 0.16],
        [0.34, 0.38, 0.12, 0.01, 0.0, 0.15],
        [0.12, 0.42, 0.20, 0.06, 0.0, 0.20],
        [0.02, 0.30, 0.22, 0.28, 0.0, 0.18],
        [0.00, 0.12, 0.18, 0.52, 0.0, 0.18],
    ]
)
"""Share of each action where no suspension follows, by severity."""

ROLES = ("", "involved", "target", "witness")
ROLE_LABELS = {
    "sims": ("", "AG", "TA", "WI"),
    "arbor": ("", "Aggressor", "Target", "Witness"),
    "bromcom": ("", "Aggressor", "Target", "Witness"),
}

LESSONS = (
    "English",
    "Maths",
    "Science",
    "History",
    "Geography",
    "French",
    "PE",
    "Art",
    "Music",
    "Computing",
    "Tutor time",
    "",
)
"""The last is social time, outside lessons."""
LOCATIONS = ("Classroom", "Corridor", "Playground", "Canteen", "Sports hall", "Toilets", "Off site")

REASONS = {
    "DB": "Persistent or general disruptive behaviour",
    "PP": "Physical assault against a pupil",
    "PA": "Physical assault against an adult",
    "VP": "Verbal abuse/threatening behaviour against a pupil",
    "VA": "Verbal abuse/threatening behaviour against an adult",
    "BU": "Bullying",
    "RA": "Racist abuse",
    "DM": "Damage to property",
    "TH": "Theft",
    "DA": "Drug and alcohol related",
    "OW": "Use or threat of use of an offensive weapon or prohibited item",
    "MT": "Inappropriate use of social media or online technology",
}

CATEGORY_LABELS = {
    "sims": {"SUSP": "Suspension", "PERM": "Permanent Exclusion", "LNCH": "Lunchtime Suspension"},
    "arbor": {"SUSP": "Suspension", "PERM": "Permanent exclusion", "LNCH": "Lunchtime suspension"},
}
ENROLMENT_LABELS = {
    "sims": {
        "C": "Single Registration",
        "M": "Current Main (dual)",
        "S": "Current Subsidiary (dual)",
        "G": "Guest",
    },
    "arbor": {
        "C": "Single registration",
        "M": "Main registration (dual)",
        "S": "Subsidiary registration (dual)",
        "G": "Guest",
    },
    "bromcom": {
        "C": "Current",
        "M": "Current (Main Dual)",
        "S": "Current (Subsidiary Dual)",
        "G": "Guest",
    },
}
PROVISION_LABELS = {
    "sims": {
        "N": "No special educational need",
        "K": "SEN support",
        "E": "Education, health and care plan",
    },
    "arbor": {"N": "N - No SEN", "K": "K - SEN Support", "E": "E - EHC Plan"},
}

NEEDS = {
    "SEMH": "Social, emotional and mental health",
    "SLCN": "Speech, language and communication needs",
    "MLD": "Moderate learning difficulty",
    "SPLD": "Specific learning difficulty",
    "ASD": "Autistic spectrum disorder",
    "NSA": "SEN support but no specialist assessment of type of need",
    "OTH": "Other difficulty/disability",
    "PD": "Physical disability",
    "HI": "Hearing impairment",
    "VI": "Vision impairment",
    "SLD": "Severe learning difficulty",
}
NEED_SHARE = {
    "K": {
        "SEMH": 0.20,
        "SLCN": 0.25,
        "MLD": 0.19,
        "SPLD": 0.15,
        "ASD": 0.08,
        "NSA": 0.05,
        "OTH": 0.04,
        "PD": 0.02,
        "HI": 0.015,
        "VI": 0.005,
    },
    "E": {
        "ASD": 0.34,
        "SLCN": 0.18,
        "SEMH": 0.17,
        "SLD": 0.09,
        "MLD": 0.10,
        "PD": 0.05,
        "SPLD": 0.04,
        "OTH": 0.02,
        "HI": 0.005,
        "VI": 0.005,
    },
}

ETHNICITIES = {
    "WBRI": ("White - British", "White"),
    "WIRI": ("White - Irish", "White"),
    "WIRT": ("Traveller of Irish heritage", "White"),
    "WROM": ("Gypsy / Roma", "White"),
    "WOTH": ("Any other White background", "White"),
    "MWBC": ("White and Black Caribbean", "Mixed"),
    "MWBA": ("White and Black African", "Mixed"),
    "MWAS": ("White and Asian", "Mixed"),
    "MOTH": ("Any other Mixed background", "Mixed"),
    "AIND": ("Indian", "Asian"),
    "APKN": ("Pakistani", "Asian"),
    "ABAN": ("Bangladeshi", "Asian"),
    "AOTH": ("Any other Asian background", "Asian"),
    "CHNE": ("Chinese", "Asian"),
    "BCRB": ("Black Caribbean", "Black"),
    "BAFR": ("Black African", "Black"),
    "BOTH": ("Any other Black background", "Black"),
    "OOTH": ("Any other ethnic group", "Other"),
    "REFU": ("Refused", "Unclassified"),
    "NOBT": ("Information not yet obtained", "Unclassified"),
}
"""DfE main code -> (label, group)."""
WHITE_BRITISH_TOWN = (
    0.86,
    0.004,
    0.002,
    0.003,
    0.04,
    0.012,
    0.005,
    0.008,
    0.008,
    0.008,
    0.01,
    0.004,
    0.006,
    0.003,
    0.003,
    0.008,
    0.003,
    0.006,
    0.003,
    0.004,
)
MIXED_CITY = (
    0.24,
    0.004,
    0.001,
    0.005,
    0.10,
    0.03,
    0.015,
    0.02,
    0.03,
    0.07,
    0.13,
    0.06,
    0.04,
    0.01,
    0.04,
    0.12,
    0.03,
    0.05,
    0.003,
    0.002,
)
"""Ethnic mix of a town and of a city school, in the order of ``ETHNICITIES``; each school lies between."""

MOVE_LABELS = {
    "part_time_timetable": "Part-time timetable",
    "off_site_direction": "Off-site direction",
    "alternative_provision": "Alternative provision",
    "managed_move": "Managed move",
    "elective_home_education": "Elective home education",
    "internal_suspension": "Internal suspension",
}
LEAK = "Suspended next term"
"""Header of the planted leak."""
