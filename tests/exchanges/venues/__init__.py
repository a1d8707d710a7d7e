"""One module for each exchange: how it speaks. What is true there is the book's."""
