"""The setting: what a school, a year group, a lesson or a time of the week explains, before any pupil."""
