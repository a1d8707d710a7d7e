"""The account document: what it holds, its equity and its exposure."""
