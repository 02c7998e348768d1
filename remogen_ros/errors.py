"""The one kind of error that is the user's to mend."""


class UserError(Exception):
    """One sentence: what is wrong, where, and what to do. Shown without a traceback."""
