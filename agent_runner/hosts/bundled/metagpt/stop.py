"""The one exception that ends the company."""


class Stop(BaseException):
    """Not an Exception: MetaGPT catches all of those, tries again, and loses what they say."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent
