"""The relations features are computed over: rows joined to the pupils and as-of dates they belong to.

Each cuts by known_on first. Flags say which window a row lies in, seen from its own as-of date. Attendance
and behaviour are not among them: see `sessions` and `incidents`.
"""

FLAGS = """
    {half_term} = s.half_term AS in_half_term, {half_term} = s.half_term - 1 AS in_last_half_term,
    {term_no} = s.term_no AS in_term, {term_no} = s.term_no - 1 AS in_last_term,
    {year_no} = s.year_no AS in_year, {year_no} = s.year_no - 1 AS in_last_year
"""
DATED = FLAGS.format(half_term="d.half_term", term_no="d.term_no", year_no="d.year_no")

# One suspension may stand in two files or, for a pupil registered twice, in two schools' files.
SUSPENSION_ROWS = f"""
    SELECT *, category <> 'LNCH' AS whole, category = 'LNCH' AS lunchtime FROM (
        SELECT s.subject, s.as_of_school_day, x.category, x.sessions, x.status, x.start_date, x.school,
               d.school_day, s.as_of - x.start_date AS days_ago,
               x.school = s.school AND x.start_date >= coalesce(s.entry_date, x.start_date) AS here,
               coalesce(x.status = 'reinstated' AND x.status_on <= s.as_of, FALSE) AS reinstated,
               coalesce(x.status IN ('cancelled', 'overturned') AND x.status_on <= s.as_of, FALSE) AS undone,
               {DATED},
               row_number() OVER (
                   PARTITION BY s.subject, x.start_date, coalesce(x.start_session, 'AM'), x.category = 'LNCH'
                   ORDER BY CASE WHEN x.status_on <= s.as_of THEN x.status_on END DESC NULLS LAST,
                            x.term_no DESC, x.category, x.sessions DESC, x.status, x.school) AS place
        FROM subject s
        JOIN suspensions x ON x.pupil = s.pupil AND x.known_on <= s.as_of AND x.start_date <= s.as_of
        JOIN days d ON x.start_date = d.day
    ) WHERE place = 1 AND NOT undone
"""

# A school's SEN extract is a snapshot: at an as-of date the latest one up to that term is read.
SEN_ROWS = f"""
    SELECT s.subject, s.as_of, s.as_of_school_day, x.need_type, x.review_date,
           r.school_day AS review_school_day,
           CASE x.provision WHEN 'E' THEN 2 WHEN 'K' THEN 1 ELSE 0 END AS provision_rank,
           coalesce(x.end_date, DATE '9999-12-31') > s.as_of AS standing,
           {DATED}
    FROM subject s
    JOIN sen x ON x.pupil = s.pupil AND x.known_on <= s.as_of AND x.start_date <= s.as_of
         AND s.term_no >= x.term_no AND s.term_no < x.next_term_no
    LEFT JOIN days d ON x.start_date = d.day
    LEFT JOIN days r ON x.review_date = r.day
"""
