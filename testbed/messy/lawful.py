"""What schools really call types, places and lessons, and sentences that must never be taken for one of them."""

TYPES = (
    "Disruption", "C1", "C2 - Second warning", "C3: Detention", "Chewing gum", "Low Level Disruption", "Blue slip",
    "Failure to follow instructions", "Refusing to follow a reasonable request from a member of staff",
    "Persistent disruption to the learning of others", "Talking when the teacher is talking",
    "Lack of effort in class and/or homework", "Not wearing correct uniform (no tie, shirt out, trainers)",
    "Refusal to give his or her name to a member of staff", "Answering back", "Out of bounds at lunch",
    "Verbal abuse/threatening behaviour against an adult", "Physical assault - student on student",
    "Inappropriate use of a mobile phone, headphones or smart watch", "Lateness (under 5 mins)",
    "Failure to attend an after school detention", "Failed to bring PE kit for the second time this half term",
    "Homework - incomplete", "Homework - not handed in", "Walking away from staff", "Dangerous behaviour in practical",
    "Truancy: internal", "Threw object", "Pushing in the dinner queue", "Unkind words or actions", "Play fighting",
    "Use or threat of use of an offensive weapon or prohibited item", "Racist language or behaviour (incl. online)",
    "Damage to school property", "Abuse - verbal", "Abuse of the toilet pass", "Poor hygiene at food tech",
    "Removed to Ref. Room", "SLT on call", "Off task", "Wilful disobedience",
    "Being in the wrong place at the wrong time",
    "Kindness Award", "Tutor Star", "Star of the Week!", "Headteacher's Award", "100% Attendance (half term)",
    "Excellent contribution to class discussion", "Ready, Respectful, Safe", "Above and beyond", "Good citizenship",
    "Going the extra mile to help somebody else in the school community", "Postcard home", "Class Dojo +1",
    "Homework was not handed in on time", "Had no PE kit", "Has not completed the work set for the lesson",
    "Not following instructions after a reminder", "Late when lesson has started",
    "Outstanding home learning project", "Sports day - 1st place", "Reading 5 times at home this week",
)  # fmt: skip
PLACES = (
    "Ma1", "Classroom", "Corridor", "Playground - KS2", "Sports hall", "On the way home", "Bus stop", "Off site",
    "Outside Mrs Patel's classroom", "Science block stairs, top floor", "Dining hall (2nd sitting)", "Room 12",
    "Between the gym and the drama studio", "Toilets near the main hall", "St. Mary's Church", "Online / social media",
    "Front gate", "Year 11 common room", "Field", "Library/LRC", "School trip - Big Pit", "B Block 1.04",
    "In front of the reception desk by the main entrance",
)  # fmt: skip
LESSONS = (
    "Maths", "En", "10x/Ma1", "9B2 Science (Mr. Jones)", "Year 4 - Mr Jones and Mrs Patel", "PSHE / RSE", "Tutor Time",
    "Period 3", "Form", "Design & Technology: Food", "French, set 2", "KS3 Core PE (girls)", "English Language GCSE",
    "Registration (AM)", "After-school Homework Club", "Computing with Mrs. A. O'Neill", "Hedgehogs",
)  # fmt: skip
NUMBERS = (
    "101", "INC-2025-00031", "INC 2025 0031", "A10293847", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "Incident No. 12",
    "B_20394", "0000912", "BEH/2025/144", "{7C9E6679-7425-40DE}", "Event 17",
)  # fmt: skip
NAMES = (
    "O'Neill", "Zoë-Smith", "de Vries", "Maria del Carmen", "bin Abdul Rahman", "He", "St. John", "Total",
    "van der Berg-Okonkwo", "Nguyễn Thị Minh Khai", "D'Souza (Jr.)", "Will", "May Said",
)  # fmt: skip
GROUPS = (
    "9A",
    "Year 9 - Hedgehogs",
    "7.2",
    "Mrs Smith's Class",
    "11 Newton (house)",
    "R/1 Mr Jones and Miss Lee",
)

MARK = "zqsentinel"
"""Stands in every sentence, so that a byte of one can be found wherever it went."""
SENTENCES = (
    f"She told me that her stepdad {MARK} had locked her in the garage again and she was too scared to go home.",
    f"Ben was crying after lunch {MARK} and said nobody at home had made him any food since Friday",
    f"I spoke to mum on the phone {MARK} about the bruise. She could not explain how it had happened.",
    f"Disclosed to Miss Lee {MARK} that his uncle comes into the room at night.",
    f"Dad hits her {MARK}",
    f"Kicked another boy near the gate {MARK}. Parents informed. To be followed up with the family tomorrow.",
    f"Amina has been seen sleeping in class most days this week {MARK} and is not washing or eating, referral made to "
    f"children's services and the school nurse will weigh her on Monday morning",
)
