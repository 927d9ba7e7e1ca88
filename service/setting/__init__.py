"""The setting: what a school, a year group, a lesson or a time of the week explains, before any pupil."""

from service.setting import setting_rows, setting_store
from service.setting.facts import Fact, counted
from service.setting.keeping import keep_setting, on_roll
from service.setting.setting_rows import SettingFactRow
from service.setting.small_numbers import hidden
from service.setting.summary import summary_lines
from service.setting.view import SettingView, setting_view

__all__ = [
    "Fact",
    "SettingFactRow",
    "SettingView",
    "counted",
    "hidden",
    "keep_setting",
    "on_roll",
    "setting_rows",
    "setting_store",
    "setting_view",
    "summary_lines",
]
