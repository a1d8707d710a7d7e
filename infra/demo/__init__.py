"""The demo: a bot trades the week of the March 2020 crash through a running gateway."""
