"""The learners that compete; each is additive on the log-odds and ends as the same kind of table."""
