"""Open the books of paper venues when an account is registered."""

from dataclasses import replace
from datetime import datetime

from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.dynamodb.paper_books import DynamoPaperBooks
from riskgate.core.errors import VersionConflict
from riskgate.core.paper.book import PaperTerms, open_book
from riskgate.runtime.settings import ApiSettings, load
from riskgate.schemas.http.requests.accounts import AccountRequest


def open_paper_books(account_id: str, registration: AccountRequest, now: datetime) -> None:
    """Open a book for each paper venue that has none; one that there is goes on as it is.

    Raises Transient, OutcomeUnknown: the database did not confirm; the same registration again finds it.
    """
    for item in registration.venues:
        if item.paper is None:
            continue
        terms = PaperTerms(
            maker_fee_fraction=item.paper.maker_fee_fraction,
            taker_fee_fraction=item.paper.taker_fee_fraction,
            leverage=item.paper.leverage,
        )
        books = DynamoPaperBooks(dynamodb_client(), load(ApiSettings).state_table)
        if books.get(account_id, item.venue) is not None:
            continue
        book = open_book(item.market_type, item.paper.balances, terms, now)
        try:
            books.put(account_id, item.venue, replace(book, version=1))
        except VersionConflict:
            continue
