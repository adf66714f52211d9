"""The month on one sheet: a page that carries everything it needs, for people who do not open the app."""
