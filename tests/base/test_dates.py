"""A reader's time is in UTC, whatever clock a run was on."""

from ftsec.base.dates import moment


def test_a_moment_is_told_in_full_and_in_utc():
    assert moment("2026-03-01T00:30:05+02:00") == "28 February 2026, 22:30 UTC"
