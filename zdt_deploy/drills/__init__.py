"""Rollback drills: the way back is rehearsed on a real deployment, and timed.

A drill takes a canary that has users, has it rolled back as the monitor and operators do, and notes
when that was decided, when no router sent anyone to it any more, and when it served its last
request. It happens where ZDT_DRILL_ENVIRONMENTS allows it, and never twice at once in a place.
"""
