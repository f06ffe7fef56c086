"""The store's exceptions. Argument mistakes are `ValueError`; missing things are `FileNotFoundError` or `KeyError`."""


class StoreError(Exception):
    """Something in a log directory is not as it should be; the message says what, and what to do."""


class FormatError(StoreError):
    """A file is of a newer format version, damaged, or not what its name says."""


class MissingLayoutError(KeyError):
    """A layout is not there, or no longer the one that was opened: open it anew."""
