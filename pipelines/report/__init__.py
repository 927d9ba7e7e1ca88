"""Reports of a training, for people: lines for a terminal, the model card, the printed table, pictures."""

from pipelines.report.lines import cell_texts, summary_lines, table_rows

__all__ = ["cell_texts", "summary_lines", "table_rows"]
