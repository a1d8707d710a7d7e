"""Telegram's HTML: which tags it takes, and how long a text is once they are gone."""

from html.parser import HTMLParser

TAGS = frozenset(
    {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a", "tg-spoiler", "blockquote"}
)


class MarkupError(ValueError):
    """Telegram would not parse the text."""


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag not in TAGS:
            raise MarkupError(f'unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise MarkupError(f'unmatched end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read_html(html: str) -> str:
    """Return the text a person sees; MarkupError for an unknown tag, or one that is not closed."""
    parser = _Parser()
    # An unescaped "<" that begins no tag would pass here; Telegram refuses it.
    for position, character in enumerate(html):
        following = html[position + 1 : position + 2]
        if character == "<" and not (following.isalpha() or following == "/"):
            raise MarkupError("unescaped <")
    parser.feed(html)
    parser.close()
    if parser.open:
        raise MarkupError(f'can\'t find end tag corresponding to start tag "{parser.open[-1]}"')
    return "".join(parser.text)


def count_units(text: str) -> int:
    """Return the length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2
