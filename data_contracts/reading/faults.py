"""What can be wrong with a file before any contract is asked, each as one sentence and what to do."""

from data_contracts.problems import Problem, Severity

_SAVE_CSV = "Open it, choose Save as, and save as CSV UTF-8 or XLSX."
FAULTS: dict[str, tuple[str, str]] = {
    "file_unreadable": ("The file could not be opened.", "Check that it exists and is not open elsewhere."),
    "file_empty": ("The file is empty.", "Run the report again and look at it before sending it."),
    "file_too_large": ("The file is larger than 200 MB.", "Export one school and one term at a time."),
    "file_binary": ("The file is not text, a spreadsheet or XML.", "Export it again as CSV or XLSX."),
    "old_spreadsheet": (
        "This is a spreadsheet of the old kind (.xls) that could not be read.",
        "Open it in Excel, choose Save as, and save as XLSX or CSV UTF-8; or choose XLSX or CSV in the MIS.",
    ),
    "locked_spreadsheet": (
        "The spreadsheet has a password.",
        "Open it, remove the password (File, Info, Protect workbook), save it and send it again.",
    ),
    "open_document": (
        "This is an OpenDocument spreadsheet (.ods), which is not read.",
        "Open it, choose Save as, and save as XLSX or CSV.",
    ),
    "binary_workbook": (
        "This is a binary Excel workbook (.xlsb), which is not read.",
        "Open it, choose Save as, and save as XLSX.",
    ),
    "sheet_xml": (
        "This is an Excel 2003 XML file, which is not read.",
        "Open it in Excel, choose Save as, and save as XLSX or CSV UTF-8.",
    ),
    "pdf": (
        "This is a PDF, from which rows can't be read for sure.",
        "Run the report again and choose CSV or Excel as its output.",
    ),
    "document": (
        "This is a document, not an extract.",
        "Run the report again and choose CSV or Excel as its output.",
    ),
    "json": (
        "This is JSON, which is not read.",
        "Export the same table as CSV or XLSX.",
    ),
    "packed_otherwise": (
        "The file is packed in a way that is not opened.",
        "Unpack it, and send the extracts or a ZIP of them.",
    ),
    "page_without_table": (
        "This is a web page without a table; the sign-in page of the MIS is often saved by mistake.",
        "Sign in to the MIS, run the report again and save it as CSV or XLSX.",
    ),
    "sheet_hidden": (
        "The sheet is hidden and was not read.",
        "Nothing to do if it holds no extract; else unhide it and send the workbook again.",
    ),
    "sheet_not_read": (
        "This sheet or table was not read: no row of headings in it fits a table Belong knows.",
        "Nothing to do if it is a cover, a legend or a chart; otherwise leave the report's headings in it.",
    ),
    "not_opened": (
        "This file in the zip was not opened.",
        "Send extracts as CSV, XLSX or XML; a zip inside a zip is not opened.",
    ),
    "columns_cut_off": (
        "The last line is shorter than the others and has no end: the file was cut off in it.",
        "Export the file again; rows after this one may be missing too.",
    ),
    "formula_unworked": (
        "A cell holds a formula that was never worked out, so it has no value.",
        "Open the workbook in Excel, save it, and send it again.",
    ),
    "cell_error": (
        "A cell holds an error such as #N/A or #REF! instead of a value.",
        "Correct the formula, or type the value.",
    ),
    "encoding_mixed": ("The text of the file could not be read.", _SAVE_CSV),
    "archive_broken": ("The zip file is damaged.", "Zip the files again, or send them one by one."),
    "archive_too_large": (
        "The zip file would unpack to far more than it should hold.",
        "Send the extracts one by one.",
    ),
    "archive_names": (
        "The zip file holds a name that points outside its folder.",
        "Zip the files again from inside their folder.",
    ),
    "archive_locked": ("The zip file has a password.", "Zip the files again without one."),
    "empty_archive": (
        "The zip file holds no extracts.",
        "Put CSV, XLSX or XML files into it; a zip inside a zip is not opened.",
    ),
    "too_wide": (
        "A row of the file has more than 2,000 cells.",
        "Export the report without formatting.",
    ),
    "cell_too_long": (
        "A cell is longer than 32,767 characters.",
        "Leave notes and comments out of the report.",
    ),
    "quote_broken": (
        "A quotation mark is not closed, so the cells of this row can't be told apart.",
        'Remove the quotation mark, or write it twice ("").',
    ),
    "second_table": (
        "Another table begins further down in the same sheet or file.",
        "Put each table into a file or sheet of its own.",
    ),
    "row_shape": (
        "The row has more cells than there are headings, so its cells may be in the wrong columns.",
        "Look for a comma inside a name or note that is not in quotation marks.",
    ),
    "row_short": (
        "The row has fewer cells than the others, so its cells may be in the wrong columns.",
        "Look at the row in the MIS, and export again; a line may have been broken in two.",
    ),
    "text_damaged": (
        "A cell holds characters that were damaged on the way.",
        "Export again, and save as CSV UTF-8.",
    ),
    "no_header": (
        "No row of headings was found that fits a table Belong knows.",
        "Leave the headings of the report in the file, with nothing but titles above them; or identify each "
        "column by hand.",
    ),
    "column_without_heading": (
        "This column holds values but has no heading, so it was not read.",
        "Nothing to do if it only counts the rows; else give it its heading and send the file again.",
    ),
    "marks_without_heading": (
        "This column is among marks or counts but has no heading, so it can't be identified.",
        "Give it its heading (the session or the code), or leave it out of the report.",
    ),
    "no_rows": ("There are headings but no rows.", "Check the dates and filters of the report."),
    "same_heading_twice": (
        "Two columns have the same heading but not the same content.",
        "Rename one of them or leave it out of the report.",
    ),
    "filler_dates": (
        "This column holds dates that mean none (such as 01/01/1900 or 31/12/9999); they were taken as blank.",
        "Nothing to do if those cells should be blank; else correct them in the MIS.",
    ),
    "date_order": (
        "The dates in this column are written month first, so they can't be told for sure.",
        "Use day/month/year, or year-month-day.",
    ),
    "dates_turned": (
        "Some dates in this column are real dates and some are text, split just as Excel splits them when it "
        "takes day and month for one another.",
        "Export again and send the file as it comes, without opening it in Excel; or write year-month-day.",
    ),
    "years_missing": (
        "The dates over the marks have no year, and the report's title does not give its period.",
        "Put the period into the report's title (From 08/09/2025 to 12/09/2025), or write the dates with a year.",
    ),
    "lessons_not_sessions": (
        "These are registers of lessons: several begin in one half of a day, so nobody can say which mark is that "
        "session's.",
        "Export the statutory morning and afternoon registers only.",
    ),
    "present_mark": (
        "The marks do not look like the national codes: strokes (/ and \\) for present are few or none, and many "
        "marks are letters that mean something else there (P is a sporting activity, not present).",
        "Export the national codes: / for present in the morning, \\ in the afternoon.",
    ),
    "marks_length": (
        "The number of marks does not fit the dates, so it is not clear which session each belongs to.",
        "Put a space between marks, or export one row per session.",
    ),
    "sheet_unsafe": (
        "The spreadsheet asks for more memory or time than a school's extract can need.",
        "Copy the rows into a new workbook, or save as CSV.",
    ),
    "sheet_broken": (
        "The workbook is damaged or is not an Excel file.",
        "Open it, save it again as XLSX or CSV, and send that.",
    ),
    "xml_broken": ("The XML is not complete or not well formed.", "Export the census return again."),
    "xml_unsafe": (
        "The XML holds entity declarations, which a census return never does.",
        "Export the census return again.",
    ),
    "xml_without_pupils": (
        "The XML holds suspensions but no pupils, so nobody can say whose they are.",
        "Send the whole census return, or export suspensions as CSV or XLSX with UPN.",
    ),
    "xml_transfer": (
        "This is a common transfer file (CTF), which is about pupils who move school, not a census return.",
        "Send the School Census return, or CSV or XLSX extracts.",
    ),
    "xml_unknown": (
        "The XML is not a School Census return.",
        "Send the census return file, or CSV or XLSX extracts.",
    ),
    "safeguarding_log": (
        "This is a safeguarding log, and safeguarding records never come into Belong: nothing of it was read or "
        "stored.",
        "Send the behaviour report of SIMS, Arbor or Bromcom instead; delete this file where it doesn't belong.",
    ),
    "safeguarding_row": (
        "This row is a safeguarding concern, which is no incident of the child's and never comes into Belong; it was "
        "left out.",
        "Nothing to correct. Leave safeguarding categories out of the report next time.",
    ),
    "narrative_column": (
        "This column holds descriptions in sentences, which Belong never reads or stores; the whole column was left "
        "out.",
        "Nothing to correct. Next time, untick comments, notes and descriptions among the report's columns.",
    ),
    "narrative_cell": (
        "A cell of this row holds a description in sentences, which Belong never stores.",
        "Put a short name (a type, a place, a lesson, a number) into the cell in your MIS, then export again.",
    ),
    "narrative_needed": (
        "This column should name what happened, but it holds descriptions in sentences, which Belong never stores.",
        "Export the report with the column for the type: Behaviour Type in SIMS, Behaviour in Arbor, Event Name in "
        "Bromcom; leave comments and descriptions out.",
    ),
    "same_event": (
        "This row tells of an incident that another row tells already (the same pupil, time, type, points and place), "
        "so it was counted once.",
        "Nothing to correct: reports with several actions repeat the incident. If these were two incidents, add the "
        "incident number to the report.",
    ),
    "several_schools": (
        "The file holds the rows of more than one school.",
        "Export each school by itself, and load each file for its own school.",
    ),
    "other_school": (
        "The file says that it is of another school than the one it was sent for.",
        "Send it for that school, or export this school's own.",
    ),
    "no_pupils": (
        "There is no pupils extract to match these rows with, so some could not be given to a pupil.",
        "Send the pupils extract together with the others.",
    ),
    "nobody_to_give": (
        "None of these rows can be given to a pupil: they have no UPN, and there is no pupils extract to match them "
        "with.",
        "Send the pupils extract (from COLLECT: pupilonroll and pupilnolongeronroll) together with this file.",
    ),
    "period_unknown": (
        "Nothing says which dates these totals are of: no column, no title, and no term was named.",
        "Name the term the files are for, or add columns From and To to the report.",
    ),
    "totals_alone": (
        "These are totals only. They are saved, but no figure is made from them: until the marks of the term are "
        "loaded, attendance is not known.",
        "Send the marks as well: a report with the mark of every session.",
    ),
    "pupils_refused": (
        "These rows wait, because the pupils file could not be taken.",
        "Correct the pupils file first, then upload all files again.",
    ),
    "nothing_to_read": (
        "There is no file to read.",
        "Choose CSV, XLSX or XML extracts, a folder of them, or a zip.",
    ),
    "unexpected": (
        "The file could not be read; nothing of it was taken.",
        "Upload it as CSV or XLSX; if it happens again, tell your Belong administrator.",
    ),
}


def fault(
    file: str, rule: str, *, line: int | None = None, column: str | None = None, table: str | None = None,
    severity: Severity, said: str = "",
) -> Problem:  # fmt: skip
    """`said`: the sentence where its place knew more than the general one."""
    message, hint = FAULTS[rule]
    message = said or message
    return Problem(file, line, column, rule, message, hint, table, severity)


def file_problem(
    file: str, rule: str, *, column: str | None = None, table: str | None = None, said: str = ""
) -> Problem:
    """Nothing of the file is taken."""
    return fault(file, rule, column=column, table=table, severity="file", said=said)


def file_warning(file: str, rule: str, *, column: str | None = None, table: str | None = None) -> Problem:
    """The rest was taken, but someone should look."""
    return fault(file, rule, column=column, table=table, severity="warning")


def row_problem(file: str, line: int, rule: str, *, column: str | None = None) -> Problem:
    """One row waits."""
    return fault(file, rule, line=line, column=column, severity="row")


class FileRefused(Exception):
    """A file that can't be taken at all; `rule` names the fault, `column` the heading it is about; `detail` is
    the sentence to say, where the place that refuses knows more than the fault's own."""

    def __init__(self, rule: str, column: str | None = None, detail: str = "") -> None:
        super().__init__(rule)
        self.rule = rule
        self.column = column
        self.detail = detail
