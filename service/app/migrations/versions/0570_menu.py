"""How strong the evidence for a line of the menu is, and its source; the lines Belong brought get theirs."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

from service.core.rls import on_postgres

revision = "0570_menu"
down_revision = "0581_pause"
branch_labels = None
depends_on = None

PRACTICE = "School practice. The evidence has not been reviewed."
LINES = (
    (
        "Classroom coaching for the adults in that lesson",
        "Classroom-management coaching for the adults in that lesson",
        "some",
        "Incredible Years training: a trial in 80 English primary schools (Ford and others 2019). "
        "Small gain at 9 months, none later.",
    ),
    (
        "Rebuild the relationship: establish, maintain, restore",
        "Rebuilding the relationship: establish, maintain, restore",
        "some",
        "Two small US trials (Cook and others 2018; Duong and others 2019): less disruption in lessons.",
    ),
    (
        "Training in listening first when things go wrong",
        "Empathic discipline training for teachers",
        "some",
        "Two US trials (Okonofua and others 2016, 2022): fewer suspensions in the first, no clear "
        "difference overall in the second.",
    ),
    (
        "Change of seat, group, timetable or cover",
        "Change of seating, group, timetable or cover",
        "practice",
        PRACTICE,
    ),
    (
        "Look at what each behaviour is for, and plan from it",
        "Functional behaviour assessment and plan",
        "some",
        "What Works Clearinghouse 2016: 17 US case studies with 39 pupils, potentially positive.",
    ),
    (
        "Check in and check out with one adult each day",
        "Check-in and check-out with one adult each day",
        "practice",
        PRACTICE,
    ),
    (
        "Teach the learning habits the lessons need",
        "Teaching learning behaviours",
        "practice",
        "EEF guidance: Improving Behaviour in Schools (2019). EEF ratings measure attainment, not suspension.",
    ),
    ("Social skills group", "Social skills group", "practice", PRACTICE),
    (
        "Restorative meeting between pupils",
        "Restorative meeting between pupils",
        "practice",
        "Part of Learning Together, a trial in 40 English secondary schools (Bonell and others "
        "2018): less bullying. The meeting alone was not tested.",
    ),
    (
        "Whole-class work on getting on together",
        "Whole-class work on getting on together",
        "practice",
        PRACTICE,
    ),
    (
        "Restorative conversation with the adult",
        "Restorative conversation with the adult",
        "practice",
        PRACTICE,
    ),
    ("A key adult to go to", "Key adult", "practice", PRACTICE),
    (
        "Mental health support team",
        "Mental health support team (CBT-informed)",
        "some",
        "NICE guideline NG134 (2019) recommends CBT for depression. It is about health, not suspension.",
    ),
    (
        "School counselling",
        "School counselling",
        "some",
        "Four small UK trials of humanistic counselling in schools: less distress. They are about "
        "health, not suspension.",
    ),
    (
        "Sessions with an emotional literacy assistant",
        "Emotional literacy support (ELSA)",
        "practice",
        PRACTICE,
    ),
    ("A trusted adult and a calm plan", "Trusted adult and a calming plan", "practice", PRACTICE),
    ("Nurture group", "Nurture group", "practice", PRACTICE),
    ("Refer for assessment", "Referral for assessment", "practice", PRACTICE),
    (
        "Adjust the room and the task, and refer",
        "Adjustments in lessons, and referral",
        "some",
        "NICE guideline NG87 (2018): changes to the environment. It is about health, not suspension.",
    ),
    (
        "Sensory and routine adjustments",
        "Sensory and routine adjustments",
        "some",
        "NICE guideline CG170 (2013): changes to the social and physical environment. It is about "
        "health, not suspension.",
    ),
    (
        "Visual timetable and a low-demand plan",
        "Visual timetable and a low-arousal plan",
        "practice",
        PRACTICE,
    ),
    ("Screen speech and language", "Speech and language screening", "practice", PRACTICE),
    (
        "Work led by a speech and language therapist",
        "Support led by a speech and language therapist",
        "practice",
        PRACTICE,
    ),
    (
        "Talk-rich teaching",
        "Oral language approaches in lessons",
        "practice",
        "EEF guidance: Teaching and Learning Toolkit. EEF ratings measure attainment, not suspension.",
    ),
    (
        "Teach reading comprehension strategies",
        "Reading comprehension strategies",
        "strong",
        "EEF Teaching and Learning Toolkit: extensive evidence. EEF ratings measure attainment, not suspension.",
    ),
    ("Reading together in small groups", "Reciprocal reading in small groups", "practice", PRACTICE),
    (
        "Talk with the family about what gets in the way",
        "Meeting with the family about barriers to attendance",
        "practice",
        "DfE guidance: Working together to improve school attendance.",
    ),
    (
        "Personal letter home about attendance",
        "Personalised letter home about attendance",
        "practice",
        PRACTICE,
    ),
    (
        "Attendance plan on the cause",
        "Attendance plan that addresses the cause",
        "practice",
        "DfE guidance: Working together to improve school attendance.",
    ),
    (
        "A mentor who follows up each week",
        "Mentor who follows up each week",
        "practice",
        "US trials of Check & Connect had mixed results; CrimeSolutions rates it “no effects”.",
    ),
    (
        "Breakfast club",
        "Breakfast club",
        "some",
        "EEF study of Magic Breakfast in 106 English primary schools, with a control group. EEF ratings "
        "measure attainment, not suspension.",
    ),
    ("Help with uniform or travel", "Help with uniform or travel", "practice", PRACTICE),
    ("Ask about caring at home", "Young carer check", "practice", PRACTICE),
    ("Settling-in plan", "Transition plan", "practice", PRACTICE),
    ("Key adult for the first half-term", "Key adult for the first half-term", "practice", PRACTICE),
    ("Ring the last school", "Contact with the previous school", "practice", PRACTICE),
    (
        "Assess, plan, do, review within six weeks",
        "Assess, plan, do, review within six weeks",
        "practice",
        "SEND Code of Practice 2015, paragraphs 6.44 to 6.56 (statutory guidance).",
    ),
    ("Check what is ordinarily available", "Ordinarily available provision check", "practice", PRACTICE),
    (
        "Ask for specialist advice",
        "Specialist advice",
        "practice",
        "SEND Code of Practice 2015 (statutory guidance).",
    ),
    (
        "Ask for an EHC needs assessment",
        "Request for an EHC needs assessment",
        "practice",
        "SEND Code of Practice 2015 (statutory guidance).",
    ),
    (
        "Welcome-back meeting and plan",
        "Reintegration meeting and plan",
        "practice",
        "DfE guidance on suspension and permanent exclusion. It is never a condition of return.",
    ),
    ("Put things right with those affected", "Restorative meeting with those affected", "practice", PRACTICE),
    ("Dated review and a plan to return", "Dated review and return plan", "practice", PRACTICE),
    ("Outreach from alternative provision", "Outreach from alternative provision", "practice", PRACTICE),
    (
        "Speak with the safeguarding lead first",
        "Speak to the designated safeguarding lead first",
        "practice",
        "DfE guidance: Keeping children safe in education.",
    ),
    ("Mentoring", "Mentoring", "practice", PRACTICE),
    ("Young people’s substance service", "Young people’s substance misuse service", "practice", PRACTICE),
    (
        "Personal education plan",
        "Personal education plan review",
        "practice",
        "A legal duty for looked-after pupils.",
    ),
    (
        "Involve the virtual school",
        "Virtual school head involved",
        "practice",
        "DfE guidance: promoting the education of looked-after children.",
    ),
)
"""(name in the previous release, name now, strength, source) of every line that Belong brought. A school's own
lines are left alone: nobody has said how strong their evidence is."""
MENU = sa.table(
    "support_menu",
    sa.column("name", sa.String),
    sa.column("strength", sa.String),
    sa.column("source", sa.String),
)


def upgrade() -> None:
    """Apply."""
    op.add_column("support_menu", sa.Column("strength", sa.String(20), nullable=False, server_default=""))
    op.add_column("support_menu", sa.Column("source", sa.String(300), nullable=False, server_default=""))
    _over_all_schools(
        sa.update(MENU).where(MENU.c.name == old).values(name=new, strength=strength, source=source)
        for old, new, strength, source in LINES
    )


def downgrade() -> None:
    """Take back."""
    _over_all_schools(
        sa.update(MENU).where(MENU.c.name == new, MENU.c.source == source).values(name=old)
        for old, new, _strength, source in LINES
    )
    op.drop_column("support_menu", "source")
    op.drop_column("support_menu", "strength")


def _over_all_schools(changes: Iterable[sa.Update]) -> None:
    """Change rows of every school: as the table's owner, whom its policy holds back otherwise."""
    if on_postgres():
        op.execute("alter table support_menu no force row level security")
    for change in changes:
        op.execute(change)
    if on_postgres():
        op.execute("alter table support_menu force row level security")
