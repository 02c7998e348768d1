"""Why a transform cannot be had."""


class TransformException(Exception):  # noqa: N818 (the public name)
    """Base of all of them: catch this one."""


class ConnectivityException(TransformException):
    """Both frames exist, but in trees that are not connected."""


class LookupException(TransformException):
    """A frame was never heard of."""


class ExtrapolationException(TransformException):
    """The requested time lies outside of what was heard."""


class InvalidArgumentException(TransformException):
    """A frame name that no frame can have."""


class TimeoutException(TransformException):
    """A request to a remote buffer was not answered in time."""
