"""What retention deletes, in everyday words."""

from service.shell.messages import N_

LAKE = "lake "
KEPT_WORDS = {
    "score": N_("Figures about pupils"),
    "publication": N_("Lists of suggestions"),
    "support_view": N_("Colleagues’ views"),
    "support_decision": N_("Decisions about suggestions"),
    "timeline": N_("Events on pupils’ cards"),
    "roll": N_("Entries of a school’s roll"),
    "setting_fact": N_("Overall figures of a school"),
    "upload": N_("Records of uploads"),
    "load": N_("Records of what was loaded"),
    "support": N_("Supports"),
    "support_review": N_("Reviews of supports"),
    "support_note": N_("Notes"),
    "pupil_voice": N_("Pupils’ own words"),
    "known_by": N_("Key adults"),
    "setting_change": N_("Dated changes in a school"),
    "data_request": N_("Requests about a pupil"),
    "do_not_score": N_("Marks that stopped figures"),
    "erasure": N_("Records of erasures"),
    "job": N_("Records of Belong’s own work"),
    "alias": N_("Identifiers of pupils"),
    "problem": N_("What had to be corrected in an upload"),
    "sessions": N_("Ended sign-ins, invitations and tokens"),
    "lake_files": N_("Files of school records, together"),
    "raw_files": N_("Files as they were uploaded"),
    "subject_exports": N_("Prepared copies of a pupil’s data"),
    "lake attendance": N_("Files of attendance marks"),
    "lake attendance_exceptions": N_("Files of absences and late marks"),
    "lake attendance_possible": N_("Files of possible sessions"),
    "lake attendance_summary": N_("Files of attendance totals"),
    "lake behaviour": N_("Files of behaviour records"),
    "lake suspensions": N_("Files of suspensions and exclusions"),
    "lake sen": N_("Files of special educational needs"),
    "lake pupils": N_("Files of pupils"),
    "lake movements": N_("Files of moves and part-time timetables"),
    "lake audit_characteristics": N_("Files for fairness checks"),
}
"""By the names a run counts under."""


def kept_words(name: str) -> str:
    """What is counted under a name, in words."""
    return KEPT_WORDS.get(name, name)
